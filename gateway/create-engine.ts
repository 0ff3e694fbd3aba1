import type { Logger } from '../platform/foundation/logger.ts';
import type { Engine, GatewayRequest, GatewayResult, PreparedOperation, Refusal } from './engine.ts';
import { toSentVariables } from './execution/sent-variables.ts';
import { coerceVariables } from './execution/coerce-variables.ts';
import { executeDeferred } from './execution/execute-deferred.ts';
import { executeOperation } from './execution/execute-operation.ts';
import { createSharedSubscriptions } from './execution/shared-subscriptions.ts';
import type { Sharing } from './execution/sharing.ts';
import type { ExecutionRequest } from './execution/execution.ts';
import { maskError } from './execution/mask-error.ts';
import { toPlainNumbers } from './numerals/hidden-numerals.ts';
import type { CursorNames } from './planning/compile-cursor.ts';
import { describePlan } from './planning/describe-plan.ts';
import type { OverrideOptions } from './planning/override-labels.ts';
import { createPlanStores, type PlanStores } from './planning/plan-stores.ts';
import { prepareOperation, type PlannedOperation, type PrepareOptions } from './planning/prepare-operation.ts';
import type { CurrentSupergraph } from './supergraph/current-supergraph.ts';
import type { Supergraph } from './supergraph/supergraph.ts';
import type { CallContext, SubgraphClient } from './subgraphs/subgraph-client.ts';

export interface EngineOptions extends OverrideOptions {
  readonly supergraph: CurrentSupergraph;
  /** Called for each fetch; the clients belong to the caller, who closes them. */
  readonly clientOf: (subgraphName: string) => SubgraphClient;
  readonly logger: Logger;
  /** Most operations whose plan is kept; default 2,000. */
  readonly cacheEntries?: number;
  /** About how much memory the kept plans may take: half by the text of their operation, half by its normal form; default 64 MiB. */
  readonly cacheBytes?: number;
  /** Whether operations that differ only in names, aliases and literals share a plan, which has names of its own; default true. */
  readonly sharePlans?: boolean;
  /** Whether clients may ask for the schema; default true. */
  readonly introspection?: boolean;
  /** Most tokens of a document; default 15,000. */
  readonly maxTokens?: number;
  /** How deep documents and variables may be nested; default 200. */
  readonly maxDepth?: number;
  /** Most selections of an operation with its fragments written out; default 20,000. */
  readonly maxSelections?: number;
  /** Most fields of an operation with an alias, with its fragments written out; default 1,000. */
  readonly maxAliases?: number;
  /** How subscription fields show that they can be continued; default `after` and `cursor`. */
  readonly cursor?: CursorNames;
  /** Which identical subscriptions share one stream upstream; default `none`. */
  readonly sharing?: Sharing;
  /** Results that wait for one client of a shared subscription; default 1,000. */
  readonly bufferedEvents?: number;
  /** Told of every look into the kept plans, and how many there are. */
  readonly onPlanLookup?: (found: boolean, kept: number) => void;
}

interface Prepared {
  readonly operation: PlannedOperation;
  readonly supergraph: Supergraph;
  readonly query: string;
}

