import { DependencyError, toCode } from '../../platform/foundation/errors.ts';
import { inTransaction, sql } from '../../platform/storage/database.ts';
import type { PaymentsDatabase } from './payments-database.ts';

/** One at a time: `park` in ASCII; nothing else in this database may take it. */
const LOCK = 1_885_434_475;
/** Below the statement timeout, so that whoever waits too long is told why. */
const LOCK_TIMEOUT_MS = 10_000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Lets one at a time at the parking queues, over all replicas of payments: while one looks into a queue, its messages are not there for the others. Waits in the
 * process first, so that those who wait hold one connection to the database, not all of them. A replica that dies or freezes loses the lock within 15 s.
 */
export function createParkingLock(db: PaymentsDatabase): <T>(work: () => Promise<T>) => Promise<T> {
  let turn: Promise<unknown> = Promise.resolve();

  const locked = <T>(work: () => Promise<T>): Promise<T> =>
    inTransaction(db, async (trx) => {
      await sql`select set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`.execute(trx);
      await sql`select pg_advisory_xact_lock(${LOCK})`.execute(trx).catch((error: unknown) => {
        throw toCode(error) === LOCK_NOT_AVAILABLE ? isBusy(error) : error;
      });
      return work();
    });

  return (work) => {
    const mine = turn.catch(() => undefined).then(() => locked(work));
    turn = mine;
    return mine;
  };
}

function isBusy(cause: unknown): DependencyError {
  return new DependencyError('BROKER_UNAVAILABLE', 'parking queues', 'another replica has been busy with the parking queues for too long', {
    cause,
  });
}
