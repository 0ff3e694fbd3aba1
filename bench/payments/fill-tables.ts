import { runSql } from './run-sql.ts';

/** How large the tables are. */
export interface Fill {
  readonly users: number;
  readonly payments: number;
}

/** Before the users of everything else that is measured. */
export const FIRST_FILLED_USER = 2_000_001;
/** The time over which all payments of the largest fill were made; shorter than anything is kept. */
const SPREAD_MS = 3 * 24 * 3_600_000;

/**
 * Brings the tables of both services from one size to the next: users, requests with idempotency keys, payments, ledger entries, and the events of all
 * payments; one payment in fifty failed. Of users' outbox nothing: it is emptied after a week. Nobody may use the databases meanwhile.
 * @param most payments of the largest size
 */
export async function fillTables(
  urls: Readonly<Record<'users' | 'payments', string>>,
  { from, to, most, startedAt }: { from: Fill; to: Fill; most: number; startedAt: Date },
): Promise<void> {
  const made = madePayments(from.payments, to, most, startedAt);
  await Promise.all([
    runSql(
      urls.users,
      `${QUIETLY}
       insert into users (id, name, currency, opening_balance_minor, balance_minor) overriding system value
       select n, 'Payer ' || n, 'MXN', 1000000000000, 1000000000000
       from generate_series(${FIRST_FILLED_USER + from.users}, ${FIRST_FILLED_USER + to.users - 1}) as n;
       insert into payment_requests (id, user_id, amount_minor, currency, idempotency_key, status, failure_reason, requested_at, processed_at, republish_at)
       select id, user_id, 100, 'MXN', md5(n::text), status, failure_reason, at, at, at from (${made}) as made;`,
    ),
    runSql(
      urls.payments,
      `${QUIETLY}
       insert into payments (id, user_id, amount_minor, currency, status, failure_reason, requested_at, processed_at)
       select id, user_id::text, 100, 'MXN', status, failure_reason, at, at from (${made}) as made;
       insert into ledger_entries (payment_id, account, amount_minor, currency, booked_at)
       select id, account, amount, 'MXN', at
       from (${made}) as made, lateral (values ('user:' || user_id, -100), ('clearing', 100)) as entry (account, amount) where failure_reason is null;
       insert into outbox (id, type, exchange, routing_key, mandatory, event, created_at, position, published_at)
       select id, type, 'payments.events', type, false, jsonb_build_object(
           'specversion', '1.0', 'id', id, 'source', '/paygraph/payments', 'subject', id, 'time', at, 'datacontenttype', 'application/json', 'type', type,
           'data', jsonb_build_object('paymentId', id, 'userId', user_id::text, 'amount', '1.00', 'currency', 'MXN', 'requestedAt', at, 'processedAt', at)
             || case when failure_reason is null then '{}' else jsonb_build_object('reason', failure_reason) end
         ), at, n - ${from.payments} + (select coalesce(max(position), 0) from outbox), at
       from (${made}) as made, lateral (select case when failure_reason is null then 'payment.processed.v1' else 'payment.failed.v1' end as type) as typed;`,
    ),
  ]);
  // What autovacuum would do in time; and no checkpoint of all this is to fall into what is measured.
  for (const url of Object.values(urls)) await runSql(url, 'vacuum (analyze)').then(() => runSql(url, 'checkpoint'));
}

/** Without triggers: those of payments and of the ledger look at each row once more, and hold all rows until the commit; what is made here is right. */
const QUIETLY = `set session_replication_role = replica; set synchronous_commit = off;`;

/** Ids are those of UUID version 7, as ours: time first. Users pay in turns that are far apart. */
function madePayments(have: number, { users, payments }: Fill, most: number, startedAt: Date): string {
  const stepMs = SPREAD_MS / most;
  return `
    select n, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(drawn, 1, 3) || '8' || substr(drawn, 4, 15))::uuid as id,
      ${FIRST_FILLED_USER} + n * 7919 % ${users} as user_id, at,
      case when n % 50 = 0 then 'FAILED' else 'PROCESSED' end as status, case when n % 50 = 0 then 'LIMIT_EXCEEDED' end as failure_reason
    from generate_series(${have + 1}::bigint, ${payments}::bigint) as n,
      lateral (select md5(n::text) as drawn, to_timestamp(${(startedAt.getTime() - SPREAD_MS) / 1_000} + n * ${stepMs / 1_000}) as at) as drawing`;
}
