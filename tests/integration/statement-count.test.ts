import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { AsyncStack, startPayments, startUsers, type RunningSubgraph } from '../support/subgraph-services.ts';

interface Listed {
  readonly payments: {
    readonly nodes: readonly {
      readonly id: string;
      readonly user: { readonly id: string; readonly payments: { readonly nodes: readonly { readonly id: string }[] } };
    }[];
  };
}

/** What a gateway asks for one query, sent to the subgraphs as a gateway sends it; only statements on our tables count. */
describe("100 payments of 3 users, each with the user's name, balance and payments", () => {
  const stack = new AsyncStack();
  const statements = { users: [] as string[], payments: [] as string[] };
  let users: RunningSubgraph;
  let payments: RunningSubgraph;
  let ids: string[];

  const count = (service: keyof typeof statements) => (sql: string) => {
    // The relay, the control and the polls look at their own tables all the time.
    if (/\b(payments|users|payment_requests)\b/.test(sql) && !/\boutbox\b/.test(sql) && !/republish/.test(sql))
      statements[service].push(sql);
  };

  beforeAll(async () => {
    const databases = [stack.use(await createTestDatabase('users')), stack.use(await createTestDatabase('payments'))];
    const broker = createMemoryBroker();
    users = stack.use(await startUsers({ databaseUrl: databases[0]?.url ?? '', broker, seams: { onQuery: count('users') } }));
    payments = stack.use(await startPayments({ databaseUrl: databases[1]?.url ?? '', broker, seams: { onQuery: count('payments') } }));
    const create = (name: string) =>
      ask<{ createUser: { id: string } }>(
        users.url,
        `mutation ($name: String!) { createUser(input: { name: $name, openingBalance: "1000.00" }) { id } }`,
        { name },
      );
    ids = (await Promise.all(['A', 'B', 'C'].map(create))).map(({ createUser }) => createUser.id);
    const pay = (userId: string | undefined) =>
      ask(users.url, `mutation ($userId: ID!) { pay(input: { userId: $userId, amount: "1.00" }) { payment { id } } }`, { userId });
    await Promise.all(Array.from({ length: 100 }, (_, index) => pay(ids[index % 3])));
    await eventually(async () => (await list()).payments.nodes.length === 100);
    await eventually(async () => (await pendingOf(ids)).every((pending) => pending.length === 0));
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(() => {
    statements.users = [];
    statements.payments = [];
  });

  const list = (): Promise<Listed> =>
    ask<Listed>(payments.url, `{ payments(first: 100) { nodes { id user { id payments(first: 5) { nodes { id } } } } } }`);
  const entities = <Entity>(url: string, selection: string, representations: readonly unknown[]): Promise<readonly Entity[]> =>
    ask<{ _entities: readonly Entity[] }>(
      url,
      `query ($representations: [_Any!]!) { _entities(representations: $representations) { ${selection} } }`,
      { representations },
    ).then(({ _entities }) => _entities);
  const pendingOf = async (userIds: readonly string[]): Promise<readonly (readonly unknown[])[]> => {
    const found = await entities<{ pendingPayments: readonly unknown[] }>(
      users.url,
      '... on User { pendingPayments { id user { id name } } }',
      userIds.map((id) => ({ __typename: 'User', id })),
    );
    return found.map((user) => user.pendingPayments);
  };

  it('cost payments two statements: the payments, and the payments of their users', async () => {
    const { payments: page } = await list();

    expect(page.nodes).toHaveLength(100);
    expect(new Set(page.nodes.map(({ user }) => user.id))).toEqual(new Set(ids));
    for (const { user } of page.nodes) expect(user.payments.nodes).toHaveLength(5);
    expect(statements.payments).toHaveLength(2);
  });

  it('cost users one statement, also when the gateway asks for each of the 100', async () => {
    const representations = Array.from({ length: 100 }, (_, index) => ({ __typename: 'User', id: ids[index % 3] }));

    const found = await entities<{ name: string; balance: { amount: string } }>(
      users.url,
      '... on User { name balance { amount } }',
      representations,
    );

    expect(found).toHaveLength(100);
    expect(found[0]).toEqual({ name: 'A', balance: { amount: '966.00' } });
    expect(statements.users).toHaveLength(1);
  });

  it('cost payments one statement as entities', async () => {
    const { payments: page } = await list();
    statements.payments = [];

    const found = await entities<{ status: string }>(
      payments.url,
      '... on Payment { status amount { amount } user { id } }',
      page.nodes.map(({ id }) => ({ __typename: 'Payment', id })),
    );

    expect(found).toHaveLength(100);
    expect(statements.payments).toHaveLength(1);
  });

  it("cost one statement for each distinct page of the users' payments", async () => {
    const representations = ids.map((id) => ({ __typename: 'User', id }));

    await entities(
      payments.url,
      '... on User { a: payments(first: 5) { nodes { id } } b: payments(first: 5) { pageInfo { hasNextPage } } c: payments(first: 7, status: FAILED) { nodes { id } } }',
      representations,
    );

    expect(statements.payments).toHaveLength(2);
  });

  it('cost users two statements with the pending payments of each', async () => {
    await pendingOf([...ids, ...ids]);

    expect(statements.users).toHaveLength(2);
  });
});
