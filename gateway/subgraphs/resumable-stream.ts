import { AsyncQueue } from '../../platform/foundation/async-queue.ts';
import { DependencyError } from '../../platform/foundation/errors.ts';
import { LaneError, type ConnectionLane } from './connection-lane.ts';
import { toErrors, toSubgraphResponse } from './parse-response.ts';
import type { SubgraphRequest, SubgraphResponse, SubscribeContext } from './subgraph-client.ts';
import type { ConnectionLoss } from './websocket-connection.ts';

export interface ResumableStreamOptions {
  /** The subgraph's name, for messages. */
  readonly name: string;
  readonly lane: ConnectionLane;
  /** How long a stream that had begun waits for the subgraph to come back. */
  readonly reconnectMs: number;
  /** Events that wait for the reader. One more ends the operation, which is continued when the reader has caught up, or cannot be and fails. */
  readonly bufferedEvents: number;
  /** Told once, when the stream needs its lane no more. */
  readonly onEnd: () => void;
}

/** The reader was too slow for the buffer: the operation was ended and waits to be continued. */
const OVERFLOWED = 'overflowed';

/** One subscription that outlives its connections, and its reader's slowness where the schema has a cursor. */
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

  /** Runs the operation on one connection. @returns why it is over, or undefined when the operation ended by itself */
  function runOn(
    connection: Awaited<ReturnType<ConnectionLane['connect']>>,
    current: SubgraphRequest,
  ): Promise<ConnectionLoss | typeof OVERFLOWED | undefined> {
    return new Promise((resolve, reject) => {
      const orReject = (work: () => void): void => {
        try {
          work();
        } catch (error) {
          reject(error); // the subgraph sent something malformed
        }
      };
      const overflow = (): void => {
        if (!context.continuesExactly) throw tooSlow(options);
        stopOperation?.();
        resolve(OVERFLOWED);
      };
      stopOperation = connection.start(current, {
        next: (payload) => orReject(() => keep(toSubgraphResponse(payload, options.name)) || overflow()),
        ended: (errors) =>
          orReject(() => {
            if (errors !== undefined && !keep({ errors: toErrors(errors, options.name) })) return overflow();
            resolve(undefined);
          }),
        lost: resolve,
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
      let loss: Awaited<ReturnType<typeof runOn>>;
      try {
        const connection = await options.lane.connect();
        if (left) return;
        lostAt = undefined;
        loss = await runOn(connection, current);
        if (!loss) return events.end();
        lostAt = Date.now();
        if (loss === OVERFLOWED) {
          await caughtUp();
          const next = left ? undefined : context.resume(last);
          if (!next) return;
          current = next;
          continue;
        }
      } catch (error) {
        if (!(error instanceof LaneError)) throw error;
        loss = error.loss;
      }
      if (left) return;
      const mayReturn = lostAt !== undefined && Date.now() - lostAt < options.reconnectMs;
      const next = loss.fatal || !mayReturn ? undefined : context.resume(last);
      if (!next) throw unavailable(options, loss);
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

function unavailable({ name }: ResumableStreamOptions, loss: ConnectionLoss): DependencyError {
  const message = `subgraph ${name} cannot be reached for subscriptions`;
  return new DependencyError('SUBGRAPH_UNAVAILABLE', `subgraph ${name}`, message, {
    retryable: !loss.fatal,
    cause: new Error(loss.message),
  });
}
