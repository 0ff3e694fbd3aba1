import { describe, expect, it } from '@jest/globals';
import { graphql, parse, subscribe, type ExecutionResult } from 'graphql';
import { fakeSubgraph, type FakeSubgraph } from '../../../../gateway/testing/fake-subgraph.ts';
import { toSubgraphSchema } from '../../../../gateway/testing/subgraph-schema.ts';

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{ name: "@key", as: "@entity" }])
  scalar DateTime
  scalar Decimal
  scalar Shade
  enum Status { OPEN PAID }
  type Query {
    user(id: ID!): User
    users(first: Int): [User!]!
    search: [Found!]!
    node: Node
  }
  type Mutation { createUser(input: CreateUser!): User! }
  input CreateUser { name: String! }
  type Subscription { userCreated: User! ticked: Int! }
  interface Node { id: ID! }
  union Found = User | Order
  type User implements Node @entity(fields: "id") @entity(fields: "email") {
    id: ID! email: String! name: String! age: Int! createdAt: DateTime! friends: [User!]! orders: [Order!]! address: Address!
  }
  type Order implements Node @entity(fields: "id owner { id }") { id: ID! owner: Owner! total: Decimal! status: Status! shade: Shade note: String }
  type Owner { id: ID! }
  type Address { city: String! zipCode: String! }
