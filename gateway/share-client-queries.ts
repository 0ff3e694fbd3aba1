import type { Logger } from '../platform/foundation/logger.ts';
import type { Engine, GatewayRequest, GatewayResult, PreparedOperation } from './engine.ts';
import { HEADERS_OF_ONE_REQUEST } from './subgraphs/headers-of-one-request.ts';
import type { SeenChanges } from './subgraphs/seen-changes.ts';
import { SharedWork } from './subgraphs/shared-work.ts';
import type { CallContext } from './subgraphs/subgraph-client.ts';
import { Departure } from './transports/departure.ts';

interface SharedResult {
  readonly result: GatewayResult;
  /** Of the request that the work was done for. */
  readonly requestId: string | undefined;
}

/**
 * The same engine, but identical queries that clients send at the same time are executed once: the same operation, variables and forwarded
 * headers. All of them get one result object, which nobody may change; in a masked error each finds its own request's id. Answers in
 * parts, mutations and subscriptions are not shared, nor is what comes with a context of somebody else's making.
 */
export function shareClientQueries(engine: Engine, { changes, logger }: { changes: SeenChanges; logger: Logger }): Engine {
  const shared = new SharedWork<SharedResult>({
    changes,
    createStop: () => new Departure(),
    onLeft: () => new ClientLeft(),
  });
  const numbers = new WeakMap<PreparedOperation, number>();
  let last = 0;
  const numberOf = (operation: PreparedOperation): number => {
    const known = numbers.get(operation);
    if (known !== undefined) return known;
    numbers.set(operation, (last += 1));
    return last;
  };

  return {
    get ready() {
      return engine.ready;
    },
    prepare: (request) => engine.prepare(request),
    explain: (operation) => engine.explain(operation),
    async execute(operation, variables, context) {
      if (operation.kind !== 'query' || context.origin !== undefined) return engine.execute(operation, variables, context);
      const { requestId } = context;
      try {
        const done = await shared.join(keyOf(numberOf(operation), variables, context), context.signal, async (signal) => ({
          result: await engine.execute(operation, variables, { ...context, signal }),
          requestId,
        }));
        return done.requestId === requestId ? done.result : withOwnId(done, requestId, logger);
      } catch (error) {
        if (error instanceof ClientLeft)
          return { data: null, errors: [{ message: error.message, extensions: { code: 'REQUEST_ABORTED' } }] };
        throw error;
      }
    },
    executeIncrementally: (operation, variables, context) => engine.executeIncrementally(operation, variables, context),
    subscribe: (operation, variables, context) => engine.subscribe(operation, variables, context),
  };
}

class ClientLeft extends Error {
  constructor() {
    super('The request was ended by its client.');
  }
}

/** An operation belongs to one supergraph and to one text, so its number stands for both. */
function keyOf(operation: number, variables: GatewayRequest['variables'], { headers }: CallContext): string {
  const own = Object.entries(headers).filter(([name]) => !HEADERS_OF_ONE_REQUEST.has(name));
  return JSON.stringify([operation, variables ?? {}, own]);
}

/** What was logged under the other request's id is found from this one's. */
function withOwnId({ result, requestId: other }: SharedResult, requestId: string | undefined, logger: Logger): GatewayResult {
  if (other === undefined || !result.errors?.some(({ extensions }) => extensions?.['requestId'] === other)) return result;
  logger.warn({ requestId, sharedWith: other }, 'an unexpected error was shared with an identical request, under whose id it is logged');
  const errors = result.errors.map((error) =>
    error.extensions?.['requestId'] === other ? { ...error, extensions: { ...error.extensions, requestId } } : error,
  );
  return { ...result, errors };
}
