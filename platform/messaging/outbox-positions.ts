import { inTransaction, sql, type Kysely } from '../storage/database.ts';
import type { OutboxSchema } from './outbox.ts';

/** The key of the advisory lock under which positions are given: `pos` in ASCII. One lock a database is enough, there is one outbox in it. */
const POSITIONING_LOCK = 0x706f73;

/**
 * Gives the next positions to committed rows that have none. Under the lock, and committed before it is freed, so whoever reads by position
 * never meets a lower one later: a sequence would not do, since its transactions commit out of order.
 *
 * The first position after the highest that is kept: whoever deletes old rows must leave the newest.
 * @returns how many rows got one
 */
export async function assignPositions<Schema extends OutboxSchema>(db: Kysely<Schema>, limit: number): Promise<number> {
  return inTransaction(db, async (trx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(POSITIONING_LOCK)})`.execute(trx);
    // A statement of its own: its snapshot must be taken after the lock is held.
    const { numAffectedRows } = await sql`
      with last as (select coalesce(max(position), 0) as position from outbox),
        fresh as (
          select id, row_number() over (order by created_at, id) as step
          from (select id, created_at from outbox where position is null order by created_at, id limit ${limit}) as first
        )
      update outbox set position = last.position + fresh.step from last, fresh where outbox.id = fresh.id`.execute(trx);
    return Number(numAffectedRows ?? 0n);
  });
}
