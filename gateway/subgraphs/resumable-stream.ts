import { AsyncQueue } from '../../platform/foundation/async-queue.ts';
import { DependencyError } from '../../platform/foundation/errors.ts';
import { toErrors, toSubgraphResponse } from './parse-response.ts';
import type { SubgraphRequest, SubgraphResponse, SubscribeContext } from './subgraph-client.ts';
import { ChannelError, type ChannelLoss, type OperationListener, type SubscriptionChannel } from './subscription-channel.ts';

export interface ResumableStreamOptions {
  /** The subgraph's name, for messages. */
  readonly name: string;
  readonly channel: SubscriptionChannel;
  /** How long a stream that had begun waits for the subgraph to come back. */
  readonly reconnectMs: number;
  /** Events that wait for the reader. One more ends the operation, which is continued when the reader has caught up, or cannot be and fails. */
  readonly bufferedEvents: number;
  /** Told once, when the stream needs its channel no more. */
  readonly onEnd: () => void;
}

/** How one run of the operation ended: by itself, because the reader was too slow for the buffer or left, or by a loss. */
type RunEnd = 'completed' | 'overflowed' | 'left' | { readonly loss: ChannelLoss; readonly hadBegun: boolean };

/** One subscription that outlives its connections, and its reader's slowness where the schema has a cursor. Knows no protocol. */
export function openResumableStream(
  options: ResumableStreamOptions,
  request: SubgraphRequest,
  context: SubscribeContext,
): AsyncIterableIterator<SubgraphResponse> {
  const events = new AsyncQueue<SubgraphResponse>({ bound: options.bufferedEvents, onReturn: leave });
  let left = false;
  let last: SubgraphResponse | undefined;
  let stopOperation: (() => void) | undefined;
  let onCaughtUp: (() => void) | undefined;

  function leave(): void {
    left = true;
    context.signal.removeEventListener('abort', abandon);
    stopOperation?.();
    onCaughtUp?.();
    options.onEnd();
  }
  function abandon(): void {
    void events.return(); // never rejects
  }
  /** @returns false when there was no room: the response was not kept */
  function keep(response: SubgraphResponse): boolean {
    if (!events.push(response)) return left;
    last = response;
    return true;
  }

  /** Runs the operation once. @throws ProtocolError | DependencyError for what no reconnection mends */
  function runOnce(current: SubgraphRequest): Promise<RunEnd> {
    const { name, channel } = options;
    const run = new AbortController();
    return new Promise<RunEnd>((resolve, reject) => {
      // The operation is over before anybody hears of its end: an event behind one that found no room must not be kept.
      const end = (how: RunEnd): void => {
        run.abort();
        resolve(how);
      };
      const fail = (error: unknown): void => {
        run.abort();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const whileRunning = (work: () => void): void => {
        if (run.signal.aborted) return;
        try {
          work();
        } catch (error) {
          fail(error); // the subgraph sent something malformed
        }
      };
      const keepOrEnd = (response: SubgraphResponse): void => {
        if (keep(response)) return;
        if (!context.continuesExactly) throw tooSlow(options);
        end('overflowed');
      };
      const complete = (errors: unknown): void => {
        if (errors !== undefined) keepOrEnd({ errors: toErrors(errors, name) });
        end('completed');
      };
      const listener: OperationListener = {
        next: (payload) => whileRunning(() => keepOrEnd(toSubgraphResponse(payload, name))),
        ended: (errors) => whileRunning(() => complete(errors)),
        failed: fail,
        lost: (loss) => end({ loss, hadBegun: true }),
      };
      stopOperation = () => end('left');
      channel.open(current, listener, run.signal).catch((error: unknown) => {
        if (!(error instanceof ChannelError)) return fail(error);
        const { loss } = error;
        if (loss.refusal) whileRunning(() => complete(loss.refusal));
        else end({ loss, hadBegun: false });
      });
    });
  }

  /** Resolves when the reader has taken all that waits, or has left. */
  async function caughtUp(): Promise<void> {
    if (events.size > 0 && !left) await new Promise<void>((resolve) => (onCaughtUp = resolve));
    onCaughtUp = undefined;
  }

  async function run(): Promise<void> {
    let current = request;
    let lostAt: number | undefined;
    for (;;) {
      const end = await runOnce(current);
      if (left) return;
      if (end === 'completed') return events.end();
      if (end === 'left') return;
      if (end === 'overflowed' || end.hadBegun) lostAt = Date.now();
      if (end === 'overflowed') await caughtUp();
      const mayReturn = end === 'overflowed' || (!end.loss.fatal && lostAt !== undefined && Date.now() - lostAt < options.reconnectMs);
      const next = mayReturn && !left ? context.resume(last) : undefined;
      if (left) return;
      if (!next) throw unavailable(options, end === 'overflowed' ? { fatal: true, message: 'it cannot be continued' } : end.loss);
      current = next;
    }
  }

  if (context.signal.aborted) abandon();
  else {
    context.signal.addEventListener('abort', abandon, { once: true });
    run().catch((error: unknown) => events.fail(error));
  }
  return {
    next() {
      const event = events.next();
      if (events.size === 0) onCaughtUp?.();
      return event;
    },
    return: () => events.return(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function tooSlow({ name, bufferedEvents }: ResumableStreamOptions): DependencyError {
  const message = `more than ${bufferedEvents} events wait for a client that does not read them: subscribe again behind the last event that came`;
  return new DependencyError('SUBSCRIPTION_TOO_SLOW', `subgraph ${name}`, message);
}

function unavailable({ name }: ResumableStreamOptions, loss: ChannelLoss): DependencyError {
  const message = `subgraph ${name} cannot be reached for subscriptions`;
  return new DependencyError('SUBGRAPH_UNAVAILABLE', `subgraph ${name}`, message, {
    retryable: !loss.fatal,
    cause: new Error(loss.message),
  });
}
