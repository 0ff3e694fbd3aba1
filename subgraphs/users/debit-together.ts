import { sql } from '../../platform/storage/database.ts';
import { insertManyIntoOutboxFrom } from '../outbox-insert.ts';
import type { RequestedPayment } from '../payment-messages.ts';
import { toRequestMessage } from '../payment-topology.ts';
import type { UserRow } from './user-store.ts';
import type { UsersDatabase } from './users-database.ts';

/** A payment that asks to be accepted. */
export interface Acceptance {
  readonly request: RequestedPayment;
  /** The idempotency key. */
  readonly key: string | null;
}

type Debited = UserRow & { readonly paymentId: string };

/**
 * Accepts many payments in one statement, all or nothing: users debited in the order of their ids, requests and outbox rows. Of each user the first payments are
 * taken that the balance covers together. Left undone, for their callers to decide one by one: what is refused or was paid before, what comes behind a
 * payment that the balance does not cover, a key that is in the batch twice, and users whom somebody else has locked: nobody waits for a stranger's lock.
 * @returns the payers by payment id, each with the balance after that payment
 * @throws the database's unique violation when another process accepted or refused one of the keys at the same moment: nothing was done then
 */
export async function debitTogether(
  db: UsersDatabase,
  acceptances: readonly Acceptance[],
  reconcileAfterMs: number,
): Promise<ReadonlyMap<string, UserRow>> {
  const asked = withoutRepeatedKeys(acceptances);
  const requests = asked.map(({ request }) => request);
  const { rows } = await sql<Debited>`
    with asked as (
      select * from unnest(
        ${requests.map(({ paymentId }) => paymentId)}::uuid[], ${requests.map(({ userId }) => userId)}::bigint[],
        ${requests.map(({ amountMinor }) => amountMinor)}::bigint[], ${requests.map(({ currency }) => currency)}::text[],
        ${requests.map(({ description }) => description)}::text[], ${asked.map(({ key }) => key)}::text[],
        ${requests.map(({ requestedAt }) => requestedAt)}::timestamptz[]
      ) with ordinality as asked (id, user_id, amount_minor, currency, description, idempotency_key, requested_at, turn)
    ), payers as (
      select id, name, currency, balance_minor, created_at from users
      where id = any(${[...new Set(requests.map(({ userId }) => userId))]}::bigint[])
      order by id for no key update skip locked
    ), fitting as (
      select asked.*, payers.name, payers.created_at,
        payers.balance_minor - sum(asked.amount_minor) over (partition by asked.user_id order by asked.turn) as balance_minor
      from asked join payers on payers.id = asked.user_id and payers.currency = asked.currency
      where not exists (
        select from payment_requests as earlier where earlier.user_id = asked.user_id and earlier.idempotency_key = asked.idempotency_key
      ) and not exists (
        select from refused_keys as refused where refused.user_id = asked.user_id and refused.idempotency_key = asked.idempotency_key
      )
    ), accepted as (
      select * from fitting where balance_minor >= 0
    ), debited as (
      update users set balance_minor = users.balance_minor - debit.amount_minor
      from (select user_id, sum(amount_minor)::bigint as amount_minor from accepted group by user_id) as debit
      where users.id = debit.user_id
    ), requested as (
      insert into payment_requests (id, user_id, amount_minor, currency, description, idempotency_key, requested_at, republish_at)
      select id, user_id, amount_minor, currency, description, idempotency_key, requested_at,
        now() + ${reconcileAfterMs}::float8 * interval '1 millisecond'
      from accepted
    ), queued as (
      ${insertManyIntoOutboxFrom('accepted', requests.map(toRequestMessage))}
    )
    select id::text as "paymentId", user_id::text as id, name, currency, balance_minor::bigint as "balanceMinor", created_at as "createdAt"
    from accepted`.execute(db);
  return new Map(rows.map(({ paymentId, ...user }) => [paymentId, user]));
}

function withoutRepeatedKeys(acceptances: readonly Acceptance[]): readonly Acceptance[] {
  const seen = new Set<string>();
  return acceptances.filter(({ request, key }) => {
    if (key === null) return true;
    const name = `${request.userId} ${key}`;
    return seen.has(name) ? false : seen.add(name);
  });
}
