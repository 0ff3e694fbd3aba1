import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { eventually } from '../support/eventually.ts';
import { ask, connectWebSocket, post } from '../support/graphql-client.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { findNestedScans, findSequentialScans } from '../support/query-plan.ts';
import { AsyncStack, startPayments, startUsers } from '../support/subgraph-services.ts';

/** Tables that grow with users and payments. */
const BIG_TABLES = ['users', 'deposits', 'payment_requests', 'refused_keys', 'payments', 'ledger_entries', 'outbox'];
/** Rows of each big table: enough that reading all of them is never the cheapest way to a few. */
const ROWS = 20_000;

const CONNECTION = `nodes { id } pageInfo { hasNextPage endCursor }`;

/** Every statement that the services send while everything is used, planned over tables of many rows. */
describe('no query reads a whole table that grows', () => {
  const stack = new AsyncStack();
  const statements = { users: new Set<string>(), payments: new Set<string>() };
  const clients = {} as Record<keyof typeof statements, pg.Client>;

  beforeAll(async () => {
    const broker = createMemoryBroker();
    const databases = { users: stack.use(await createTestDatabase()), payments: stack.use(await createTestDatabase()) };
    const users = stack.use(
      await startUsers({
        databaseUrl: databases.users.url,
        broker,
        env: { USERS_RECONCILE_AFTER_MS: '50' },
        seams: { onQuery: (text) => statements.users.add(text) },
      }),
    );
    const payments = stack.use(
      await startPayments({
        databaseUrl: databases.payments.url,
        broker,
        env: { PAYMENTS_LIMIT: '100.00' },
        seams: { onQuery: (text) => statements.payments.add(text) },
      }),
    );
    await useEverything(users.url, payments.url);
    for (const service of ['users', 'payments'] as const) {
      const client = (clients[service] = new pg.Client(databases[service].url));
      await client.connect();
      stack.use({ [Symbol.asyncDispose]: () => client.end() });
    }
    await Promise.all([users.service.stop(), payments.service.stop()]); // nothing locks or changes the tables from here on
    await Promise.all([fillUsers(clients.users), fillPayments(clients.payments)]);
  }, 240_000);
  afterAll(() => stack[Symbol.asyncDispose]());

  /** What reads or writes a big table, by service. */
  const offenders = async (service: keyof typeof statements): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const text of statements[service]) {
      if (!isPlannable(text)) continue;
      const scanned = (await findSequentialScans(clients[service], text.replace(OLDEST_THOUSAND, '$1 limit 10'))).filter((table) =>
        BIG_TABLES.includes(table),
      );
      if (scanned.length > 0) found.push(`${scanned.join(', ')}: ${text.trim().replace(/\s+/g, ' ').slice(0, 200)}`);
    }
    return found;
  };

  it('of users', async () => {
    expect(await offenders('users')).toEqual([]);
  });

  it('of payments', async () => {
    expect(await offenders('payments')).toEqual([]);
  });

  it('collected the statements that matter', () => {
    const all = [...statements.users, ...statements.payments].join('\n');

    expect([...statements.users].filter(isPlannable).length).toBeGreaterThan(12);
    expect([...statements.payments].filter(isPlannable).length).toBeGreaterThan(15);
    for (const part of [
      'debited',
      'credited',
      'settled',
      'republish_at <= now()',
      'booked',
      'outbox_give_positions',
      'for update skip locked',
      'position <=',
      'with oldest as',
      'insert into refused_keys',
      'delete from refused_keys',
    ])
      expect(all).toContain(part);
  });

  it.each([
    ['users', 'outbox_unpublished', 'outbox'],
    ['payments', 'payments_by_time', 'payments'],
    ['payments', 'outbox_position', 'outbox'],
  ] as const)('a control: in %s without the index %s a statement is found that reads all of %s', async (service, index, table) => {
    await clients[service].query(`begin; drop index ${index}`);
    try {
      expect((await offenders(service)).some((each) => each.startsWith(table))).toBe(true);
    } finally {
      await clients[service].query('rollback');
    }
  });

  /** What the database itself looks at when a payment is booked. */
  const book = async (): Promise<readonly string[]> => {
    const client = clients.payments;
    await client.query('begin; set local session_replication_role = origin'); // it was filled without triggers
    try {
      return await findNestedScans(client, () =>
        client.query(`
          with payment as (
            insert into payments (id, user_id, amount_minor, currency, status, requested_at, processed_at)
            values (gen_random_uuid(), '1', 100, 'MXN', 'PROCESSED', now(), now()) returning id)
          insert into ledger_entries (payment_id, account, amount_minor, currency)
            select id, account, amount, 'MXN' from payment cross join (values ('clearing', 100), ('user', -100)) as side (account, amount);
          set constraints all immediate`),
      );
    } finally {
      await client.query('rollback');
    }
  };

  it('the triggers that look after the ledger read no whole table, and would without their index', async () => {
    expect(await book()).toEqual([]);

    await clients.payments.query('drop index ledger_entries_by_payment');
    try {
      expect(new Set(await book())).toEqual(new Set(['ledger_entries']));
    } finally {
      await clients.payments.query('create index ledger_entries_by_payment on ledger_entries (payment_id)');
    }
  });

  it('the positions of a backlog are given without reading the whole outbox', async () => {
    await clients.users.query('update outbox set position = null, published_at = null where position > 10000; analyze outbox');
    const { rows } = await clients.users.query<{ prosrc: string; proconfig: string[] }>(
      `select prosrc, proconfig from pg_proc where proname = 'outbox_give_positions'`,
    );
    for (const setting of rows[0]?.proconfig ?? []) await clients.users.query(`set ${setting}`);
    const update = /with last as[\s\S]*?fresh\.id/.exec(rows[0]?.prosrc ?? '')?.[0] ?? '';

    expect(update).not.toBe('');
    expect(await findSequentialScans(clients.users, update.replace('at_most', '$1::integer'))).toEqual([]);
  });
});

