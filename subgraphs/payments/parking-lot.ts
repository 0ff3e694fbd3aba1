import { DomainError } from '../../platform/foundation/errors.ts';
import type { Broker } from '../../platform/messaging/broker.ts';
import {
  comparePlaces,
  isIdOf,
  listDeadLetters,
  redriveDeadLetter,
  redriveDeadLetters,
  settleDeadLetter,
  type DeadLetterPage,
  type DeadLetterQueue,
  type PlacedDeadLetter,
} from '../../platform/messaging/dead-letters.ts';
import { badInput } from '../client-input.ts';
import { PAYMENT_OUTCOMES, PAYMENT_REQUESTS } from '../payment-topology.ts';
import { listDiscarded, recordDiscarded, type Discard, type DiscardedLetter, type DiscardedPage } from './discarded-letters.ts';
import { createParkingLock } from './parking-lock.ts';
import type { PaymentsDatabase } from './payments-database.ts';

/**
 * The messages that were set aside, as an operator sees them: requests by payments, and outcomes by users, since there is one place to look.
 * All throw DependencyError BROKER_UNAVAILABLE or DATABASE_UNAVAILABLE while one of them is away.
 */
export interface ParkingLot {
  count(): Promise<number>;
  /** Those set aside first come first. Looks at the oldest 10,000 of each queue. */
  list(page: DeadLetterPage): Promise<readonly PlacedDeadLetter[]>;
  /** Sends one back to the queue it was set aside from. @throws DomainError DEAD_LETTER_NOT_FOUND */
  redriveOne(id: string): Promise<void>;
  /**
   * Sends what was set aside back to where it was, oldest first: requests, then outcomes. No more than there are now: what is set aside again stays.
   * @throws DomainError BAD_USER_INPUT the limit is not 1..10,000
   */
  redrive(limit: number): Promise<void>;
  /**
   * Throws one away, once it is recorded whole. A crash between leaves it where it was, and the record of the attempt.
   * @throws DomainError DEAD_LETTER_NOT_FOUND
   */
  discard(id: string, discard: Discard): Promise<void>;
  /** What was thrown away, newest first. */
  listDiscarded(page: DiscardedPage): Promise<readonly DiscardedLetter[]>;
}

const MAX_REDRIVEN = 10_000;
/** How many are moved before others get a turn. */
const SLICE = 200;

export function createParkingLot({ broker, db }: { broker: Broker; db: PaymentsDatabase }): ParkingLot {
  const queues = [PAYMENT_REQUESTS, PAYMENT_OUTCOMES].map(({ queue, parking }): DeadLetterQueue => ({
    broker,
    queue,
    parking: parking.queue,
  }));
  const alone = createParkingLock(db);
  let nextCount: Promise<number> | undefined;

  /** Whoever asks while a count waits for its turn gets that one. */
  const count = (): Promise<number> =>
    (nextCount ??= alone(async () => {
      nextCount = undefined;
      const counts = await Promise.all(queues.map(({ parking }) => broker.countMessages(parking)));
      return counts.reduce((sum, messages) => sum + messages, 0);
    }).finally(() => (nextCount = undefined)));

  return {
    count,
    list: (page) =>
      alone(async () => {
        const rows: PlacedDeadLetter[] = [];
        for (const queue of queues) rows.push(...(await listDeadLetters(queue, page)));
        return rows.sort((a, b) => comparePlaces(a.place, b.place)).slice(0, page.limit);
      }),
    async redriveOne(id) {
      const queue = queues.find(({ parking }) => isIdOf(parking, id));
      if (!queue || !(await alone(() => redriveDeadLetter(queue, id)))) throw notFound();
    },
    async discard(id, discard) {
      const found = queues.find(({ parking }) => isIdOf(parking, id));
      if (!found) throw notFound();
      const { queue } = found;
      const settled = await alone(() =>
        settleDeadLetter(found, id, async (delivery) => {
          await recordDiscarded(db, { message: delivery.message, id, queue }, discard);
          delivery.ack();
        }),
      );
      if (!settled) throw notFound();
    },
    listDiscarded: (page) => listDiscarded(db, page),
    async redrive(limit) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_REDRIVEN)
        throw badInput('limit', `must be 1 to ${MAX_REDRIVEN}, got ${limit}`);
      let left = limit;
      for (const queue of queues) {
        let most = Math.min(left, await alone(() => broker.countMessages(queue.parking)));
        for (let moved = -1; most > 0 && moved !== 0; most -= moved, left -= moved) {
          const size = Math.min(most, SLICE);
          moved = await alone(() => redriveDeadLetters({ ...queue, limit: size }));
        }
      }
    },
  };
}

function notFound(): DomainError {
  const problem = 'this message is not set aside any more: it was sent back or discarded, or set aside again under another id';
  return new DomainError('DEAD_LETTER_NOT_FOUND', problem, { field: 'id' });
}
