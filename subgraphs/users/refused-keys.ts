import type { OutboxSchema } from '../../platform/messaging/outbox.ts';
import { inTransaction, sql, type Transaction } from '../../platform/storage/database.ts';
import type { RequestedPayment } from '../payment-messages.ts';
import type { Cleaned } from '../retention.ts';
import type { KeyRetention } from './forget-keys.ts';
import type { UsersDatabase } from './users-database.ts';

/** A payment that was refused because the balance did not cover it, under its idempotency key. */
export type RefusedPayment = Pick<RequestedPayment, 'amountMinor' | 'currency' | 'description'> & { readonly refusedAt: Date };

/**
 * Makes it final that a payment is refused: from then on nothing is accepted under its key, whenever it was sent.
 * @returns false when that is not so any more, and nothing was done: the balance covers it now, or the key stands for a payment or a refusal already
 */
export function rememberRefusal(
  db: UsersDatabase,
  { userId, amountMinor, currency, description }: RequestedPayment,
  key: string,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const { rows: poor } = await sql`
      select from users where id = ${userId}::bigint and balance_minor < ${amountMinor} for no key update`.execute(trx);
    if (poor.length === 0) return false;
    // A statement of its own: it sees what was accepted while the one before waited for the row.
    const { rows } = await sql`
      insert into refused_keys (user_id, idempotency_key, amount_minor, currency, description)
      select ${userId}::bigint, ${key}::text, ${amountMinor}::bigint, ${currency}::text, ${description}::text
      where not exists (select from payment_requests where user_id = ${userId}::bigint and idempotency_key = ${key})
      on conflict do nothing returning user_id`.execute(trx);
    return rows.length === 1;
  });
}

/** The refusal that this key of a user stands for. */
export async function findRefusal(db: UsersDatabase, userId: string, key: string): Promise<RefusedPayment | undefined> {
  const { rows } = await sql<RefusedPayment>`
    select amount_minor as "amountMinor", currency, description, refused_at as "refusedAt"
    from refused_keys where user_id = ${userId}::bigint and idempotency_key = ${key}`.execute(db);
  return rows[0];
}

/** Forgets old refusals: from then on such a key is a new one. */
export async function forgetRefusals(trx: Transaction<OutboxSchema>, { keepMs, limit }: KeyRetention): Promise<Cleaned> {
  const { numAffectedRows } = await sql`
    with oldest as (
      select user_id, idempotency_key from refused_keys where refused_at < now() - ${keepMs}::float8 * interval '1 millisecond'
      order by refused_at limit ${sql.lit(limit)} for update skip locked
    )
    delete from refused_keys using oldest
    where refused_keys.user_id = oldest.user_id and refused_keys.idempotency_key = oldest.idempotency_key`.execute(trx);
  const removed = Number(numAffectedRows ?? 0n);
  return { removed, more: removed === limit };
}
