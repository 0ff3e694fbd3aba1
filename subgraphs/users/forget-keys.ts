import { sql, type RawBuilder, type Transaction } from '../../platform/storage/database.ts';
import type { OutboxSchema } from '../../platform/messaging/outbox.ts';
import type { Cleaned } from '../retention.ts';

export interface KeyRetention {
  /** Keys younger than this stay, milliseconds. */
  readonly keepMs: number;
  /** Most rows that are looked at. */
  readonly limit: number;
}

/**
 * Forgets the idempotency keys of old payments; the payments stay. From then on such a key is a new one. A payment whose outcome is unknown keeps its key, for
 * good: whoever made it may still be asking. Rows are looked at once, in the order of their ids, which is that of time; where it is lies in `key_retention`.
 */
export async function forgetRequestKeys(trx: Transaction<OutboxSchema>, { keepMs, limit }: KeyRetention): Promise<Cleaned> {
  return readCleaned(
    trx,
    limit,
    sql`
    with oldest as (
      select id, requested_at as at from payment_requests where id > (select requests_up_to from key_retention) order by id limit ${sql.lit(limit)}
    ), judged as (
      select id, bool_and(at < now() - ${keepMs}::float8 * interval '1 millisecond') over (order by id) as over from oldest
    ), forgotten as (
      update payment_requests set idempotency_key = null
      where id in (select id from judged where over) and idempotency_key is not null and status <> 'PENDING'
      returning id
    ), moved as (
      update key_retention set requests_up_to = last.id from (select id from judged where over order by id desc limit 1) as last
    )
    select (select count(*) from judged where over)::float8 as seen, (select count(*) from forgotten)::float8 as removed`,
  );
}

/** The same for deposits. */
export async function forgetDepositKeys(trx: Transaction<OutboxSchema>, { keepMs, limit }: KeyRetention): Promise<Cleaned> {
  return readCleaned(
    trx,
    limit,
    sql`
    with oldest as (
      select id, created_at as at from deposits where id > (select deposits_up_to from key_retention) order by id limit ${sql.lit(limit)}
    ), judged as (
      select id, bool_and(at < now() - ${keepMs}::float8 * interval '1 millisecond') over (order by id) as over from oldest
    ), forgotten as (
      update deposits set idempotency_key = null where id in (select id from judged where over) and idempotency_key is not null returning id
    ), moved as (
      update key_retention set deposits_up_to = last.id from (select id from judged where over order by id desc limit 1) as last
    )
    select (select count(*) from judged where over)::float8 as seen, (select count(*) from forgotten)::float8 as removed`,
  );
}

async function readCleaned(trx: Transaction<OutboxSchema>, limit: number, statement: RawBuilder<unknown>): Promise<Cleaned> {
  const { rows } = await (statement as RawBuilder<{ seen: number; removed: number }>).execute(trx);
  const { seen = 0, removed = 0 } = rows[0] ?? {};
  return { removed, more: seen === limit };
}
