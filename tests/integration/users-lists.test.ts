import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { ask, post, refusalCode } from '../support/graphql-client.ts';
import { AsyncStack, startSubgraphs, type RunningSubgraphs } from '../support/subgraph-services.ts';

interface Page {
  readonly nodes: readonly { readonly id: string }[];
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}
const PAGE = `{ nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;

describe('what can be listed and looked up', () => {
  const stack = new AsyncStack();
  let system: RunningSubgraphs;

  beforeAll(async () => {
    system = stack.use(await startSubgraphs());
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const createUser = async (input: Record<string, unknown> = {}): Promise<string> =>
    (
      await ask<{ createUser: { id: string } }>(
        system.users.url,
        `mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }`,
        {
          input: { name: 'Listed', openingBalance: '100.00', ...input },
        },
      )
    ).createUser.id;
  const usersPage = async (variables: Record<string, unknown>): Promise<Page> =>
    (
      await ask<{ users: Page }>(
        system.users.url,
        `query ($first: Int, $after: String) { users(first: $first, after: $after) ${PAGE} }`,
        variables,
      )
    ).users;
  const paymentsPage = async (variables: Record<string, unknown>): Promise<Page> =>
    (
      await ask<{ payments: Page }>(
        system.payments.url,
        `query ($userId: ID, $status: PaymentStatus, $first: Int, $after: String) { payments(userId: $userId, status: $status, first: $first, after: $after) ${PAGE} }`,
        variables,
      )
    ).payments;
  const pay = async (userId: string, amount = '1.00'): Promise<string> =>
    (
      await ask<{ pay: { payment: { id: string } } }>(
        system.users.url,
        `mutation ($userId: ID!, $amount: Decimal!) { pay(input: { userId: $userId, amount: $amount }) { payment { id } } }`,
        {
          userId,
          amount,
        },
      )
    ).pay.payment.id;

  it('users come oldest first, page by page, without a gap or a repeat while others are created', async () => {
    const created: string[] = [];
    for (let count = 0; count < 8; count += 1) created.push(await createUser());

    const seen: string[] = [];
    let page = await usersPage({ first: 3 });
    for (;;) {
      seen.push(...page.nodes.map((user) => user.id));
      if (seen.length < 10) created.push(await createUser());
      if (!page.pageInfo.hasNextPage) break;
      page = await usersPage({ first: 3, after: page.pageInfo.endCursor });
    }

    expect(seen).toEqual(['1', '2', ...created]);
  });

  it('payments come newest first, and a page stays what it was when newer ones arrive', async () => {
    const userId = await createUser();
    const ids: string[] = [];
    for (let count = 0; count < 7; count += 1) ids.unshift(await pay(userId));
    await eventually(async () => (await paymentsPage({ userId })).nodes.length === 7);

    const first = await paymentsPage({ userId, first: 3 });
    await pay(userId);
    await eventually(async () => (await paymentsPage({ userId })).nodes.length === 8);
    const second = await paymentsPage({ userId, first: 3, after: first.pageInfo.endCursor });
    const last = await paymentsPage({ userId, first: 3, after: second.pageInfo.endCursor });

    expect([first, second, last].map((page) => page.nodes.map((payment) => payment.id))).toEqual([
      ids.slice(0, 3),
      ids.slice(3, 6),
      ids.slice(6),
    ]);
    expect([first, second, last].map(({ pageInfo }) => [pageInfo.hasPreviousPage, pageInfo.hasNextPage])).toEqual([
      [false, true],
      [true, true],
      [true, false],
    ]);
    expect(second.pageInfo).toMatchObject({ startCursor: second.edges[0]?.cursor, endCursor: second.edges[2]?.cursor });
  });

  it("an edge's cursor continues behind that edge", async () => {
    const userId = await createUser();
    for (let count = 0; count < 4; count += 1) await pay(userId);
    const all = await eventually(async () => {
      const page = await paymentsPage({ userId });
      return page.nodes.length === 4 ? page : undefined;
    });

    const behindSecond = await paymentsPage({ userId, after: all.edges[1]?.cursor });

    expect(behindSecond.nodes).toEqual(all.nodes.slice(2));
  });

  it("a user's payments can be filtered by status, and none is PENDING here", async () => {
    const userId = await createUser({ openingBalance: '50000.00' });
    const [small, large] = [await pay(userId), await pay(userId, '10000.01')];
    await eventually(async () => (await paymentsPage({ userId })).nodes.length === 2);

    const byStatus = async (status: string): Promise<string[]> =>
      (await paymentsPage({ userId, status })).nodes.map((payment) => payment.id);

    expect([await byStatus('PROCESSED'), await byStatus('FAILED'), await byStatus('PENDING')]).toEqual([[small], [large], []]);
  });

  it.each([0, 101, -1, 2_147_483_647])('first: %p is BAD_USER_INPUT everywhere', async (first) => {
    const codes = [
      await refusalCode(system.users.url, `query ($first: Int) { users(first: $first) { nodes { id } } }`, { first }),
      await refusalCode(system.payments.url, `query ($first: Int) { payments(first: $first) { nodes { id } } }`, { first }),
      await refusalCode(
        system.payments.url,
        `query ($first: Int) { _entities(representations: [{ __typename: "User", id: "1" }]) { ... on User { payments(first: $first) { nodes { id } } } } }`,
        { first },
      ),
    ];

    expect(codes).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT', 'BAD_USER_INPUT']);
  });

  it.each([
    ['nonsense', 'nonsense'],
    ['nothing', ''],
    ['a cursor of the other list', Buffer.from(JSON.stringify(['other', '1'])).toString('base64url')],
    [
      'a time that PostgreSQL cannot tell',
      Buffer.from(JSON.stringify(['payments', '-99999999999999', '00000000-0000-0000-0000-000000000000'])).toString('base64url'),
    ],
    ['an id beyond all numbers', Buffer.from(JSON.stringify(['users', '9'.repeat(30)])).toString('base64url')],
    ['a NUL byte', Buffer.from(JSON.stringify(['users', '1\u0000'])).toString('base64url')],
  ])('after: %s is BAD_USER_INPUT', async (_what, after) => {
    const ofUsers = await refusalCode(system.users.url, `query ($after: String) { users(after: $after) { nodes { id } } }`, { after });
    const ofPayments = await refusalCode(system.payments.url, `query ($after: String) { payments(after: $after) { nodes { id } } }`, {
      after,
    });

    expect([ofUsers, ofPayments]).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT']);
  });

  it('first: null and after: null mean the defaults', async () => {
    const page = await usersPage({ first: null, after: null });

    expect(page.pageInfo.hasPreviousPage).toBe(false);
  });

  it('payments of a user whom nobody knows are an empty list', async () => {
    const page = await paymentsPage({ userId: 'nobody' });

    expect(page).toEqual({
      nodes: [],
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });

  it('a user id with a NUL byte is BAD_USER_INPUT, not an accident', async () => {
    expect(
      await refusalCode(system.payments.url, `query ($userId: ID) { payments(userId: $userId) { nodes { id } } }`, { userId: 'a\u0000' }),
    ).toBe('BAD_USER_INPUT');
  });

  describe('entities', () => {
    const entities = (url: string, selection: string, representations: readonly unknown[]) =>
      post<{ _entities: unknown[] }>(
        url,
        `query ($representations: [_Any!]!) { _entities(representations: $representations) { ${selection} } }`,
        { representations },
      );

    it('of unknown users are null, not an error', async () => {
      const ids = ['1', '999999', 'nobody', '', '9'.repeat(40), 1, null, {}, '1\u0000'];

      const answer = await entities(
        system.users.url,
        '... on User { name }',
        ids.map((id) => ({ __typename: 'User', id })),
      );

      expect(answer.errors).toBeUndefined();
      expect(answer.data?._entities).toEqual([{ name: 'Willis' }, null, null, null, null, { name: 'Willis' }, null, null, null]);
    });

    it('of unknown payments are null in both subgraphs, not an error', async () => {
      const representations = ['nonsense', '00000000-0000-0000-0000-000000000000', ''].map((id) => ({ __typename: 'Payment', id }));

      const fromPayments = await entities(system.payments.url, '... on Payment { id }', representations);
      const fromUsers = await entities(system.users.url, '... on Payment { id }', representations);

      expect([fromPayments, fromUsers]).toEqual([
        { status: 200, data: { _entities: [null, null, null] } },
        { status: 200, data: { _entities: [null, null, null] } },
      ]);
    });

    it('of users whom payments has never seen have no payments', async () => {
      const answer = await entities(system.payments.url, '... on User { id payments { nodes { id } } }', [
        { __typename: 'User', id: '424242' },
        { __typename: 'User', id: 'a\u0000' },
      ]);

      expect(answer.data?._entities).toEqual([{ id: '424242', payments: { nodes: [] } }, null]);
    });
  });

  describe('pendingPayments', () => {
    it('are newest first and at most 100', async () => {
      await ask(system.payments.url, `mutation { pauseProcessing { paused } }`);
      const userId = await createUser({ openingBalance: '1000.00' });
      const ids: string[] = [];
      for (let count = 0; count < 103; count += 1) ids.unshift(await pay(userId));

      const { user } = await ask<{ user: { pendingPayments: { id: string; status: string; user: { name: string } }[] } }>(
        system.users.url,
        `query ($id: ID!) { user(id: $id) { pendingPayments { id status user { name } } } }`,
        { id: userId },
      );
      await ask(system.payments.url, `mutation { resumeProcessing { paused } }`);

      expect(user.pendingPayments.map((payment) => payment.id)).toEqual(ids.slice(0, 100));
      expect(user.pendingPayments[0]).toMatchObject({ status: 'PENDING', user: { name: 'Listed' } });
    });
  });

  describe('creating users', () => {
    const create = (input: Record<string, unknown>) =>
      post<{ createUser: unknown }>(
        system.users.url,
        `mutation ($input: CreateUserInput!) { createUser(input: $input) { name balance { amount currency } } }`,
        { input },
      );

    it.each([
      [{ name: 'A' }, { name: 'A', balance: { amount: '0.00', currency: 'MXN' } }],
      [
        { name: 'A', openingBalance: null, currency: null },
        { name: 'A', balance: { amount: '0.00', currency: 'MXN' } },
      ],
      [
        { name: 'A', openingBalance: 5, currency: 'KWD' },
        { name: 'A', balance: { amount: '5.000', currency: 'KWD' } },
      ],
      [{ name: '🦊'.repeat(200) }, { name: '🦊'.repeat(200), balance: { amount: '0.00', currency: 'MXN' } }],
      [{ name: '__proto__' }, { name: '__proto__', balance: { amount: '0.00', currency: 'MXN' } }],
    ])('works: %j', async (input, expected) => {
      expect((await create(input)).data?.createUser).toEqual(expected);
    });

    it.each([
      ['name', { name: '' }],
      ['name', { name: '  \t ' }],
      ['name', { name: 'x'.repeat(201) }],
      ['name', { name: 'a\u0000' }],
      ['openingBalance', { openingBalance: '-1' }],
      ['openingBalance', { openingBalance: '1.001' }],
      ['openingBalance', { openingBalance: '1.0', currency: 'JPY' }],
      ['currency', { currency: 'XXX' }],
    ])('refuses a wrong %s: %j', async (field, change) => {
      const answer = await create({ name: 'A', ...change });

      expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: `input.${field}` });
    });
  });

  describe('deposits', () => {
    const deposit = (input: Record<string, unknown>) =>
      post<{ deposit: { balance: { amount: string } } }>(
        system.users.url,
        `mutation ($input: DepositInput!) { deposit(input: $input) { balance { amount } } }`,
        { input },
      );

    it('add once for each key, also when the key arrives ten times at once', async () => {
      const userId = await createUser();

      const answers = await Promise.all(Array.from({ length: 10 }, () => deposit({ userId, amount: '2.50', idempotencyKey: 'k' })));

      expect(answers.flatMap((answer) => answer.errors ?? [])).toEqual([]);
      expect((await deposit({ userId, amount: '2.50', idempotencyKey: 'other' })).data?.deposit.balance.amount).toBe('105.00');
    });

    it('with another amount under the same key are IDEMPOTENCY_CONFLICT', async () => {
      const userId = await createUser();
      await deposit({ userId, amount: '2.50', idempotencyKey: 'k' });

      const answer = await deposit({ userId, amount: '2.51', idempotencyKey: 'k' });

      expect(answer.errors?.[0]?.extensions?.code).toBe('IDEMPOTENCY_CONFLICT');
    });

    it('that would make the balance larger than can be kept are BAD_USER_INPUT', async () => {
      const userId = await createUser({ openingBalance: '9999999999999.99' });

      const answer = await deposit({ userId, amount: '0.01', idempotencyKey: 'k' });

      expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'input.amount' });
    });

    it.each([
      ['amount', { amount: '0' }],
      ['amount', { amount: '1.001' }],
      ['idempotencyKey', { idempotencyKey: '' }],
      ['idempotencyKey', { idempotencyKey: null }],
    ])('with a wrong %s are refused: %j', async (field, change) => {
      const answer = await deposit({ userId: '1', amount: '1.00', idempotencyKey: 'k', ...change });

      expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: `input.${field}` });
    });
  });
});
