import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import type { OutboxSchema } from '../../platform/messaging/outbox.ts';
import { openDatabase, type StatementSeam } from '../../platform/storage/database.ts';
import type { RequestedPayment } from '../../subgraphs/payment-messages.ts';
import { rememberRefusal } from '../../subgraphs/users/refused-keys.ts';
import type { UsersDatabase } from '../../subgraphs/users/users-database.ts';
import { eventually } from '../support/eventually.ts';
import { ask, post, refusalCode, type Answer } from '../support/graphql-client.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { AsyncStack, startUsers, type RunningSubgraph } from '../support/subgraph-services.ts';

const PAY = `mutation ($input: PayInput!) { pay(input: $input) {
  payment { id status description requestedAt processedAt failureReason amount { amount currency } user { id name balance { amount } } }
  user { id balance { amount currency } }
} }`;

interface Paid {
  readonly pay: {
    readonly payment: { readonly id: string; readonly status: string; readonly requestedAt: string };
    readonly user: { readonly id: string; readonly balance: { readonly amount: string } };
  };
}

describe('paying, as the users subgraph answers it', () => {
  const stack = new AsyncStack();
  let users: RunningSubgraph;
  let databaseUrl: string;

  beforeAll(async () => {
    const database = stack.use(await createTestDatabase('users'));
    databaseUrl = database.url;
    const broker = createMemoryBroker();
    const env = { USERS_POOL_SIZE: '10' }; // some tests hold several of its connections up
    users = stack.use(await startUsers({ databaseUrl, broker, env }));
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const createUser = async (openingBalance: string, currency = 'MXN'): Promise<string> => {
    const answer = await ask<{ createUser: { id: string } }>(
      users.url,
      `mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }`,
      { input: { name: 'Payer', openingBalance, currency } },
    );
    return answer.createUser.id;
  };
  const pay = (input: Record<string, unknown>): Promise<Answer<Paid>> => post<Paid>(users.url, PAY, { input });
  const deposit = (userId: string, amount: string): Promise<unknown> =>
    ask(users.url, `mutation ($input: DepositInput!) { deposit(input: $input) { id } }`, {
      input: { userId, amount, idempotencyKey: randomUUID() },
    });
  const waitingForLocks = async (): Promise<number> => {
    const sql = new pg.Client(databaseUrl);
    await sql.connect();
    try {
      const { rows } = await sql.query<{ count: number }>(
        `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows[0]?.count ?? 0;
    } finally {
      await sql.end();
    }
  };
  /** The database as another replica has it. */
  const openReplica = async (onStatement?: StatementSeam): Promise<AsyncDisposable & { db: UsersDatabase }> => {
    const database = await openDatabase<OutboxSchema>({
      name: 'users database',
      url: databaseUrl,
      logger: silentLogger,
      poolSize: 1,
      ...(onStatement && { onStatement }),
    });
    return { db: database.db, [Symbol.asyncDispose]: async () => database.stop(Date.now() + 1_000) };
  };
  const requestOf = (userId: string, amountMinor: bigint): RequestedPayment => ({
    paymentId: randomUUID(),
    userId,
    amountMinor,
    currency: 'MXN',
    description: null,
    requestedAt: new Date(),
  });
  const balanceOf = async (id: string): Promise<string> =>
    (await ask<{ user: { balance: { amount: string } } }>(users.url, `query ($id: ID!) { user(id: $id) { balance { amount } } }`, { id }))
      .user.balance.amount;

  it('the first start makes Willis and Ana', async () => {
    const { users: page } = await ask<{ users: unknown }>(
      users.url,
      `{ users(first: 2) { nodes { id name balance { amount currency } } } }`,
    );

    expect(page).toEqual({
      nodes: [
        { id: '1', name: 'Willis', balance: { amount: '500.00', currency: 'MXN' } },
        { id: '2', name: 'Ana', balance: { amount: '700.00', currency: 'MXN' } },
      ],
    });
  });

  it('a payment is debited at once and answered PENDING, all of it by users', async () => {
    const userId = await createUser('10.00');

    const answer = await pay({ userId, amount: '2.50', description: 'tea' });

    expect(answer.data).toMatchObject({
      pay: {
        payment: {
          status: 'PENDING',
          description: 'tea',
          processedAt: null,
          failureReason: null,
          amount: { amount: '2.50', currency: 'MXN' },
          user: { id: userId, name: 'Payer', balance: { amount: '7.50' } },
        },
        user: { id: userId, balance: { amount: '7.50', currency: 'MXN' } },
      },
    });
    expect(answer.data?.pay.payment.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(answer.data?.pay.payment.requestedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('two payments in one mutation each show the balance after them', async () => {
    const userId = await createUser('10.00');

    const answer = await ask(
      users.url,
      `mutation ($id: ID!) {
        a: pay(input: { userId: $id, amount: "1.00" }) { payment { user { balance { amount } } } user { pendingPayments { amount { amount } } } }
        b: pay(input: { userId: $id, amount: "2.00" }) { payment { user { balance { amount } } } user { pendingPayments { amount { amount } } } }
      }`,
      { id: userId },
    );

    expect(answer).toEqual({
      a: { payment: { user: { balance: { amount: '9.00' } } }, user: { pendingPayments: [{ amount: { amount: '1.00' } }] } },
      b: {
        payment: { user: { balance: { amount: '7.00' } } },
        user: { pendingPayments: [{ amount: { amount: '2.00' } }, { amount: { amount: '1.00' } }] },
      },
    });
  });

  it.each(['10.01', '999999.00'])('%s is more than there is: INSUFFICIENT_FUNDS, and nothing is taken', async (amount) => {
    const userId = await createUser('10.00');

    const answer = await pay({ userId, amount });

    expect(answer.errors?.[0]).toMatchObject({ path: ['pay'], extensions: { code: 'INSUFFICIENT_FUNDS', field: 'input.amount' } });
    expect(await balanceOf(userId)).toBe('10.00');
  });

  it.each(['999999999', 'nobody', '', '0', '-1', '01', '1.0', '9223372036854775808', '9'.repeat(100), '１', "1' or true", '1\u0000'])(
    'user %p is USER_NOT_FOUND when paying or depositing, and null when asked for',
    async (id) => {
      const paid = await refusalCode(users.url, PAY, { input: { userId: id, amount: '1.00' } });
      const paidInCurrency = await refusalCode(users.url, PAY, { input: { userId: id, amount: '1.00', currency: 'MXN' } });
      const deposited = await refusalCode(users.url, `mutation ($input: DepositInput!) { deposit(input: $input) { id } }`, {
        input: { userId: id, amount: '1.00', idempotencyKey: 'k' },
      });
      const asked = await ask(users.url, `query ($id: ID!) { user(id: $id) { id } }`, { id });

      expect([paid, paidInCurrency, deposited]).toEqual(['USER_NOT_FOUND', 'USER_NOT_FOUND', 'USER_NOT_FOUND']);
      expect(asked).toEqual({ user: null });
    },
  );

  it('another currency than the balance has is CURRENCY_MISMATCH, its own may be named', async () => {
    const userId = await createUser('1000', 'JPY');

    const other = await refusalCode(users.url, PAY, { input: { userId, amount: '1.00', currency: 'MXN' } });
    const own = await pay({ userId, amount: 400, currency: 'JPY' });

    expect(other).toBe('CURRENCY_MISMATCH');
    expect(own.data?.pay.user.balance.amount).toBe('600');
  });

  const wrong: readonly (readonly [field: string, change: Record<string, unknown>])[] = [
    ['amount', { amount: '0.00' }],
    ['amount', { amount: 0 }],
    ['amount', { amount: -1 }],
    ['amount', { amount: '1.001' }],
    ['amount', { amount: '10000000000000.00' }],
    ['amount', { amount: null }],
    ['amount', { amount: 1.5 }],
    ['amount', { amount: { amount: '1.00' } }],
    ['currency', { currency: 'mxn' }],
    ['currency', { currency: 'XAU' }],
    ['currency', { currency: 7 }],
    ['description', { description: 'x'.repeat(501) }],
    ['description', { description: 'a\u0000b' }],
    ['description', { description: 'a\ud800b' }],
    ['description', { description: 7 }],
    ['idempotencyKey', { idempotencyKey: '' }],
    ['idempotencyKey', { idempotencyKey: 'k'.repeat(201) }],
    ['idempotencyKey', { idempotencyKey: '\u0000' }],
    ['userId', { userId: 1.5 }],
    ['userId', { userId: null }],
    ['userId', { userId: ['1'] }],
  ];
  it.each(wrong.map(([field, change]) => [field, JSON.stringify(change).slice(0, 60), change] as const))(
    'a wrong %s in a variable is BAD_USER_INPUT that names the field: %s',
    async (field, _what, change) => {
      const answer = await pay({ userId: '1', amount: '1.00', ...change });

      expect(answer.errors).toHaveLength(1);
      expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: `input.${field}` });
      expect(answer.errors?.[0]?.message).toContain(field);
      expect(await balanceOf('1')).toBe('500.00');
    },
  );

  it.each([
    '1e3',
    '1.5',
    'true',
    '{ amount: 1 }',
    '[1]',
    '["1.00"]',
    'null',
    'NaN',
    '-1',
    '-0',
    '"1e3"',
    '"""1 """',
    '11111111111111111111111111111111111111111',
    '""',
  ])('a wrong amount in the document is BAD_USER_INPUT that names the field: %s', async (literal) => {
    const answer = await post(users.url, `mutation { pay(input: { userId: "1", amount: ${literal} }) { payment { id } } }`);

    expect(answer.errors).toHaveLength(1);
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'input.amount' });
    expect(answer.errors?.[0]?.message).toContain('input.amount');
  });

  it('an amount that is missing is BAD_USER_INPUT that names it', async () => {
    const inVariables = await post(users.url, PAY, { input: { userId: '1' } });
    const inDocument = await post(users.url, `mutation { pay(input: { userId: "1" }) { payment { id } } }`);

    for (const answer of [inVariables, inDocument]) {
      expect(answer.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
      expect(answer.errors?.[0]?.message).toContain('amount');
    }
  });

  it.each(['7', '"7"', '"7.00"'])('%s in the document is an amount', async (literal) => {
    const userId = await createUser('10.00');

    const answer = await post<Paid>(
      users.url,
      `mutation ($id: ID!) { pay(input: { userId: $id, amount: ${literal} }) { user { balance { amount } } } }`,
      { id: userId },
    );

    expect(answer.data?.pay.user.balance.amount).toBe('3.00');
  });

  it('500 characters are a description, emoji counted as one', async () => {
    const userId = await createUser('10.00');

    const answer = await pay({ userId, amount: '1.00', description: '🦊'.repeat(500) });

    expect(answer.data?.pay.payment).toMatchObject({ description: '🦊'.repeat(500) });
  });

  describe('50 clients at one account', () => {
    it('take exactly what the accepted payments cost, and no more than there is', async () => {
      const userId = await createUser('30.00');

      const answers = await Promise.all(Array.from({ length: 50 }, () => pay({ userId, amount: '1.00' })));

      const codes = answers.map((answer) => answer.errors?.[0]?.extensions?.code ?? answer.data?.pay.payment.status);
      expect(codes.filter((code) => code === 'PENDING')).toHaveLength(30);
      expect(codes.filter((code) => code === 'INSUFFICIENT_FUNDS')).toHaveLength(20);
      expect(await balanceOf(userId)).toBe('0.00');
    });

    it('and deposits at the same time add up', async () => {
      const userId = await createUser('100.00');

      const paid = Array.from({ length: 50 }, () => pay({ userId, amount: '1.00' }));
      const deposited = Array.from({ length: 20 }, (_, index) =>
        post(users.url, `mutation ($input: DepositInput!) { deposit(input: $input) { id } }`, {
          input: { userId, amount: '2.00', idempotencyKey: `race-${index}` },
        }),
      );
      const answers = await Promise.all([...paid, ...deposited]);

      expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([]);
      expect(await balanceOf(userId)).toBe('90.00');
    });
  });

  describe('an idempotency key', () => {
    it('sent 20 times at once makes one payment', async () => {
      const userId = await createUser('100.00');

      const answers = await Promise.all(Array.from({ length: 20 }, () => pay({ userId, amount: '5.00', idempotencyKey: 'k' })));

      expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([]);
      expect(new Set(answers.map((answer) => answer.data?.pay.payment.id)).size).toBe(1);
      expect(await balanceOf(userId)).toBe('95.00');
    });

    it('makes one payment when all of them wait for the same account', async () => {
      const userId = await createUser('100.00');
      const sql = new pg.Client(databaseUrl);
      await sql.connect();
      await sql.query('begin');
      await sql.query('select from users where id = $1 for update', [userId]);

      const answering = Promise.all(Array.from({ length: 5 }, () => pay({ userId, amount: '5.00', idempotencyKey: 'k' })));
      await eventually(async () => {
        const { rows } = await sql.query<{ count: number }>(
          `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows[0]?.count === 5;
      });
      await sql.query('commit');
      await sql.end();
      const answers = await answering;

      expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([]);
      expect(new Set(answers.map((answer) => answer.data?.pay.payment.id)).size).toBe(1);
      expect(await balanceOf(userId)).toBe('95.00');
    });

    it('gives the same payment when the balance would not cover another one', async () => {
      const userId = await createUser('5.00');
      const first = await pay({ userId, amount: '5.00', idempotencyKey: 'last' });

      const second = await pay({ userId, amount: '5.00', idempotencyKey: 'last' });

      expect(second.data?.pay.payment).toEqual(first.data?.pay.payment);
      expect(await balanceOf(userId)).toBe('0.00');
    });

    it('takes the same amount in other words for the same input', async () => {
      const userId = await createUser('10.00');

      const answers = [
        await pay({ userId, amount: '5.00', idempotencyKey: 'w' }),
        await pay({ userId, amount: '5', currency: 'MXN', idempotencyKey: 'w' }),
        await pay({ userId, amount: 5, description: null, idempotencyKey: 'w' }),
      ];

      expect(new Set(answers.map((answer) => answer.data?.pay.payment.id)).size).toBe(1);
    });

    it.each([{ amount: '5.01' }, { description: 'other' }, { description: '' }])(
      'with another input is IDEMPOTENCY_CONFLICT: %j',
      async (change) => {
        const userId = await createUser('100.00');
        await pay({ userId, amount: '5.00', idempotencyKey: 'k' });

        const answer = await pay({ userId, amount: '5.00', idempotencyKey: 'k', ...change });

        expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', field: 'input.idempotencyKey' });
        expect(await balanceOf(userId)).toBe('95.00');
      },
    );

    it('whose payment was refused stays refused, whatever the balance becomes: the request may have been sent twice, and one of them come late', async () => {
      const userId = await createUser('1.00');
      const input = { userId, amount: '5.00', idempotencyKey: 'too much' };
      const refused = await pay(input);
      await deposit(userId, '10.00');

      const late = await Promise.all([pay(input), pay(input)]);
      const other = await pay({ ...input, amount: '4.00' });
      const anew = await pay({ ...input, idempotencyKey: 'again' });

      expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'INSUFFICIENT_FUNDS', field: 'input.amount' });
      for (const { errors } of late) {
        expect(errors?.[0]?.extensions).toMatchObject({ code: 'INSUFFICIENT_FUNDS', field: 'input.idempotencyKey' });
        expect(errors?.[0]?.message).toContain('take another');
      }
      expect(other.errors?.[0]?.extensions).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', field: 'input.idempotencyKey' });
      expect(anew.data?.pay.user.balance.amount).toBe('6.00');
    });

    it('is not accepted by a request that waited for the account while it was refused there', async () => {
      const userId = await createUser('10.00');
      let late: Promise<Answer<Paid>> | undefined;
      // The request finds enough money, and the account in use: by who takes the money, then refuses the same payment, then brings more.
      await using replica = await openReplica(async (statement, send) => {
        const change = (minor: number) =>
          send({ text: 'update users set balance_minor = balance_minor + $2 where id = $1', values: [userId, minor] });
        if (statement.text === 'commit') await change(10_000);
        const answer = await send(statement);
        if (statement.text === 'begin') {
          await change(-900);
          late = pay({ userId, amount: '5.00', idempotencyKey: 'k' });
          await eventually(async () => (await waitingForLocks()) > 0);
        }
        return answer;
      });

      expect(await rememberRefusal(replica.db, requestOf(userId, 500n), 'k')).toBe(true);

      expect((await late)?.errors?.[0]?.extensions).toMatchObject({ code: 'INSUFFICIENT_FUNDS', field: 'input.idempotencyKey' });
      expect(await balanceOf(userId)).toBe('101.00');
    });

    it('is refused for good only while that is true: not when it was accepted, or money came, in the moment before', async () => {
      const userId = await createUser('5.00');
      await using replica = await openReplica();
      expect(await rememberRefusal(replica.db, requestOf(userId, 500n), 'covered')).toBe(false);
      const { data } = await pay({ userId, amount: '5.00', idempotencyKey: 'k' });
      expect(await rememberRefusal(replica.db, requestOf(userId, 500n), 'k')).toBe(false);

      expect((await pay({ userId, amount: '5.00', idempotencyKey: 'k' })).data?.pay.payment.id).toBe(data?.pay.payment.id);
    });

    it('belongs to its user', async () => {
      const [one, other] = [await createUser('10.00'), await createUser('10.00')];

      const answers = [
        await pay({ userId: one, amount: '1.00', idempotencyKey: 'same' }),
        await pay({ userId: other, amount: '1.00', idempotencyKey: 'same' }),
      ];

      expect(new Set(answers.map((answer) => answer.data?.pay.payment.id)).size).toBe(2);
    });

    it('is remembered after a restart', async () => {
      const userId = await createUser('10.00');
      const first = await pay({ userId, amount: '1.00', idempotencyKey: 'restart' });

      await using restarted = await startUsers({ databaseUrl, broker: createMemoryBroker() });
      const second = await post<Paid>(restarted.url, PAY, { input: { userId, amount: '1.00', idempotencyKey: 'restart' } });

      expect(second.data?.pay.payment).toEqual(first.data?.pay.payment);
    });
  });

  it('a broker that is away is not noticed by who pays', async () => {
    const broker = createMemoryBroker();
    await using database = await createTestDatabase('users');
    const connection = broker.connect();
    await using lonely = await startUsers({ databaseUrl: database.url, broker, seams: { connectBroker: () => connection } });
    connection.disconnect();

    const answer = await post<Paid>(lonely.url, PAY, { input: { userId: '1', amount: '1.00' } });

    expect(answer.data?.pay.payment.status).toBe('PENDING');
  });
});
