import { buildSchema, parse } from 'graphql';
import { describe, expect, it } from '@jest/globals';
import { toNormalOperation } from '../../../../gateway/planning/normal-operation.ts';
import { createFederatedGraph } from '../../../support/federated-graph.ts';
import type { SubgraphSource } from '../../../support/fake-subgraph.ts';

const schema = buildSchema(`
  type Query { item(id: ID, first: Int, rate: Float, text: String, on: Boolean, any: Any, ids: [Int], by: By, filter: Filter): Item }
  type Item { id: ID! name(short: Boolean): String item(id: ID, first: Int): Item }
  scalar Any
  enum By { NAME }
  input Filter { first: Int }`);

const keyOf = (query: string): string | undefined => toNormalOperation(parse(query), schema)?.key;
const literalsOf = (query: string): unknown => toNormalOperation(parse(query), schema)?.literals;

describe('the normal form of an operation', () => {
  it.each([
    ['white space, commas and comments', '{item(id:1){id,name}}', '{\n  # first\n  item(id: 1) { id name }\n}'],
    ['its name', 'query One { item { id } }', 'query Another { item { id } }'],
    [
      'literals of built-in scalars',
      '{ item(id: 1, text: "a", on: true, rate: 1.5) { id } }',
      '{ item(id: 2, text: """b""", on: false, rate: 2.5) { id } }',
    ],
    ['aliases', '{ a: item { b: id } }', '{ c: item { d: id } }'],
    ['an alias that says nothing', '{ item: item { id } }', '{ item { id } }'],
    [
      'aliases and literals in fragments',
      '{ item { ...F } } fragment F on Item { x: item(id: 1) { id } }',
      '{ item { ...F } } fragment F on Item { y: item(id: 2) { id } }',
    ],
  ])('is the same without a difference in %s', (_what, one, other) => {
    expect(keyOf(one)).toBeDefined();
    expect(keyOf(one)).toBe(keyOf(other));
  });

  it.each([
    ['named and not', 'query One { item { id } }', '{ item { id } }'],
    ['a literal and none', '{ item(id: 1) { id } }', '{ item { id } }'],
    ['a literal twice and two literals', '{ item(id: 1) { item(id: 1) { id } } }', '{ item(id: 1) { item(id: 2) { id } } }'],
    ['an alias twice and two aliases', '{ a: item { a: id } }', '{ a: item { b: id } }'],
    ['a text and a number where both are taken', '{ item(id: "1") { item(id: 1) { id } } }', '{ item(id: "1") { item(id: "1") { id } } }'],
    ['a literal that is none of its type', '{ item(first: 1) { id } }', '{ item(first: "1") { id } }'],
    ['a number that is too large', '{ item(first: 1) { id } }', '{ item(first: 3000000000) { id } }'],
    ['null', '{ item(first: 1) { id } }', '{ item(first: null) { id } }'],
    ['custom scalars', '{ item(any: 1) { id } }', '{ item(any: 2) { id } }'],
    ['enums', '{ item(by: NAME) { id } }', '{ item(by: OTHER) { id } }'],
    ['lists', '{ item(ids: [1]) { id } }', '{ item(ids: [2]) { id } }'],
    ['objects', '{ item(filter: { first: 1 }) { id } }', '{ item(filter: { first: 2 }) { id } }'],
    ['literal conditions', '{ item { id @skip(if: true) name } }', '{ item { id @skip(if: false) name } }'],
    ['defaults', 'query ($a: Int = 1) { item(first: $a) { id } }', 'query ($a: Int = 2) { item(first: $a) { id } }'],
    ['two fields and one of them in the other', '{ item { item { id } name } }', '{ item { item { id name } } }'],
  ])('tells apart %s', (_what, one, other) => {
    expect(keyOf(one)).toBeDefined();
    expect(keyOf(other)).toBeDefined();
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  it.each([
    ['several operations', 'query A { item { id } } query B { item { id } }'],
    ['an alias that is also a field', '{ item { name: id item { name } } }'],
    ['introspection', '{ __schema { queryType { name } } }'],
    ['@defer', '{ item { ... @defer { id } } }'],
    ['a variable of our names', 'query ($literal0: ID) { item(id: $literal0) { id } }'],
  ])('is not made of %s', (_what, query) => {
    expect(keyOf(query)).toBeUndefined();
  });

  it('keeps the values of literals as JSON has them', () => {
    expect(literalsOf('{ item(id: 1, first: -7, rate: 1e3, text: "é\\n", on: true) { id } }')).toEqual({
      literal0: '1',
      literal1: -7,
      literal2: 1000,
      literal3: 'é\n',
      literal4: true,
    });
  });
});

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n';
const failing = (): never => {
  throw new Error('no price');
};
const graph: readonly SubgraphSource[] = [
  {
    name: 'items',
    sdl: `${link} type Query { item(id: ID!, times: Int = 1): Item } type Item @key(fields: "id") { id: ID! }`,
    resolvers: { Query: { item: (_: never, { id, times }: { id: string; times: number }) => ({ id: `${id}×${times}` }) } },
  },
  {
    name: 'prices',
    sdl: `${link} type Item @key(fields: "id") { id: ID! price(in: String!): String broken: Int }`,
    resolvers: {
      Item: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        price: ({ id }: { id: string }, { in: currency }: { in: string }) => `${id} in ${currency}`,
        broken: failing,
      },
    },
  },
];

describe('operations with one normal form', () => {
  it('are planned once, and each gets its own names and values', async () => {
    const { run, engine, clients } = createFederatedGraph(graph);
    const first = engine.prepare({ query: 'query First { item(id: "a") { cost: price(in: "EUR") } }' });
    const second = engine.prepare({ query: 'query Second { item(id: "b") { fee: price(in: "USD") } }' });
    if ('refusal' in first || 'refusal' in second) throw new Error('refused');

    expect(await run({ query: 'query First { item(id: "a") { cost: price(in: "EUR") } }' })).toEqual({
      data: { item: { cost: 'a×1 in EUR' } },
    });
    clients.get('prices')?.requests.splice(0);
    expect(await run({ query: 'query Second { item(id: "b") { fee: price(in: "USD") } }' })).toEqual({
      data: { item: { fee: 'b×1 in USD' } },
    });
    const [request] = clients.get('prices')?.requests ?? [];
    expect(request?.operationName).toMatch(/^Second__prices__/);
    expect(request?.query).toMatch(/^query Second__prices__/);
  });

  it('have their own variables beside the literals, and their own names in error paths', async () => {
    const { run } = createFederatedGraph(graph);
    const ask = (alias: string, id: string) =>
      run({
        query: `query ($times: Int) { ${alias}: item(id: "${id}", times: $times) { ${alias}s: broken id } }`,
        variables: { times: 3, literal0: 'x' },
      });

    await ask('one', 'a');
    const { data, errors } = await ask('constructor', 'b');

    expect(data).toEqual({ constructor: { constructors: null, id: 'b×3' } });
    expect(errors?.map(({ path }) => path)).toEqual([['constructor', 'constructors']]);
  });

  it('are refused when one of them is not valid, also after a valid one', async () => {
    const { run } = createFederatedGraph(graph);
    await run({ query: '{ item(id: "a", times: 2) { x: id broken } }' });

    expect((await run({ query: '{ item(id: "a", times: 3000000000) { x: id broken } }' })).errors).toHaveLength(1);
    expect((await run({ query: '{ item(id: "a", times: 2) { broken: id broken } }' })).errors?.[0]?.message).toMatch(/conflict/);
    expect((await run({ query: 'query A { item(id: "a") { id } }', operationName: 'B' })).errors?.[0]?.message).toBe(
      'Unknown operation named "B".',
    );
  });
});