`;

function ask(fake: FakeSubgraph, query: string, variables?: Record<string, unknown>): Promise<ExecutionResult> {
  return graphql({ schema: toSubgraphSchema({ name: 'fake', ...fake }), source: query, variableValues: variables ?? null });
}
async function dataOf(fake: FakeSubgraph, query: string, variables?: Record<string, unknown>): Promise<unknown> {
  const { data, errors } = await ask(fake, query, variables);
  expect(errors).toBeUndefined();
  return JSON.parse(JSON.stringify(data)) as unknown;
}
const entity = (fields: string): string => `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { ${fields} } } }`;

describe('a fake subgraph', () => {
  it('answers everything with data that looks like what the names and types say', async () => {
    const data = await dataOf(
      fakeSubgraph(SDL),
      '{ users { id email name age createdAt address { city zipCode } orders { id owner { id } total status shade } } }',
    );

    const order = {
      id: expect.stringMatching(/^order-[0-9a-f]{8}$/),
      owner: { id: expect.stringMatching(/^owner-/) },
      total: expect.stringMatching(/^\d+\.\d\d$/),
      status: expect.stringMatching(/^(OPEN|PAID)$/),
      shade: expect.any(String),
    };
    const user = {
      id: expect.stringMatching(/^user-[0-9a-f]{8}$/),
      email: expect.stringMatching(/^[a-z]+\.[a-z]+@example\.com$/),
      name: expect.stringMatching(/^\S+ \S+$/),
      age: expect.any(Number),
      createdAt: expect.stringMatching(/^2025-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
      address: { city: expect.any(String), zipCode: expect.stringMatching(/^\d{5}$/) },
      orders: [order, order],
    };
    expect(data).toEqual({ users: [user, user] });
  });

  it('gives the same data for the same seed, and other data for another', async () => {
    const query = '{ users { id name address { city } } search { __typename ... on Order { id status } } }';

    expect(await dataOf(fakeSubgraph(SDL), query)).toEqual(await dataOf(fakeSubgraph(SDL), query));
    expect(await dataOf(fakeSubgraph(SDL, { seed: 2 }), query)).not.toEqual(await dataOf(fakeSubgraph(SDL), query));
  });

  it('does not give all items of a list the same data', async () => {
    const { users } = (await dataOf(fakeSubgraph(SDL, { listLength: 20 }), '{ users { id } }')) as { users: { id: string }[] };

    expect(new Set(users.map(({ id }) => id)).size).toBe(20);
  });

  it('answers for an entity with the key that was asked for, and with the same data each time', async () => {
    const fake = fakeSubgraph(SDL);
    const r = [
      { __typename: 'User', id: '7' },
      { __typename: 'User', id: '8' },
    ];

    const first = (await dataOf(fake, entity('id name email'), { r })) as { _entities: { id: string; name: string; email: string }[] };

    expect(first._entities.map(({ id }) => id)).toEqual(['7', '8']);
    expect(first._entities[0]?.email).not.toBe(first._entities[1]?.email);
    expect(await dataOf(fake, entity('id name email'), { r })).toEqual(first);
    expect(await dataOf(fake, '{ user(id: "7") { id name email } }')).toEqual({ user: first._entities[0] });
  });

  it('knows an entity by its other key too', async () => {
    const fake = fakeSubgraph(SDL);
    const [byEmail] = (
      (await dataOf(fake, entity('id name'), { r: [{ __typename: 'User', email: 'ana@example.com' }] })) as { _entities: { id: string }[] }
    )._entities;

    expect(await dataOf(fake, '{ user(id: $id) { id name email } }'.replace('$id', JSON.stringify(byEmail?.id)))).toEqual({
      user: { ...byEmail, email: 'ana@example.com' },
    });
  });

  it('answers for an entity whose key has fields of another object', async () => {
    const { _entities } = (await dataOf(
      fakeSubgraph(SDL),
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { id owner { id } total } } }',
      { r: [{ __typename: 'Order', id: '1', owner: { id: '2' } }] },
    )) as { _entities: unknown[] };

    expect(_entities).toEqual([{ id: '1', owner: { id: '2' }, total: expect.any(String) }]);
  });

  it('takes what the arguments say: an id, the fields of an input, how many', async () => {
    expect(await dataOf(fakeSubgraph(SDL), 'mutation { createUser(input: { name: "Zoe" }) { name id } }')).toEqual({
      createUser: { name: 'Zoe', id: expect.any(String) },
    });
    expect(await dataOf(fakeSubgraph(SDL), '{ users(first: 1) { id } }')).toEqual({ users: [{ id: expect.any(String) }] });
  });

  it('chooses a type where an interface or a union stands', async () => {
    const data = (await dataOf(fakeSubgraph(SDL, { listLength: 30 }), '{ search { __typename } node { id __typename } }')) as {
      search: { __typename: string }[];
    };

    expect(new Set(data.search.map(({ __typename }) => __typename))).toEqual(new Set(['User', 'Order']));
  });

  it('takes values of a test for types, fields, scalars and enums, and makes up the rest', async () => {
    const fake = fakeSubgraph(SDL, {
      overrides: {
        DateTime: '2026-01-01T00:00:00Z',
        Shade: ({ random }) => random?.between(5, 5),
        Status: 'PAID',
        User: ({ id }) => (id === 'nobody' ? null : { name: `User ${String(id)}`, address: { city: 'Oslo' } }),
        Query: { search: [{ __typename: 'Order', note: null }] },
      },
    });

    expect(
      await dataOf(fake, '{ user(id: "1") { name createdAt address { city zipCode } } search { ... on Order { status shade note } } }'),
    ).toEqual({
      user: { name: 'User 1', createdAt: '2026-01-01T00:00:00Z', address: { city: 'Oslo', zipCode: expect.stringMatching(/^\d{5}$/) } },
      search: [{ status: 'PAID', shade: 5, note: null }],
    });
    expect(await dataOf(fake, entity('name'), { r: [{ __typename: 'User', id: 'nobody' }] })).toEqual({ _entities: [null] });
  });

  it('calls a function of a test as the resolver that it stands for', async () => {
    const fake = fakeSubgraph(SDL, {
      overrides: {
        User: { name: ({ id }) => `of ${String(id)}`, friends: async () => [{ id: 'f' }] },
        Query: { users: (_, { first }) => [{ age: first }] },
      },
    });

    expect(await dataOf(fake, '{ user(id: "1") { name friends { id name } } users(first: 9) { age } }')).toEqual({
      user: { name: 'of 1', friends: [{ id: 'f', name: 'of f' }] },
      users: [{ age: 9 }],
    });
  });

  it('fails on demand: a field, an entity, as often as ordered, until it is restored', async () => {
    const fake = fakeSubgraph(SDL);
    fake.fail('Address.city', 'no map');
    fake.fail('User', new Error('no users'), { times: 1 });

    const failed = await ask(fake, entity('address { city zipCode }'), { r: [{ __typename: 'User', id: '1' }] });
    const again = await ask(fake, entity('address { city }'), { r: [{ __typename: 'User', id: '1' }] });

    expect(failed.errors?.map(({ message }) => message)).toEqual(['no users']);
    expect(again.errors?.map(({ message }) => message)).toEqual(['no map']);
    fake.restore();
    await dataOf(fake, entity('address { city }'), { r: [{ __typename: 'User', id: '1' }] });
  });

  it('is late on demand', async () => {
    const fake = fakeSubgraph(SDL);
    fake.delay('Query.user', 60);
    const startedAt = performance.now();

    await dataOf(fake, '{ user(id: "1") { id } }');

    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(55);
  });

  it('sends the events that a test emits, and ends when it says so', async () => {
    const fake = fakeSubgraph(SDL);
    const emitted = fake.emit('userCreated', { name: 'Ana' }); // waits for its subscriber
    const events = await openEvents(fake, 'subscription { userCreated { name id } }');

    expect(await emitted).toBe(1);
    expect((await events.next()).value).toEqual({ data: { userCreated: { name: 'Ana', id: expect.any(String) } } });
    await fake.emit('userCreated');
    fake.complete('userCreated');
    expect((await events.next()).value.data.userCreated.name).toEqual(expect.any(String));
    expect((await events.next()).done).toBe(true);
  });

  it('sends a number of events by itself, each with data of its own', async () => {
    const events = await openEvents(fakeSubgraph(SDL, { events: { userCreated: 3 } }), 'subscription { userCreated { id } }');
    const ids = new Set<string>();
    for (let next = await events.next(); !next.done; next = await events.next()) ids.add(next.value.data.userCreated.id);

    expect(ids.size).toBe(3);
  });
});

interface UserEvent {
  readonly data: { readonly userCreated: { readonly id: string; readonly name: string } };
}

async function openEvents(fake: FakeSubgraph, query: string): Promise<AsyncIterator<UserEvent>> {
  const result = await subscribe({ schema: toSubgraphSchema({ name: 'fake', ...fake }), document: parse(query) });
  if (!(Symbol.asyncIterator in result)) throw new Error(JSON.stringify(result));
  return result as unknown as AsyncIterator<UserEvent>;
}