/** Retention takes the oldest thousand rows: of so few rows as here that is a share for which reading all of them is right, so it is asked for ten. */
const OLDEST_THOUSAND = /^(\s*with oldest as [\s\S]*?) limit 1000\b/;

function isPlannable(text: string): boolean {
  return /^\s*(select|with|insert|update|delete)\b/i.test(text) && BIG_TABLES.some((table) => text.includes(table));
}

/** Every operation of both services, each in the ways that make it another statement. */
async function useEverything(usersUrl: string, paymentsUrl: string): Promise<void> {
  const pay = (userId: string, amount: string, more = ''): Promise<unknown> =>
    post(usersUrl, `mutation { pay(input: { userId: "${userId}", amount: "${amount}" ${more} }) { payment { id } } }`);
  await ask(usersUrl, `mutation { createUser(input: { name: "A", openingBalance: "9000.00" }) { id } }`);
  await ask(usersUrl, `mutation { deposit(input: { userId: "1", amount: "5000.00", idempotencyKey: "d" }) { id } }`);
  await ask(usersUrl, `mutation { deposit(input: { userId: "1", amount: "5000.00", idempotencyKey: "d" }) { id } }`);
  const { paymentEventsCursor: after } = await ask<{ paymentEventsCursor: string }>(paymentsUrl, `{ paymentEventsCursor }`);
  await pay('1', '1.00', 'idempotencyKey: "k"');
  await pay('1', '1.00', 'idempotencyKey: "k"');
  await pay('2', '9999.00');
  for (const amount of ['9999.00', '9999.00']) await pay('2', amount, 'idempotencyKey: "refused"');
  await pay('1', '101.00'); // fails, and is credited back
  await Promise.all(Array.from({ length: 6 }, () => pay('1', '1.00')));
  await ask(paymentsUrl, `mutation { pauseProcessing { paused } }`);
  await pay('1', '2.00');
  await eventually(async () => {
    const { users } = await ask<{ users: { nodes: { pendingPayments: unknown[] }[] } }>(
      usersUrl,
      `{ users(first: 3) { nodes { id pendingPayments { id user { name } } } pageInfo { endCursor } } }`,
    );
    return (users.nodes[0]?.pendingPayments.length ?? 0) > 0;
  });
  await new Promise((resolve) => setTimeout(resolve, 200)); // the reconcile looks at what is overdue, and publishes it again
  await ask(paymentsUrl, `mutation { resumeProcessing { paused } }`);
  const list = (args: string): Promise<{ payments: { nodes: { id: string }[]; pageInfo: { endCursor: string } } }> =>
    ask(paymentsUrl, `{ payments(first: 3 ${args}) { ${CONNECTION} } }`);
  const known = await eventually(async () => {
    const { payments } = await list('');
    return payments.nodes.length === 3 ? payments : undefined;
  });
  for (const who of ['', 'userId: "1"'])
    for (const status of ['', 'status: FAILED', 'status: PROCESSED', 'status: PENDING'])
      for (const place of ['', `after: "${known.pageInfo.endCursor}"`]) await list(`${who} ${status} ${place}`);
  await ask(
    paymentsUrl,
    `{ payment(id: "${known.nodes[0]?.id}") { id user { payments(first: 2) { ${CONNECTION} } } } processing { paused } }`,
  );
  const { users: page } = await ask<{ users: { pageInfo: { endCursor: string } } }>(
    usersUrl,
    `{ users(first: 1) { pageInfo { endCursor } } }`,
  );
  await ask(usersUrl, `{ users(first: 1, after: "${page.pageInfo.endCursor}") { nodes { id name } } user(id: "1") { name } }`);
  await ask(usersUrl, `query ($ids: [_Any!]!) { _entities(representations: $ids) { ... on Payment { status } } }`, {
    ids: [{ __typename: 'Payment', id: known.nodes[0]?.id }],
  });
  for (const who of ['', ', userId: "1"']) {
    const client = connectWebSocket(paymentsUrl);
    for await (const { data } of client.iterate({
      query: `subscription { paymentProcessed(after: "${after}" ${who}) { cursor payment { id } } }`,
    })) {
      if (data) break;
    }
    await client.dispose();
  }
  await Promise.all([usersUrl, paymentsUrl].map((url) => fetch(new URL('/metrics', url))));
}