/** The engine over Apollo's planner and our own execution. Holds no connections: nothing to close. */
export function createEngine(options: EngineOptions): Engine {
  const {
    supergraph,
    clientOf,
    logger,
    cacheEntries = 2_000,
    cacheBytes = 64 * 1024 * 1024,
    sharePlans = true,
    introspection = true,
    maxTokens = 15_000,
    maxDepth = 200,
    maxSelections = 20_000,
    maxAliases = 1_000,
  } = options;
  const prepareOptions: PrepareOptions = {
    introspection,
    maxTokens,
    maxDepth,
    maxSelections,
    maxAliases,
    logger,
    cursor: options.cursor ?? { argument: 'after', field: 'cursor' },
  };
  const createStores = ({ overrideLabels }: Supergraph): PlanStores<Prepared, { refusal: Refusal }> =>
    createPlanStores(overrideLabels, { ...options, entries: cacheEntries, bytes: cacheBytes, memoryOf });
  let stores = supergraph.current && createStores(supergraph.current);
  supergraph.onReplaced((next) => (stores = createStores(next)));
  const shared = createSharedSubscriptions({ sharing: options.sharing ?? 'none', bound: options.bufferedEvents ?? 1_000 });
  /** An operation outlives the cache, and its supergraph with it. */
  const supergraphOf = new WeakMap<PreparedOperation, Prepared>();

  const toRequest = (
    operation: PreparedOperation,
    variables: GatewayRequest['variables'] = {},
    context: CallContext,
  ): ExecutionRequest | GatewayResult => {
    const prepared = supergraphOf.get(operation);
    if (!prepared) throw new Error('the operation was not prepared by this engine');
    const { plan } = prepared.operation;
    const { schema } = prepared.supergraph;
    const plain = toPlainNumbers(variables);
    const coerced = coerceVariables(schema, plan.variableDefinitions, plain, maxDepth);
    if ('errors' in coerced) return { errors: coerced.errors };
    const own = plain === variables ? variables : toSentVariables(schema, plan.variableDefinitions, variables);
    const sent = plan.literals ? { ...own, ...plan.literals } : own;
    return { plan, variables: sent, coerced: coerced.values, context, clientOf, logger };
  };

  return {
    get ready() {
      return supergraph.current !== undefined;
    },

    prepare(request) {
      const operationName = request.operationName || undefined; // an empty name is none
      const { current } = supergraph;
      if (!current || !stores)
        return {
          refusal: { stage: 'plan', errors: [{ message: 'The gateway has no schema yet.', extensions: { code: 'GATEWAY_NOT_READY' } }] },
        };
      const { active, prepared: cache, normal } = stores.draw();
      const known = cache.find(request.query, operationName);
      options.onPlanLookup?.(known !== undefined, stores.size);
      if (known) return known;
      const result = prepareOperation(
        { ...request, operationName },
        current,
        { ...prepareOptions, active },
        sharePlans ? normal : undefined,
      );
      if ('refusal' in result) {
        cache.keepRefusal(request.query, operationName, result);
        return result;
      }
      const prepared: Prepared = { operation: result.operation, supergraph: current, query: request.query };
      supergraphOf.set(result.operation, prepared);
      cache.keep(request.query, operationName, prepared, memoryOf(request.query));
      return prepared;
    },

    explain(operation) {
      const prepared = supergraphOf.get(operation);
      if (!prepared) throw new Error('the operation was not prepared by this engine');
      return introspection ? describePlan(prepared.operation.plan) : undefined;
    },

    async execute(operation, variables, context) {
      try {
        const request = toRequest(operation, variables, context);
        return 'plan' in request ? await executeOperation(request) : request;
      } catch (error) {
        return { errors: [maskError(error, logger, context.requestId)] };
      }
    },

    async executeIncrementally(operation, variables, context) {
      try {
        const request = toRequest(operation, variables, context);
        if (!('plan' in request)) return request;
        const plan = supergraphOf.get(operation)?.operation.deferredPlan();
        return plan ? await executeDeferred(request, plan) : await executeOperation(request);
      } catch (error) {
        return { errors: [maskError(error, logger, context.requestId)] };
      }
    },

    async subscribe(operation, variables, context) {
      try {
        const request = toRequest(operation, variables, context);
        if (!('plan' in request)) return request;
        const { subscription } = request.plan;
        if (!subscription) throw new Error('the operation is no subscription');
        const { supergraph: { id } = {}, query = '' } = supergraphOf.get(operation) ?? {};
        return shared.open(request, subscription, { supergraphId: id ?? '', query, operationName: operation.operationName });
      } catch (error) {
        return { errors: [maskError(error, logger, context.requestId)] };
      }
    },
  };
}

/** Measured on plans of our own graph and of the fixtures: syntax tree, plan and shape together take about this much. */
function memoryOf(query: string): number {
  return 4_000 + query.length * 60;
}
