import type { GatewayResult } from '../engine.ts';
import { numeralOf } from '../numerals/hidden-numerals.ts';
import { maskError } from './mask-error.ts';
import type { SubscriptionPlan } from '../planning/executable-plan.ts';
import { toAbortSignal } from '../subgraphs/abort-notice.ts';
import type { SubgraphRequest, SubgraphResponse } from '../subgraphs/subgraph-client.ts';
import { mergeRoot } from './execute-fetch.ts';
import { executeNode } from './execute-node.ts';
import { toResult } from './execute-operation.ts';
import { createExecution, type ExecutionRequest } from './execution.ts';
import { toFetchError } from './failure.ts';
import { isData, type Data } from './merge.ts';

/** Most events of one subscription that are completed at the same time. */
const EVENTS_AT_ONCE = 8;

export interface SubscriptionStart {
  /** Where it begins: where the client asked for (default), from now on whatever it asked for, or behind a position. */
  readonly from?: 'client' | 'now' | { readonly after: string };
  /** Told of each result that has a position to continue behind, before it is handed out. */
  readonly onPosition?: (result: GatewayResult, position: string) => void;
}

/**
 * Runs a subscription: each event of the owning subgraph, completed by the other subgraphs. Events come in order; a few are worked on at once
 * when they arrive faster than they are completed. A failed enrichment costs that event some data, never the stream. When the stream itself fails, one last result
 * without `data` says why. After a broken connection the stream goes on behind the last event where the schema has a cursor; where it
 * cannot be sure of that, the next result has `extensions.eventsMayBeMissing`.
 */
export function executeSubscription(
  request: ExecutionRequest,
  subscription: SubscriptionPlan,
  start: SubscriptionStart = {},
): AsyncIterableIterator<GatewayResult> {
  const { context, clientOf } = request;
  const { primary, rest } = subscription;
  const left = new AbortController();
  const inner: ExecutionRequest = {
    ...request,
    context: { ...context, signal: AbortSignal.any([toAbortSignal(context.signal), left.signal]) },
  };
  const position = new Position(request, subscription, start.from ?? 'client');
  const upstream = clientOf(primary.subgraph).subscribe(position.request(), {
    ...inner.context,
    resume: (last) => position.resume(last),
    continuesExactly: subscription.cursor !== undefined,
  });

  let ended = false;
  const end: IteratorResult<GatewayResult> = { value: undefined, done: true };

  /** Reads one event; the next one may be read as soon as it is there, while this one is completed. */
  const read = async (): Promise<SubgraphResponse | undefined> => {
    if (ended) return undefined;
    const event = await upstream.next();
    if (event.done) ended = true;
    return ended ? undefined : event.value;
  };

  const complete = async (reading: Promise<SubgraphResponse | undefined>): Promise<IteratorResult<GatewayResult>> => {
    try {
      const event = await reading;
      if (!event) return end;
      const { at, extensions } = position.passed(event);
      const completed = await runEvent(event);
      const result = extensions ? { ...completed, extensions } : completed;
      if (at !== undefined) start.onPosition?.(result, at);
      return { value: result, done: false };
    } catch (error) {
      if (ended) return end;
      ended = true;
      void Promise.resolve(upstream.return?.()).catch(() => undefined); // it has failed already
      if (context.signal.aborted) return end; // nobody is there to be told
      return { value: { errors: [toFetchError(error, primary.subgraph, request.logger, context.requestId)] }, done: false };
    }
  };

  let lastRead: Promise<unknown> = Promise.resolve();
  const results: Promise<IteratorResult<GatewayResult>>[] = [];
  const readAhead = (): void => {
    while (results.length < EVENTS_AT_ONCE) {
      const reading = lastRead.then(read);
      const result = complete(reading);
      lastRead = reading.catch(() => result); // after a failure, until it is known that the stream has ended
      results.push(result);
    }
  };

  const runEvent = async (event: SubgraphResponse): Promise<GatewayResult> => {
    try {
      const execution = createExecution(inner);
      mergeRoot(execution, primary, [execution.data], event);
      if (rest) await executeNode(execution, rest);
      return toResult(execution);
    } catch (error) {
      return { data: null, errors: [maskError(error, request.logger, context.requestId)] };
    }
  };

  return {
    next() {
      readAhead();
      return results.shift() ?? Promise.resolve(end);
    },
    /** Does not wait for an event that is being worked on. */
    async return() {
      ended = true;
      left.abort();
      await upstream.return?.();
      return end;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** How far the stream has come. */
class Position {
  readonly #request: ExecutionRequest;
  readonly #subscription: SubscriptionPlan;
  readonly #ignoresClient: boolean;
  #last: string | undefined;
  #mayHaveMissed = false;

  constructor(request: ExecutionRequest, subscription: SubscriptionPlan, from: NonNullable<SubscriptionStart['from']>) {
    this.#request = request;
    this.#subscription = subscription;
    this.#ignoresClient = from !== 'client';
    if (typeof from === 'object') this.#last = from.after;
  }

  /** The upstream operation that continues behind the last event that passed. */
  request(): SubgraphRequest {
    const { primary, cursor } = this.#subscription;
    const variables: Data = {};
    for (const { name, from } of primary.variables) {
      if (Object.hasOwn(this.#request.variables, from)) variables[name] = this.#request.variables[from];
    }
    const after = this.#last ?? this.#initial();
    if (cursor && after !== undefined) variables[cursor.variable] = after;
    return { query: primary.query, operationName: primary.operationName, variables };
  }

  /** @param last the last event that arrived; it may wait in a buffer and not have passed here yet */
  resume(last: SubgraphResponse | undefined): SubgraphRequest {
    if (last) this.#note(last);
    const isKnown = this.#subscription.cursor !== undefined && typeof (this.#last ?? this.#initial()) === 'string';
    if (!isKnown) this.#mayHaveMissed = true;
    return this.request();
  }

  /** Notes an event that goes to the client. @returns its own position, and what its result must tell the client besides */
  passed(event: SubgraphResponse): { readonly at: string | undefined; readonly extensions: Data | undefined } {
    const at = this.#note(event);
    if (!this.#mayHaveMissed) return { at, extensions: undefined };
    this.#mayHaveMissed = false;
    return { at, extensions: { eventsMayBeMissing: true } };
  }

  #note({ data }: SubgraphResponse): string | undefined {
    const { cursor } = this.#subscription;
    const root = cursor && data?.[cursor.rootField];
    const position = isData(root) ? root[cursor?.key ?? ''] : undefined;
    if (typeof position !== 'string' && typeof position !== 'number') return undefined;
    return (this.#last = numeralOf(position) ?? String(position));
  }

  #initial(): unknown {
    return this.#ignoresClient ? undefined : initialPosition(this.#request, this.#subscription);
  }
}

/** The position that the client asked for; null or undefined when it asked for none. */
export function initialPosition({ coerced }: ExecutionRequest, { cursor }: SubscriptionPlan): unknown {
  const initial = cursor?.initial;
  if (initial?.kind === 'value') return initial.value;
  return initial?.kind === 'variable' ? coerced[initial.name] : undefined;
}
