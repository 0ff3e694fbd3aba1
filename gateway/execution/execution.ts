import type { Logger } from '../../platform/foundation/logger.ts';
import type { ExecutablePlan } from '../planning/executable-plan.ts';
import type { ObjectShape } from '../planning/response-shape.ts';
import type { CallContext, SubgraphClient } from '../subgraphs/subgraph-client.ts';
import { ErrorLog } from './error-log.ts';
import type { Data } from './merge.ts';

/** What stays the same for all runs of one request; a subscription runs once for each event. */
export interface ExecutionRequest {
  readonly plan: ExecutablePlan;
  /** As the client sent them: what subgraphs get. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Checked, with defaults: what conditions are read from. */
  readonly coerced: Readonly<Record<string, unknown>>;
  readonly context: CallContext;
  readonly clientOf: (subgraph: string) => SubgraphClient;
  readonly logger: Logger;
}

/** One run of a plan. `data` grows in place while fetches answer. */
export interface Execution extends ExecutionRequest {
  readonly data: Data;
  readonly errors: ErrorLog;
  readonly shape: ObjectShape;
  /** Told of each fetch that is over and that a deferred part waits for. */
  readonly onFetched?: ((id: string) => void) | undefined;
}

export function createExecution(request: ExecutionRequest): Execution {
  const { plan, variables, coerced, context, clientOf, logger } = request;
  const shape = plan.response.select((variable) => coerced[plan.names.variables.get(variable) ?? variable] === true);
  // Written out: a spread with more behind it makes a new hidden class for every request, and whatever reads it pays for that.
  return { plan, variables, coerced, context, clientOf, logger, data: {}, errors: new ErrorLog(), shape, onFetched: undefined };
}
