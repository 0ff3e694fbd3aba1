import { toMessage } from '../../platform/foundation/errors.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import { startWakeLoop, type WakeLoop } from '../../platform/messaging/wake-loop.ts';
import { sql } from '../../platform/storage/database.ts';
import { republishRequests } from './republish-requests.ts';
import type { UsersDatabase } from './users-database.ts';

/** Most requests of one round. */
const BATCH_SIZE = 500;
/** The longest wait between two attempts, in waits before the first. An hour of faults that wipe the broker every three minutes lost nine attempts of one payment: the tenth must not be an hour away. */
const MAX_FACTOR = 16;

export interface ReconcileOptions {
  readonly db: UsersDatabase;
  /** How long to wait for an outcome before the request is published again, milliseconds; twice as long each time, at most 16 times as long. */
  readonly reconcileAfterMs: number;
  readonly logger: Logger;
  /** Told when requests are to be published again. */
  readonly onDue: () => void;
}

/**
 * Publishes requests again whose outcome has not been heard of for a while, so that a broker which lost everything costs nothing but time.
 * It clears the mark of the request's row in the outbox, or writes it anew when it was not kept; payments answers a request that it knows with the outcome. Replicas share the work:
 * each takes rows that the others have not locked.
 */
export function startReconcile({ db, reconcileAfterMs, logger, onDue }: ReconcileOptions): WakeLoop {
  const restMs = Math.min(Math.max(reconcileAfterMs / 4, 50), 5_000);
  let failing = false;

  return startWakeLoop(async () => {
    try {
      const count = await republishDue(db, reconcileAfterMs);
      if (count > 0) {
        logger.info(`${count} payments have no outcome yet: their requests are published again`);
        onDue();
      }
      failing = false;
      return { waitMs: count === BATCH_SIZE ? 0 : restMs };
    } catch (error) {
      if (!failing) logger.warn({ err: error }, `cannot look for payments without an outcome: ${toMessage(error)}`);
      failing = true;
      return { waitMs: restMs };
    }
  });
}

/** @returns how many requests were due */
async function republishDue(db: UsersDatabase, reconcileAfterMs: number): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    with due as (
      select id from payment_requests where status = 'PENDING' and republish_at <= now() order by republish_at limit ${BATCH_SIZE} for update skip locked
    )
    update payment_requests set
      republish_count = republish_count + 1,
      republish_at = now() + ${reconcileAfterMs}::float8 * least(power(2, least(republish_count + 1, 30)), ${MAX_FACTOR}) * interval '1 millisecond'
    from due where payment_requests.id = due.id
    returning due.id::text as id`.execute(db);
  await republishRequests(
    db,
    rows.map(({ id }) => id),
  );
  return rows.length;
}

/** Most rows of one statement at the start: it must not run into the statement timeout however many payments are pending. */
const START_BATCH_SIZE = 5_000;

/**
 * For a broker that forgets everything with its process: what it was told of pending payments is told again, all of it, now.
 * Call it before the relay starts.
 */
export async function republishAllPending(db: UsersDatabase): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`
      update outbox set published_at = null, retry_at = now()
      where id in (
        select outbox.id from payment_requests join outbox on outbox.id = payment_requests.id
        where payment_requests.status = 'PENDING' and outbox.published_at is not null
        limit ${START_BATCH_SIZE}
      )`.execute(db);
    if (Number(numAffectedRows ?? 0n) < START_BATCH_SIZE) break;
  }
  for (;;) {
    const { rows } = await sql<{ id: string }>`
      select id::text as id from payment_requests
      where status = 'PENDING' and not exists (select from outbox where outbox.id = payment_requests.id)
      limit ${START_BATCH_SIZE}`.execute(db);
    if (rows.length === 0) return;
    await republishRequests(
      db,
      rows.map(({ id }) => id),
    );
  }
}
