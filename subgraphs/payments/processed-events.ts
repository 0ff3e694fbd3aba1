import { retryWithBackoff } from '../../platform/foundation/backoff.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import { createMicroBatch } from '../../platform/foundation/micro-batch.ts';
import { isDatabaseUnavailable } from '../../platform/storage/database.ts';
import { cursorExpired, formatEventCursor, parseEventCursor } from './event-cursor.ts';
import type { Bounds, EventLog, EventPage, LoggedEvent } from './event-log.ts';
import { startLiveTail, type LiveTailOptions } from './live-tail.ts';
import type { PaymentRow } from './payment-store.ts';

/** What a subscriber of `paymentProcessed` gets. */
export interface ProcessedEvent {
  readonly cursor: string;
  readonly occurredAt: Date;
  readonly payment: PaymentRow;
}

export interface Subscription {
  /** Only this user's payments. */
  readonly userId?: string | undefined;
  /** Cursor of the last event that was seen; absent: only what comes from now on. */
  readonly after?: string | undefined;
}

export interface ProcessedEvents extends Stoppable {
  /**
   * Cursor of the newest event, of the place before the first while there is none. What is not visible to subscribers yet comes behind it: a position
   * is given only when everything before it is visible.
   * @throws DependencyError DATABASE_UNAVAILABLE
   */
  newestCursor(): Promise<string>;
  /** Events may be there: looks now instead of at the next poll. */
  wake(): void;
  /**
   * Resolves once it is certain which event comes first: nothing that gets its position from then on is missed.
   * Leaving the result (`return`) ends it, also while it waits.
   * @throws DomainError BAD_USER_INPUT | CURSOR_EXPIRED, see `parseEventCursor`
   */
  subscribe(subscription: Subscription): Promise<AsyncIterableIterator<ProcessedEvent>>;
}

/** Most events of one read while a subscriber catches up. */
const REPLAY_PAGE_SIZE = 200;

/**
 * The outcomes of payments as streams. The outbox is the log: a stream is a position in it, so a replay, the live tail, a slow reader and a
 * reader that lost its connection are the same thing at different distances from the end. Memory per subscriber is one page or one buffer.
 */
export function startProcessedEvents({ log, ...options }: { log: EventLog } & Omit<LiveTailOptions, 'read'>): ProcessedEvents {
  const tail = startLiveTail({ ...options, read: (after, limit) => log.read({ after, limit }) });
  const readBounds = createMicroBatch<undefined, Bounds>({
    async runTogether(askers) {
      const bounds = await log.bounds(); // thousands may come back in one moment; it is read after each of them asked
      return askers.map(() => bounds);
    },
    runAlone: () => log.bounds(),
  });
  let stopped = false;

  /** @throws DomainError CURSOR_EXPIRED retention was faster than this subscriber: events behind its place are gone */
  const readPatiently = (page: EventPage, signal: AbortSignal): Promise<readonly LoggedEvent[]> =>
    retryWithBackoff(() => readKept(log, page), {
      signal,
      onFailure(error) {
        if (!isDatabaseUnavailable(error)) throw error; // a database that is away costs the subscriber time, nothing else
      },
    });

  async function* follow(start: bigint, newest: bigint, userId: string | undefined, signal: AbortSignal): AsyncGenerator<LoggedEvent> {
    let position = start;
    while (!signal.aborted && !stopped) {
      const reader = tail.join({ after: position, newest, userId });
      const leave = (): void => reader.leave();
      signal.addEventListener('abort', leave, { once: true });
      try {
        while (position < reader.from) {
          const page = await readPatiently({ after: position, upTo: reader.from, userId, limit: REPLAY_PAGE_SIZE }, signal);
          for (const event of page) {
            position = event.position;
            yield event;
          }
          if (page.length < REPLAY_PAGE_SIZE) position = reader.from;
        }
        for await (const event of reader.events) {
          position = event.position;
          yield event;
        }
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      } finally {
        signal.removeEventListener('abort', leave);
        reader.leave();
      }
    }
  }

  return {
    newestCursor: async () => formatEventCursor(log.systemId, (await readBounds(undefined)).newest),
    wake: tail.wake,
    async subscribe({ userId, after }) {
      const bounds = await readBounds(undefined);
      const start = after === undefined ? bounds.newest : parseEventCursor(after, { systemId: log.systemId, ...bounds });
      const leaving = new AbortController();
      const events = follow(start, bounds.newest, userId, leaving.signal);
      const published: AsyncIterableIterator<ProcessedEvent> = {
        async next() {
          const { value, done } = await events.next();
          if (done || !value) return { value: undefined, done: true };
          return {
            value: {
              cursor: formatEventCursor(log.systemId, value.position),
              occurredAt: value.payment.processedAt,
              payment: value.payment,
            },
            done: false,
          };
        },
        async return() {
          leaving.abort(); // a generator that waits does not hear `return` before it wakes
          await events.return(undefined);
          return { value: undefined, done: true };
        },
        [Symbol.asyncIterator]: () => published,
      };
      return published;
    },
    async stop(deadlineAt) {
      stopped = true;
      await tail.stop(deadlineAt);
    },
  };
}

async function readKept(log: EventLog, page: EventPage): Promise<readonly LoggedEvent[]> {
  const events = await log.read(page);
  if (page.after + 1n < (await log.bounds()).oldest) throw cursorExpired(); // asked afterwards: what is there now was there then
  return events;
}
