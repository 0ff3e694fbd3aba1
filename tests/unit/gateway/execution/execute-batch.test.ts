import { describe, expect, it } from '@jest/globals';
import type { GatewayResult } from '../../../../gateway/engine.ts';
import type { SubgraphRequest } from '../../../../gateway/subgraphs/subgraph-client.ts';
import { DependencyError } from '../../../../platform/foundation/errors.ts';
import { createFederatedGraph } from '../../../support/federated-graph.ts';
import { createScriptedClient, type InProcessClient, type SubgraphSource } from '../../../support/fake-subgraph.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n';
const graph: readonly SubgraphSource[] = [
  {
    name: 'orders',
    sdl: `${link}
      type Query { first: Order last: Order list: [Order!] }
      type Order { id: ID! buyer: User seller: User! item: Item }
      type User @key(fields: "id") { id: ID! }
      type Item @key(fields: "sku") { sku: ID! }`,
    resolvers: {},
  },
  {
    name: 'users',
    sdl: `${link}
      type User @key(fields: "id") { id: ID! name: String nick: String! }
      type Item @key(fields: "sku") { sku: ID! title: String }`,
    resolvers: {},
  },
];
const user = (id: string): object => ({ __typename: 'User', id });
const ORDERS = { first: { buyer: user('1'), seller: user('2') }, last: { item: { __typename: 'Item', sku: 'a' } } };
const QUERY = '{ first { buyer { name } seller { nick } } last { item { title } } }';

/** One part of a batch as the subgraph sees it. */
interface AskedPart {
  readonly alias: string;
  readonly field: string;
  readonly representations: readonly Record<string, string>[];
}

