import { setImmediate as afterInput } from 'node:timers/promises';
import type { GraphQLFormattedError } from 'graphql';
import type { Engine, GatewayRequest, GatewayResult } from '../engine.ts';
import type { CallContext } from '../subgraphs/subgraph-client.ts';
import { isStream } from './masked-engine.ts';

/** How a protocol tells its client about an operation. Each resolves when the client has room for more. */
export interface OperationMessages {
  /** @returns undefined when there is room: one wait less for each of many clients */
  next(id: string, result: GatewayResult): Promise<void> | undefined;
  /** The operation was refused, or its stream failed: nothing more comes. */
  error(id: string, errors: readonly GraphQLFormattedError[]): Promise<void>;
  complete(id: string): Promise<void>;
}

export interface SocketOperationsOptions {
  /** One that does not throw: see `createMaskedEngine`. */
  readonly engine: Engine;
  readonly messages: OperationMessages;
  /** Most operations of one connection at a time; one more is refused. */
  readonly maxOperations: number;
}

/** Headers and id of one operation. @param signal aborts when the operation is ended early */
export type ContextOfOperation = (signal: AbortSignal) => CallContext;

/** A stream that always has a next result gives way to everything else after this many, or nobody could even cancel it. */
const BURST = 64;

/** The operations that run on one socket, or on one event stream, by the ids that the client chose. Knows neither sockets nor message formats. */
export class SocketOperations {
  readonly #options: SocketOperationsOptions;
  readonly #running = new Map<string, AbortController>();

  constructor(options: SocketOperationsOptions) {
    this.#options = options;
  }

  has(id: string): boolean {
    return this.#running.has(id);
  }

  get ids(): readonly string[] {
    return [...this.#running.keys()];
  }

  get size(): number {
    return this.#running.size;
  }

  /** Runs an operation and tells the client its results; resolves at its end. The id must be free. */
  async start(id: string, request: GatewayRequest, contextOf: ContextOfOperation): Promise<void> {
    const { messages, maxOperations } = this.#options;
    if (this.#running.size >= maxOperations) {
      return messages.error(id, [
        {
          message: `expected at most ${maxOperations} operations at a time on one connection, got more`,
          extensions: { code: 'TOO_MANY_OPERATIONS' },
        },
      ]);
    }
    const left = new AbortController();
    this.#running.set(id, left);
    try {
      await this.#run(id, request, left.signal, contextOf);
    } finally {
      if (this.#running.get(id) === left) this.#running.delete(id);
    }
  }

  /** Ends an operation on the client's behalf, and the work for it upstream. @returns false when there is none */
  stop(id: string): boolean {
    const left = this.#running.get(id);
    this.#running.delete(id);
    left?.abort();
    return left !== undefined;
  }

  stopAll(): void {
    for (const left of this.#running.values()) left.abort();
    this.#running.clear();
  }

  async #run(id: string, request: GatewayRequest, signal: AbortSignal, contextOf: ContextOfOperation): Promise<void> {
    const { engine, messages } = this.#options;
    const prepared = engine.prepare(request);
    if ('refusal' in prepared) return this.#end(id, () => messages.error(id, prepared.refusal.errors));
    const { operation } = prepared;
    const context = contextOf(signal);
    const outcome =
      operation.kind === 'subscription'
        ? await engine.subscribe(operation, request.variables, context)
        : await engine.execute(operation, request.variables, context);
    if (isStream(outcome)) return this.#forward(id, outcome, signal);
    if (signal.aborted) return;
    if (isRefusal(outcome)) return this.#end(id, () => messages.error(id, outcome.errors));
    await messages.next(id, outcome);
    if (!signal.aborted) await this.#end(id, () => messages.complete(id));
  }

  async #forward(id: string, results: AsyncIterableIterator<GatewayResult>, signal: AbortSignal): Promise<void> {
    const { messages } = this.#options;
    const leave = (): void => void results.return?.().catch(() => undefined); // `next` tells, and nobody listens any more
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave, { once: true });
    try {
      for (let count = 1; ; count += 1) {
        if (count % BURST === 0) await afterInput();
        const { value, done } = await results.next();
        if (signal.aborted) return;
        if (done) return await this.#end(id, () => messages.complete(id));
        if (isRefusal(value)) {
          await this.#end(id, () => messages.error(id, value.errors));
          return leave();
        }
        const room = messages.next(id, value);
        if (room) await room;
      }
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** The id is free again before the client can read that: it may use it at once. */
  #end(id: string, tell: () => Promise<void>): Promise<void> {
    this.#running.delete(id);
    return tell();
  }
}

/** A result without data is the last message of its operation. */
function isRefusal(result: GatewayResult): result is GatewayResult & { readonly errors: readonly GraphQLFormattedError[] } {
  return result.data === undefined && result.errors !== undefined;
}
