import type pg from 'pg';
import { PAYMENT_FAILED, PAYMENT_PROCESSED } from '../../../subgraphs/payment-messages.ts';

/** One rule, and how it is broken now; no rows: it holds. */
interface Rule {
  readonly rule: string;
  readonly database: 'users' | 'payments';
  readonly sql: string;
}

/** What holds at every moment, within one database: each is one statement, so it sees one state. */
export const ALWAYS: readonly Rule[] = [
  {
    rule: 'opening balances and deposits = balances and debits that were not credited back',
    database: 'users',
    sql: `select id::text, (opening_balance_minor + coalesce(deposited, 0))::text as was, (balance_minor + coalesce(spent, 0))::text as is from users
      left join (select user_id, sum(amount_minor) as deposited from deposits group by 1) d on d.user_id = users.id
      left join (select user_id, sum(amount_minor) as spent from payment_requests where status <> 'FAILED' group by 1) p on p.user_id = users.id
      where opening_balance_minor + coalesce(deposited, 0) <> balance_minor + coalesce(spent, 0)`,
  },
  { rule: 'no balance is below zero', database: 'users', sql: 'select id::text, balance_minor::text from users where balance_minor < 0' },
  {
    rule: 'one idempotency key is one payment and one debit',
    database: 'users',
    sql: `select user_id::text, idempotency_key, count(*)::text from payment_requests where idempotency_key is not null group by 1, 2 having count(*) > 1`,
  },
  {
    rule: 'the ledger is zero in total',
    database: 'payments',
    sql: 'select currency, sum(amount_minor)::text from ledger_entries group by 1 having sum(amount_minor) <> 0',
  },
  {
    rule: 'a processed payment has two ledger entries that sum to zero, a failed one has none',
    database: 'payments',
    sql: `select payments.id::text, status, count(entry.id)::text as entries, sum(entry.amount_minor)::text as total
      from payments left join ledger_entries entry on payment_id = payments.id
      group by 1, 2 having count(entry.id) <> case status when 'PROCESSED' then 2 else 0 end or coalesce(sum(entry.amount_minor), 0) <> 0`,
  },
  {
    rule: 'a payment has one outcome',
    database: 'payments',
    sql: `select event->>'subject' as id, count(*)::text from outbox group by 1 having count(*) <> 1
      union all select id::text, count(*)::text from payments group by 1 having count(*) <> 1`,
  },
];

/** @returns one sentence for each rule that does not hold */
export async function findBrokenRules(databases: Readonly<Record<'users' | 'payments', pg.Pool>>): Promise<Map<string, string>> {
  const broken = new Map<string, string>();
  for (const { rule, database, sql } of ALWAYS) {
    const { rows } = await databases[database].query(sql);
    if (rows.length > 0) broken.set(rule, `${rows.length} times, such as ${JSON.stringify(rows.slice(0, 3))}`);
  }
  return broken;
}

export type Status = 'PENDING' | 'PROCESSED' | 'FAILED';

/** What both databases say of each payment. Users is read between two readings of payments, so that what moves meanwhile is not taken for a difference. */
export interface PaymentStates {
  readonly requests: ReadonlyMap<string, { readonly status: Status; readonly description: string | null; readonly userId: string }>;
  /** Decided before the requests were read. */
  readonly decidedBefore: ReadonlyMap<string, Status>;
  /** Decided after the requests were read. */
  readonly decided: ReadonlyMap<string, Status>;
}

export async function readPaymentStates({ users, payments }: Readonly<Record<'users' | 'payments', pg.Pool>>): Promise<PaymentStates> {
  const readDecided = async (): Promise<Map<string, Status>> => {
    const { rows } = await payments.query<{ id: string; status: Status }>('select id::text, status from payments');
    return new Map(rows.map(({ id, status }) => [id, status]));
  };
  const decidedBefore = await readDecided();
  const { rows } = await users.query<{ id: string; status: Status; description: string | null; userId: string }>(
    'select id::text, status, description, user_id::text as "userId" from payment_requests',
  );
  const decided = await readDecided();
  return { requests: new Map(rows.map(({ id, ...request }) => [id, request])), decidedBefore, decided };
}

/** What must hold between the two at every moment. */
export function findContradictions({ requests, decidedBefore, decided }: PaymentStates): Map<string, string> {
  const broken = new Map<string, string>();
  const strangers = [...decidedBefore.keys()].filter((id) => !requests.has(id));
  if (strangers.length > 0) broken.set('no outcome without an accepted payment', strangers.slice(0, 5).join(', '));
  const contradictions = [...requests].filter(([id, { status }]) => status !== 'PENDING' && decided.get(id) !== status);
  if (contradictions.length > 0) {
    broken.set(
      'an outcome is the same in users and payments',
      contradictions
        .slice(0, 5)
        .map(([id, { status }]) => `${id} is ${status} in users, ${decided.get(id) ?? 'unknown'} in payments`)
        .join('; '),
    );
  }
  return broken;
}

/** What a subscriber is told of one outcome, and where it stands among them. */
export interface LoggedOutcome {
  readonly position: string;
  readonly id: string;
  readonly userId: string;
  readonly status: string;
}

/** All outcomes in cursor order. */
export async function listOutcomes(payments: pg.Pool): Promise<LoggedOutcome[]> {
  const { rows } = await payments.query<LoggedOutcome>(
    `select position::text, event->>'subject' as id, event->'data'->>'userId' as "userId",
       case event->>'type' when '${PAYMENT_PROCESSED}' then 'PROCESSED' when '${PAYMENT_FAILED}' then 'FAILED' end as status
     from outbox where position is not null order by outbox.position`,
  );
  return rows;
}