function partsOf({ query, variables }: SubgraphRequest): AskedPart[] {
  return [...query.matchAll(/(_e\d+): ?_entities\(representations: ?\$(\w+)\) ?\{ ?\.\.\.on \w+ ?\{ ?(\w+)/g)].map(
    ([, alias = '', variable = '', field = '']) => ({ alias, field, representations: variables?.[variable] as Record<string, string>[] }),
  );
}

/** @param answer of the subgraph users, given each part and what would be right */
async function run(
  answer: (parts: readonly AskedPart[], right: Record<string, unknown>) => unknown,
  { query = QUERY, orders = ORDERS }: { query?: string; orders?: object } = {},
): Promise<{ result: GatewayResult; users: InProcessClient }> {
  const users = createScriptedClient('users', (request: SubgraphRequest) => {
    const parts = partsOf(request);
    const entity = (field: string) => (representation: Record<string, string>) => ({
      [field]: `${field} of ${representation['id'] ?? representation['sku']}`,
    });
    return answer(parts, Object.fromEntries(parts.map(({ alias, field, representations }) => [alias, representations.map(entity(field))])));
  });
  const replace = { orders: createScriptedClient('orders', { data: orders }), users };
  return { result: await createFederatedGraph(graph, { planner: 'hive', replace }).run({ query }), users };
}

const aliasOf = (parts: readonly AskedPart[], field: string): string => parts.find((part) => part.field === field)?.alias ?? '';
const RIGHT = { first: { buyer: { name: 'name of 1' }, seller: { nick: 'nick of 2' } }, last: { item: { title: 'title of a' } } };

describe('entities of several places, asked for in one request', () => {
  it('come where they belong, each asked for once', async () => {
    const { result, users } = await run((_parts, data) => ({ data }));

    expect(result).toEqual({ data: RIGHT });
    expect(users.requests).toHaveLength(1);
  });

  it('that stand in several places of one part are sent once and merged everywhere', async () => {
    const orders = { first: { buyer: user('1'), seller: user('1') }, list: [{ buyer: user('1') }, { buyer: null }, { buyer: user('3') }] };
    const query = '{ first { buyer { name } seller { name } } list { buyer { name } } }';
    const { result, users } = await run((_parts, data) => ({ data }), { query, orders });

    const name = (id: number): object => ({ name: `name of ${id}` });
    expect(result.data).toEqual({
      first: { buyer: name(1), seller: name(1) },
      list: [{ buyer: name(1) }, { buyer: null }, { buyer: name(3) }],
    });
    expect(users.requests).toHaveLength(1);
    for (const { representations } of partsOf(users.requests[0] as SubgraphRequest))
      expect(new Set(representations.map(({ id }) => id)).size).toBe(representations.length);
  });

  it('are not asked for when there are none', async () => {
    const { result, users } = await run((_parts, data) => ({ data }), { orders: { first: null, last: { item: null } } });

    expect(result).toEqual({ data: { first: null, last: { item: null } } });
    expect(users.requests).toEqual([]);
  });

  it('fail alone: an error below an alias is told at the place of its entity', async () => {
    const { result } = await run((parts, data) => {
      const alias = aliasOf(parts, 'name');
      return { data: { ...data, [alias]: [{ name: null }] }, errors: [{ message: 'no name', path: [alias, 0, 'name'] }] };
    });

    expect(result.data).toEqual({ ...RIGHT, first: { ...RIGHT.first, buyer: { name: null } } });
    expect(result.errors).toMatchObject([{ message: 'no name', path: ['first', 'buyer', 'name'] }]);
  });

  it('that may not be null and are take their parent with them, and no other part', async () => {
    const { result } = await run((parts, data) => {
      const alias = aliasOf(parts, 'nick');
      return { data: { ...data, [alias]: [null] }, errors: [{ message: 'no such user', path: [alias, 0] }] };
    });

    expect(result.data).toEqual({ first: null, last: RIGHT.last });
    expect(result.errors).toHaveLength(1);
    expect(result.errors?.[0]).toMatchObject({ message: 'no such user', path: ['first', 'seller'] });
  });

  it('fail together when the request fails: one error, at the first place', async () => {
    const { result } = await run(() => new DependencyError('SUBGRAPH_UNAVAILABLE', 'subgraph users', 'connect ECONNREFUSED'));

    expect(result.data).toEqual({ first: null, last: { item: { title: null } } });
    expect(result.errors).toHaveLength(1);
    expect(result.errors?.[0]?.extensions).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'users' });
  });

  it('fail together when the subgraph answers without data and says why', async () => {
    const { result } = await run(() => ({ data: null, errors: [{ message: 'overloaded' }] }));

    expect(result.data).toEqual({ first: null, last: { item: { title: null } } });
    expect(result.errors).toHaveLength(1);
    expect(result.errors?.[0]?.message).toBe('overloaded');
  });

  it.each<[string, (data: Record<string, unknown>, alias: string) => unknown]>([
    ['is missing', ({ ...data }, alias) => (delete data[alias], data)],
    ['is no list', (data, alias) => ({ ...data, [alias]: 'nonsense' })],
    ['has too many', (data, alias) => ({ ...data, [alias]: [{ title: 'x' }, { title: 'y' }] })],
    ['has too few', (data, alias) => ({ ...data, [alias]: [] })],
    ['holds a string where an object belongs', (data, alias) => ({ ...data, [alias]: ['nonsense'] })],
  ])('are told as malformed when an alias %s; the other parts are there', async (_what, spoil) => {
    const { result } = await run((parts, data) => ({ data: spoil(data, aliasOf(parts, 'title')) }));

    expect(result.data).toEqual({ ...RIGHT, last: { item: { title: null } } });
    expect(result.errors).toHaveLength(1);
    expect(result.errors?.[0]?.extensions).toMatchObject({ code: 'SUBGRAPH_MALFORMED', serviceName: 'users' });
  });

  it.each([
    ['a string', 'nonsense'],
    ['a list', []],
    ['a number', 1],
  ])('are told as malformed when the data is %s', async (_what, data) => {
    const { result } = await run(() => ({ data }));

    expect(result.errors).toHaveLength(1);
    expect(result.errors?.[0]?.extensions).toMatchObject({ code: 'SUBGRAPH_MALFORMED' });
  });

  it('are not mixed up by an alias that nobody asked for, nor by errors that are none', async () => {
    const { result } = await run((_parts, data) => ({
      data: { ...data, _e99: [{ name: 'x' }] },
      errors: ['nonsense', null, { path: ['_e99', 0] }],
    }));

    expect(result.data).toEqual(RIGHT);
    expect(result.errors?.length).toBeGreaterThan(0);
  });
});
