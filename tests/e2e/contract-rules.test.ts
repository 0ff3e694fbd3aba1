import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { ask, connectWebSocket, post, refusalCode, type Answer } from '../support/graphql-client.ts';
import { startSystem, type RunningSystem } from '../support/running-system.ts';

const PAY = `mutation ($input: PayInput!) { pay(input: $input) { payment { id status amount { amount currency } } user { balance { amount } } } }`;
const DEPOSIT = `mutation ($input: DepositInput!) { deposit(input: $input) { balance { amount currency } } }`;
const CREATE = `mutation ($input: CreateUserInput!) { createUser(input: $input) { id balance { amount currency } } }`;

interface Paid {
  readonly pay: {
    readonly payment: { readonly id: string; readonly status: string };
    readonly user: { readonly balance: { readonly amount: string } };
  };
}

describe('the rules of the graph, seen through the gateway', () => {
  let system: RunningSystem;
  beforeAll(async () => {
    system = await startSystem('embedded broker');
  }, 60_000);
  afterAll(() => system?.[Symbol.asyncDispose]());

  const createUser = async (openingBalance: string, currency = 'MXN'): Promise<string> =>
    (await ask<{ createUser: { id: string } }>(system.url, CREATE, { input: { name: 'Rule', openingBalance, currency } })).createUser.id;
  const pay = (input: Record<string, unknown>): Promise<Answer<Paid>> => post<Paid>(system.url, PAY, { input });
  const balanceOf = async (id: string): Promise<string> =>
    (await ask<{ user: { balance: { amount: string } } }>(system.url, `query ($id: ID!) { user(id: $id) { balance { amount } } }`, { id }))
      .user.balance.amount;

  describe('money', () => {
    it.each([
      ['a sign', '-1.00'],
      ['a plus', '+1.00'],
      ['an exponent', '1e2'],
      ['a space', ' 1.00'],
      ['digits of another script', '١.٠٠'],
      ['40 digits', '1'.repeat(40)],
      ['NaN', 'NaN'],
      ['an empty string', ''],
      ['too many digits after the point', '1.001'],
      ['a bare point', '.5'],
      ['a boolean', true],
      ['an object', { amount: '1.00' }],
      ['a list', ['1.00']],
      ['a float', 1.5],
      ['null', null],
      ['zero', '0.00'],
      ['a negative integer', -5],
    ])('an amount that is %s is BAD_USER_INPUT that names the field', async (_what, amount) => {
      const answer = await pay({ userId: '1', amount });

      expect(answer.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
      expect(JSON.stringify(answer.errors)).toMatch(/amount/);
      expect(await balanceOf('1')).toBe('500.00');
    });

    it.each([
      ['an inline float', '1.5'],
      ['an inline exponent', '1e3'],
      ['an inline boolean', 'true'],
      ['an inline object', '{ amount: 1 }'],
      ['an inline enum', 'NaN'],
    ])('%s is refused too', async (_what, literal) => {
      const answer = await post(system.url, `mutation { pay(input: { userId: "1", amount: ${literal} }) { payment { id } } }`);

      expect(['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED']).toContain(answer.errors?.[0]?.extensions?.code);
      expect(JSON.stringify(answer.errors)).toMatch(/amount/);
    });

    it('an inline null is refused as the language says', async () => {
      expect(await refusalCode(system.url, `mutation { pay(input: { userId: "1", amount: null }) { payment { id } } }`)).toBe(
        'GRAPHQL_VALIDATION_FAILED',
      );
    });

    it('an integer is an amount', async () => {
      const userId = await createUser('100.00');

      const answer = await pay({ userId, amount: 7 });

      expect(answer.data?.pay.user.balance.amount).toBe('93.00');
    });

    it('yen have no digits after the point, dinars have three', async () => {
      const [yen, dinar] = [await createUser('1000', 'JPY'), await createUser('1.500', 'KWD')];

      expect(await balanceOf(yen)).toBe('1000');
      expect(await balanceOf(dinar)).toBe('1.500');
      expect(await refusalCode(system.url, PAY, { input: { userId: yen, amount: '1.0' } })).toBe('BAD_USER_INPUT');
      expect((await pay({ userId: dinar, amount: '0.005' })).data?.pay.user.balance.amount).toBe('1.495');
    });

    it("a currency that does not exist is BAD_USER_INPUT, one that is not the balance's is CURRENCY_MISMATCH", async () => {
      expect(await refusalCode(system.url, CREATE, { input: { name: 'X', currency: 'XXZ' } })).toBe('BAD_USER_INPUT');
      expect(await refusalCode(system.url, PAY, { input: { userId: '1', amount: '1.00', currency: 'USD' } })).toBe('CURRENCY_MISMATCH');
    });
  });

  describe('paying', () => {
    it('more than there is, is INSUFFICIENT_FUNDS and takes nothing', async () => {
      const userId = await createUser('10.00');

      expect(await refusalCode(system.url, PAY, { input: { userId, amount: '10.01' } })).toBe('INSUFFICIENT_FUNDS');
      expect(await balanceOf(userId)).toBe('10.00');
    });

    it.each(['999999999', 'nobody', '99999999999999999999999', ''])(
      'from user %p, whom nobody knows, is USER_NOT_FOUND',
      async (userId) => {
        expect(await refusalCode(system.url, PAY, { input: { userId, amount: '1.00' } })).toBe('USER_NOT_FOUND');
      },
    );

    it('50 times at once from one account takes exactly what the accepted ones cost, and never goes below zero', async () => {
      const userId = await createUser('30.00');

      const answers = await Promise.all(Array.from({ length: 50 }, () => pay({ userId, amount: '1.00' })));

      const codes = answers.map((answer) => answer.errors?.[0]?.extensions?.code ?? 'accepted');
      expect(codes.filter((code) => code === 'accepted')).toHaveLength(30);
      expect(codes.filter((code) => code === 'INSUFFICIENT_FUNDS')).toHaveLength(20);
      expect(await balanceOf(userId)).toBe('0.00');
    });

    it('with one idempotency key 20 times at once makes one payment', async () => {
      const userId = await createUser('100.00');
      const input = { userId, amount: '5.00', description: 'once', idempotencyKey: 'k-1' };

      const answers = await Promise.all(Array.from({ length: 20 }, () => pay(input)));

      expect(new Set(answers.map((answer) => answer.data?.pay.payment.id)).size).toBe(1);
      expect(await balanceOf(userId)).toBe('95.00');
    });

    it('with a used key and another input is IDEMPOTENCY_CONFLICT', async () => {
      const userId = await createUser('100.00');
      await pay({ userId, amount: '5.00', idempotencyKey: 'k-2' });

      expect(await refusalCode(system.url, PAY, { input: { userId, amount: '5.01', idempotencyKey: 'k-2' } })).toBe('IDEMPOTENCY_CONFLICT');
      expect(await refusalCode(system.url, PAY, { input: { userId, amount: '5.00', description: 'other', idempotencyKey: 'k-2' } })).toBe(
        'IDEMPOTENCY_CONFLICT',
      );
      expect(await balanceOf(userId)).toBe('95.00');
    });

    it('two users may use the same key', async () => {
      const [one, other] = [await createUser('10.00'), await createUser('10.00')];

      const answers = [
        await pay({ userId: one, amount: '1.00', idempotencyKey: 'same' }),
        await pay({ userId: other, amount: '1.00', idempotencyKey: 'same' }),
      ];

      expect(new Set(answers.map((answer) => answer.data?.pay.payment.id)).size).toBe(2);
    });

    it("what is below the payment is answered by users alone, its user's name too", async () => {
      const query = `mutation ($input: PayInput!) { pay(input: $input) { payment {
        id status requestedAt processedAt failureReason description amount { amount currency } user { id name balance { amount } }
      } } }`;
      const userId = await createUser('10.00');

      const { pay: answer } = await ask<{ pay: unknown }>(system.url, query, { input: { userId, amount: '1.00', description: 'tea' } });

      expect(answer).toMatchObject({
        payment: {
          status: 'PENDING',
          processedAt: null,
          failureReason: null,
          description: 'tea',
          user: { id: userId, name: 'Rule', balance: { amount: '9.00' } },
        },
      });
    });
  });

  describe('deposits', () => {
    it('the same key adds once, another input with it is IDEMPOTENCY_CONFLICT', async () => {
      const userId = await createUser('1.00');
      const input = { userId, amount: '2.50', idempotencyKey: 'd-1' };

      const answers = await Promise.all(Array.from({ length: 5 }, () => post(system.url, DEPOSIT, { input })));

      expect(answers.every((answer) => answer.errors === undefined)).toBe(true);
      expect(await balanceOf(userId)).toBe('3.50');
      expect(await refusalCode(system.url, DEPOSIT, { input: { ...input, amount: '2.51' } })).toBe('IDEMPOTENCY_CONFLICT');
      expect(await refusalCode(system.url, DEPOSIT, { input: { ...input, userId: '424242' } })).toBe('USER_NOT_FOUND');
    });
  });

  describe('lists', () => {
    it.each([0, 101, -1])('first: %p is BAD_USER_INPUT', async (first) => {
      for (const query of [
        `query ($first: Int) { users(first: $first) { nodes { id } } }`,
        `query ($first: Int) { payments(first: $first) { nodes { id } } }`,
      ]) {
        expect(await refusalCode(system.url, query, { first })).toBe('BAD_USER_INPUT');
      }
    });

    it.each(['nonsense', '', 'eyJ4IjoxfQ', Buffer.from('payment:1').toString('base64url')])(
      'after: %p is BAD_USER_INPUT',
      async (after) => {
        expect(await refusalCode(system.url, `query ($after: String) { users(after: $after) { nodes { id } } }`, { after })).toBe(
          'BAD_USER_INPUT',
        );
      },
    );

    it('a cursor of another list is BAD_USER_INPUT', async () => {
      const { users } = await ask<{ users: { pageInfo: { endCursor: string } } }>(
        system.url,
        `{ users(first: 1) { pageInfo { endCursor } } }`,
      );

      expect(
        await refusalCode(system.url, `query ($after: String) { payments(after: $after) { nodes { id } } }`, {
          after: users.pageInfo.endCursor,
        }),
      ).toBe('BAD_USER_INPUT');
    });

    it('pages join without a gap or a repeat while users are created', async () => {
      for (let count = 0; count < 7; count += 1) await createUser('1.00');
      const seen: string[] = [];
      let after: string | null = null;
      for (;;) {
        const page: { users: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } } = await ask(
          system.url,
          `query ($after: String) { users(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }`,
          { after },
        );
        seen.push(...page.users.nodes.map((user) => user.id));
        if (seen.length === 3) await createUser('1.00');
        if (!page.users.pageInfo.hasNextPage) break;
        after = page.users.pageInfo.endCursor;
      }

      expect(seen).toEqual([...new Set(seen)]);
      expect(seen.map(Number)).toEqual(seen.map(Number).sort((a, b) => a - b));
    });

    it("a user's payments can be filtered by status, newest first", async () => {
      const userId = await createUser('50000.00');
      const ids = [];
      for (const amount of ['1.00', '10000.01', '2.00']) ids.push((await pay({ userId, amount })).data?.pay.payment.id);
      const query = `query ($id: ID!, $status: PaymentStatus) { user(id: $id) { payments(status: $status) { nodes { id status user { name } } } } }`;
      const list = async (status?: string): Promise<{ id: string }[]> =>
        (await ask<{ user: { payments: { nodes: { id: string }[] } } }>(system.url, query, { id: userId, status })).user.payments.nodes;

      await eventually(async () => (await list()).length === 3);

      expect((await list()).map((payment) => payment.id)).toEqual([...ids].reverse());
      expect((await list('FAILED')).map((payment) => payment.id)).toEqual([ids[1]]);
      expect((await list('PROCESSED')).map((payment) => payment.id)).toEqual([ids[2], ids[0]]);
    });
  });

  describe('cursors of events', () => {
    const events = `subscription ($after: String) { paymentProcessed(after: $after) { cursor } }`;
    it.each([
      'nonsense',
      '',
      Buffer.from(JSON.stringify({ s: 'another-system', p: 1 })).toString('base64url'),
      Buffer.from('00000000-0000-4000-8000-000000000000:1').toString('base64url'),
    ])('after: %p is refused with a code', async (after) => {
      const client = connectWebSocket(system.url);
      const result = await client
        .iterate({ query: events, variables: { after } })
        .next()
        .then(
          (first) => first.value?.errors,
          (error: unknown) => error as unknown[],
        );
      await client.dispose();

      expect(result).toMatchObject([{ extensions: { code: expect.stringMatching(/^(BAD_USER_INPUT|CURSOR_EXPIRED)$/) } }]);
    });
  });

  it('whoever asks for the cursor of the newest event, pays, and subscribes behind it, hears of the payment', async () => {
    const { paymentEventsCursor: after } = await ask<{ paymentEventsCursor: string }>(system.url, '{ paymentEventsCursor }');
    const userId = await createUser('10.00');
    const id = (await pay({ userId, amount: '1.00' })).data?.pay.payment.id;
    await eventually(async () => (await ask<{ payment: unknown }>(system.url, '{ payment(id: "' + id + '") { id } }')).payment);

    const client = connectWebSocket(system.url);
    const query = `subscription ($after: String, $userId: ID) { paymentProcessed(after: $after, userId: $userId) { payment { id } } }`;
    const first = await client.iterate({ query, variables: { after, userId } }).next();
    await client.dispose();

    expect(first.value).toMatchObject({ data: { paymentProcessed: { payment: { id } } } });
  });

  it('pendingPayments shows what is accepted and not decided, newest first, and forgets it afterwards', async () => {
    const userId = await createUser('100.00');
    await ask(system.url, `mutation { pauseProcessing { paused } }`);
    const first = (await pay({ userId, amount: '1.00' })).data?.pay.payment.id;
    const second = (await pay({ userId, amount: '2.00' })).data?.pay.payment.id;
    const pending = async (): Promise<{ id: string }[]> =>
      (
        await ask<{ user: { pendingPayments: { id: string }[] } }>(
          system.url,
          `query ($id: ID!) { user(id: $id) { pendingPayments { id status amount { amount } user { id name } } } }`,
          { id: userId },
        )
      ).user.pendingPayments;

    const before = await pending();
    await ask(system.url, `mutation { resumeProcessing { paused } }`);

    expect(before).toEqual([
      { id: second, status: 'PENDING', amount: { amount: '2.00' }, user: { id: userId, name: 'Rule' } },
      { id: first, status: 'PENDING', amount: { amount: '1.00' }, user: { id: userId, name: 'Rule' } },
    ]);
    await eventually(async () => (await pending()).length === 0);
  });

  it('an operator sees that nothing was set aside, and a message that is not there is DEAD_LETTER_NOT_FOUND', async () => {
    const page = await ask(
      system.url,
      '{ deadLetters { edges { cursor } nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
    );

    expect(page).toEqual({
      deadLetters: { edges: [], nodes: [], pageInfo: { hasNextPage: false, hasPreviousPage: false, endCursor: null } },
    });
    expect(await refusalCode(system.url, 'mutation { redriveDeadLetter(id: "payments.parking:none") { paused } }')).toBe(
      'DEAD_LETTER_NOT_FOUND',
    );
    expect(await refusalCode(system.url, '{ deadLetters(first: 101) { nodes { id } } }')).toBe('BAD_USER_INPUT');
  });

  it('names with __proto__, constructor and emoji are just names', async () => {
    for (const name of ['__proto__', 'constructor', '🦊 Ünïcödé']) {
      const { createUser: user } = await ask<{ createUser: unknown }>(
        system.url,
        `mutation ($input: CreateUserInput!) { createUser(input: $input) { __proto__: name constructor: name } }`,
        { input: { name } },
      );
      expect(JSON.parse(JSON.stringify(user))).toEqual(
        JSON.parse(`{"__proto__":${JSON.stringify(name)},"constructor":${JSON.stringify(name)}}`),
      );
    }
  });

  it.each([
    ['a blank name', '   '],
    ['no name', ''],
    ['a name of 201 characters', 'x'.repeat(201)],
    ['a name with a NUL byte', 'a\u0000b'],
  ])('%s is BAD_USER_INPUT', async (_what, name) => {
    expect(await refusalCode(system.url, CREATE, { input: { name } })).toBe('BAD_USER_INPUT');
  });
});
