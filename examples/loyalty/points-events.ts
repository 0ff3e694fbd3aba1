import { pause, retryWithBackoff } from '../../platform/foundation/backoff.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import { isDatabaseUnavailable } from '../../platform/storage/database.ts';
import { badInput } from '../../subgraphs/client-input.ts';
import { formatCursor, parseCursor } from '../../subgraphs/connections.ts';
import type { LoyaltyDatabase } from './loyalty-database.ts';
import { readEvents, readNewestPosition, type EarnedPointsRow } from './points-store.ts';

export interface PointsEvents extends Stoppable {
  /** Points were counted: subscribers look now instead of at their next poll. */
  wake(): void;
  /**
   * Resolves once it is certain which event comes first. Leaving the result (`return`) ends it, also while it waits.
   * @throws DomainError BAD_USER_INPUT the cursor was not given here
   * @throws DependencyError DATABASE_UNAVAILABLE
   */
  subscribe(subscription: {
    readonly userId?: string | undefined;
    readonly after?: string | undefined;
  }): Promise<AsyncIterableIterator<EarnedPointsRow>>;
}

const KIND = 'points-earned';
const PAGE_SIZE = 200;

/** What `after` takes. */
export function formatEventCursor({ position }: EarnedPointsRow): string {
  return formatCursor({ kind: KIND, key: [String(position)] });
}

/**
 * The table is the log: a subscriber is a position in it and reads page by page, so a replay, a slow reader and a live one are the same. Each reads
 * for itself, which is enough for hundreds of them; subgraphs/payments/live-tail.ts shows how thousands share one read.
 * @param options.pollMs how often a subscriber looks for what another replica has counted
 */
export function createPointsEvents({ db, pollMs }: { readonly db: LoyaltyDatabase; readonly pollMs: number }): PointsEvents {
  const subscribers = new Set<Subscriber>();

  async function* follow(subscriber: Subscriber, start: bigint, userId: string | undefined): AsyncGenerator<EarnedPointsRow, undefined> {
    const { signal } = subscriber.leaving;
    let position = start;
    try {
      while (!signal.aborted) {
        subscriber.nap = new AbortController(); // before the read: what is counted during it cuts the nap short
        const page = await retryWithBackoff(() => readEvents(db, { after: position, userId, limit: PAGE_SIZE }), {
          signal,
          onFailure(error) {
            if (!isDatabaseUnavailable(error)) throw error; // a database that is away costs the subscriber time, nothing else
          },
        });
        for (const event of page) {
          position = event.position;
          yield event;
        }
        if (page.length < PAGE_SIZE && !signal.aborted) await pause(pollMs, subscriber.nap.signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      subscribers.delete(subscriber);
    }
    return undefined;
  }

  const leave = ({ leaving, nap }: Subscriber): void => {
    leaving.abort();
    nap.abort();
  };
  return {
    wake: () => subscribers.forEach(({ nap }) => nap.abort()),
    async subscribe({ userId, after }) {
      const newest = await readNewestPosition(db);
      const start = after === undefined ? newest : parseEventCursor(after, newest);
      const subscriber: Subscriber = { leaving: new AbortController(), nap: new AbortController() };
      subscribers.add(subscriber);
      const events = follow(subscriber, start, userId);
      const published: AsyncIterableIterator<EarnedPointsRow> = {
        next: () => events.next(),
        return() {
          leave(subscriber); // a generator that waits does not hear `return` before it wakes
          subscribers.delete(subscriber);
          return events.return(undefined);
        },
        [Symbol.asyncIterator]: () => published,
      };
      return published;
    },
    stop: () => subscribers.forEach(leave),
  };
}

/** Both abort once: the one for good, the other for the next event. */
interface Subscriber {
  readonly leaving: AbortController;
  nap: AbortController;
}

function parseEventCursor(cursor: string, newest: bigint): bigint {
  const [position = ''] = parseCursor(cursor, KIND, (key) => key.length === 1 && /^[1-9][0-9]{0,17}$/.test(key[0] ?? ''));
  if (BigInt(position) > newest) throw badInput('after', 'is ahead of the newest event: start without it');
  return BigInt(position);
}