/** Old rows as years of use would leave them: nearly all of them are done with. */
async function fillUsers(client: pg.Client): Promise<void> {
  await client.query(`
    set session_replication_role = replica; -- no triggers: it is their result that is made here
    insert into users (id, name, currency, opening_balance_minor, balance_minor) overriding system value
      select n, 'User ' || n, 'MXN', 1000, 1000 from generate_series(1000001, ${1_000_000 + ROWS}) n;
    insert into deposits (user_id, amount_minor, idempotency_key) select 1000000 + n, 1, n from generate_series(1, ${ROWS}) n;
    insert into refused_keys (user_id, idempotency_key, amount_minor, currency, refused_at) select 1000000 + n % 4000, n, 1, 'MXN', now() - n * interval '1 second' from generate_series(1, ${ROWS}) n;
    insert into payment_requests (id, user_id, amount_minor, currency, idempotency_key, status, requested_at, processed_at, republish_at)
      select gen_random_uuid(), 1000000 + n % 4000, 100, 'MXN', n, 'PROCESSED', now() - n * interval '1 second', now(), now() from generate_series(1, ${ROWS}) n;
    insert into outbox (id, type, exchange, routing_key, event, position, published_at)
      select id, 't', 'e', 'k', '{}', 1000 + row_number() over (order by id), now() from payment_requests where idempotency_key ~ '^[0-9]+$';`);
  await client.query('vacuum analyze');
}

async function fillPayments(client: pg.Client): Promise<void> {
  await client.query(`
    set session_replication_role = replica;
    insert into payments (id, user_id, amount_minor, currency, status, failure_reason, requested_at, processed_at)
      select gen_random_uuid(), (1000000 + n % 4000)::text, 100, 'MXN', case n % 100 when 0 then 'FAILED' else 'PROCESSED' end,
        case n % 100 when 0 then 'LIMIT_EXCEEDED' end, now() - n * interval '1 second', now() from generate_series(1, ${ROWS}) n;
    insert into ledger_entries (payment_id, account, amount_minor, currency)
      select id, account, 100, 'MXN' from payments cross join (values ('clearing'), ('user')) as side (account);
    insert into outbox (id, type, exchange, routing_key, event, position, published_at)
      select id, 't', 'e', 'k', jsonb_build_object('data', jsonb_build_object('userId', user_id)), 1000 + row_number() over (order by id), now()
      from payments where not exists (select from outbox where outbox.id = payments.id)`);
  await client.query('vacuum analyze');
}
