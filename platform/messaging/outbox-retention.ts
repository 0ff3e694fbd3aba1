import { sql, type Transaction } from '../storage/database.ts';
import type { OutboxSchema } from './outbox.ts';

export interface OutboxRetention {
  /** Rows younger than this stay, milliseconds. */
  readonly keepMs: number;
  /** Most rows of one call. */
  readonly limit: number;
}

/**
 * Deletes the oldest rows of the outbox that were published and are older than `keepMs`, from the lowest position up to the first row that must stay: what is
 * kept has no holes, so its lowest position says which cursors are still good. The newest row always stays, since the next position is counted from it.
 * A row that somebody has locked counts as one that stays.
 * @returns how many were deleted; `limit` when there may be more
 */
export async function deletePublishedRows<Schema extends OutboxSchema>(
  trx: Transaction<Schema>,
  { keepMs, limit }: OutboxRetention,
): Promise<number> {
  const { numAffectedRows } = await sql`
    with oldest as materialized (
      select id, position, published_at, created_at from outbox where position is not null order by position limit ${sql.lit(limit)} for update skip locked
    ), bounds as (
      select min(position) as lowest, max(position) as newest from outbox
    ), judged as (
      select id, bool_and(
        published_at is not null
        and created_at < now() - ${keepMs}::float8 * interval '1 millisecond'
        and position < bounds.newest
        and position - bounds.lowest = place - 1 -- none before it was skipped
      ) over (order by position) as goes
      from (select oldest.*, row_number() over (order by position) as place from oldest) as numbered cross join bounds
    )
    delete from outbox where id in (select id from judged where goes)`.execute(trx);
  return Number(numAffectedRows ?? 0n);
}
