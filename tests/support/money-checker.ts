import pg from 'pg';
import type { AcceptedPayment } from './careful-payer.ts';
import { eventually } from './eventually.ts';

/** Looks at both databases from outside, past all of our own code. Disposing closes its connections. */
export interface MoneyChecker {
  readonly users: pg.Client;
  readonly payments: pg.Client;
  /** Accepted payments whose outcome users has not heard of. */
  countUndecided(): Promise<number>;
  /** Payment ids of all outcomes, in cursor order. */
  listOutcomes(): Promise<string[]>;
  /**
   * Holds the transactions of messages that the service handles, so that a kill hits them half way. Disposing lets go.
   * Returns once one waits, or after `withinMs`; `caught` tells which.
   */
  stall(service: 'users' | 'payments', withinMs: number): Promise<AsyncDisposable & { readonly caught: boolean }>;
  /** Ends the server's side of all the service's connections, as a crashed host's would be: what was not committed is gone. */
  dropOpenTransactions(service: 'users' | 'payments'): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** By which its own connections are known. */
const CHECKER = 'money checker';
/** What a consumer of the service runs for a message. */
const CONSUMER_STATEMENT = { users: '%settled%', payments: '%insert into payments%' } as const;
/** What stands in its way: the rows of undecided payments, or the table that decisions go to. Asked again, it also holds what is new. */
const HOLD = {
  users: `select id from payment_requests where status = 'PENDING' for update skip locked`,
  payments: 'lock table payments in exclusive mode',
} as const;

export async function openMoneyChecker(usersUrl: string, paymentsUrl: string): Promise<MoneyChecker> {
  const [users, payments, usersLock, paymentsLock] = await Promise.all([
    connect(usersUrl),
    connect(paymentsUrl),
    connect(usersUrl),
    connect(paymentsUrl),
  ]);
  const of = { users, payments };
  const lockOf = { users: usersLock, payments: paymentsLock };
  return {
    users,
    payments,
    countUndecided: () => count(users, `select count(*) from payment_requests where status = 'PENDING'`),
    async listOutcomes() {
      const { rows } = await payments.query<{ id: string }>(
        `select event->>'subject' as id from outbox where position is not null order by position`,
      );
      return rows.map((row) => row.id);
    },
    async stall(service, withinMs) {
      const lock = lockOf[service];
      await lock.query('begin');
      const waiting = `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like $1`;
      const isCaught = async (): Promise<boolean> => {
        await lock.query(HOLD[service]);
        return (await count(of[service], waiting, [CONSUMER_STATEMENT[service]])) > 0;
      };
      const caught = await eventually(isCaught, withinMs).catch(() => false);
      return { caught, [Symbol.asyncDispose]: async () => void (await lock.query('rollback')) };
    },
    async dropOpenTransactions(service) {
      await of[service].query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name <> $1`,
        [CHECKER],
      );
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([users, payments, usersLock, paymentsLock].map((client) => client.end()));
    },
  };
}

/**
 * What must hold when everything is quiet.
 * @returns one sentence for each rule that does not; empty when all is well
 */
export async function findViolations({ users, payments }: MoneyChecker, accepted: readonly AcceptedPayment[]): Promise<string[]> {
  const violations: string[] = [];
  const expectNone = async (client: pg.Client, rule: string, sql: string): Promise<void> => {
    const { rows } = await client.query(sql);
    if (rows.length > 0) violations.push(`${rule}: ${JSON.stringify(rows.slice(0, 5))}`);
  };
  await expectNone(
    users,
    'opening balances and deposits = balances and debits that were not credited back',
    `select id, opening_balance_minor + coalesce(deposited, 0) as was, balance_minor + coalesce(spent, 0) as is from users
     left join (select user_id, sum(amount_minor) as deposited from deposits group by 1) d on d.user_id = users.id
     left join (select user_id, sum(amount_minor) as spent from payment_requests where status <> 'FAILED' group by 1) p on p.user_id = users.id
     where opening_balance_minor + coalesce(deposited, 0) <> balance_minor + coalesce(spent, 0)`,
  );
  await expectNone(users, 'no balance is below zero', 'select id, balance_minor from users where balance_minor < 0');
  await expectNone(
    payments,
    'the ledger is zero in total',
    'select currency, sum(amount_minor) from ledger_entries group by 1 having sum(amount_minor) <> 0',
  );
  await expectNone(
    payments,
    'a processed payment has two entries that sum to zero, a failed one has none',
    `select payments.id, status, count(entry.id), sum(entry.amount_minor) from payments left join ledger_entries entry on payment_id = payments.id
     group by 1, 2 having count(entry.id) <> case status when 'PROCESSED' then 2 else 0 end or coalesce(sum(entry.amount_minor), 0) <> 0`,
  );
  await expectNone(payments, 'a payment has one outcome', `select event->>'subject', count(*) from outbox group by 1 having count(*) <> 1`);

  const requests = await statuses(users, 'select id, status from payment_requests');
  const outcomes = await statuses(payments, 'select id, status from payments');
  for (const [id, status] of requests)
    if (outcomes.get(id) !== status)
      violations.push(`payment ${id} is ${status} in users and ${outcomes.get(id) ?? 'unknown'} in payments`);
  for (const id of outcomes.keys()) if (!requests.has(id)) violations.push(`payment ${id} was processed and never accepted`);
  for (const { id } of accepted) if (!requests.has(id)) violations.push(`payment ${id} was accepted and is not there`);
  if (requests.size !== new Set(accepted.map(({ id }) => id)).size)
    violations.push(`${requests.size} payments were debited and ${accepted.length} accepted`);
  return violations;
}

async function statuses(client: pg.Client, sql: string): Promise<Map<string, string>> {
  const { rows } = await client.query<{ id: string; status: string }>(sql);
  return new Map(rows.map((row) => [row.id, row.status]));
}

async function count(client: pg.Client, sql: string, values: readonly string[] = []): Promise<number> {
  const { rows } = await client.query<{ count: string }>(sql, [...values]);
  return Number(rows[0]?.count);
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: CHECKER });
  client.on('error', () => undefined); // the next query tells
  await client.connect();
  return client;
}
