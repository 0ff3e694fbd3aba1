import { describe, expect, it } from '@jest/globals';
import { createFederatedGraph } from '../support/federated-graph.ts';
import type { SubgraphSource } from '../support/fake-subgraph.ts';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires"])\n';

/** Stock comes back to its own product after it has asked for the weight: by a key that it answers for, although another one is written first. */
const unresolvable: readonly SubgraphSource[] = [
  {
    name: 'catalog',
    sdl: `${link} type Query { title: String } type Product @key(fields: "id") @key(fields: "upc") { id: ID! upc: ID! weight: Int }`,
    resolvers: { Product: { __resolveReference: () => ({ id: 'i', upc: 'u', weight: 7 }) } },
  },
  {
    name: 'stock',
    sdl: `${link} type Query { item: Product }
      type Product @key(fields: "id", resolvable: false) @key(fields: "upc") { id: ID! upc: ID! weight: Int @external shipping: Int @requires(fields: "weight") }`,
    resolvers: {
      Query: { item: () => ({ id: 'i', upc: 'u' }) },
      Product: {
        __resolveReference: (reference: { upc?: string }) => (reference.upc === undefined ? null : reference),
        shipping: ({ weight }: { weight?: number }) => (weight === undefined ? null : weight * 10),
      },
    },
  },
];

describe('around the planner', () => {
  it('a key that a subgraph does not answer for is not used to reach it', async () => {
    const { run, clients } = createFederatedGraph(unresolvable);

    const { data, errors } = await run({ query: '{ item { shipping } }' });

    expect(errors).toBeUndefined();
    expect(data).toEqual({ item: { shipping: 70 } });
    expect(clients.get('stock')?.requests.at(-1)?.variables).toEqual({ representations: [{ __typename: 'Product', upc: 'u', weight: 7 }] });
  });

  it('a number too long for JavaScript reaches a custom scalar as it was written when it comes as text', async () => {
    const graph: readonly SubgraphSource[] = [
      {
        name: 'a',
        sdl: `${link} scalar Big type Query { echo(value: Big): String }`,
        resolvers: { Query: { echo: (_: never, { value }: { value: unknown }) => JSON.stringify(value) } },
      },
    ];

    const { data } = await createFederatedGraph(graph).run({
      query: 'query ($v: Big) { echo(value: $v) }',
      variables: { v: '12345678901234567890.10' },
    });

    expect(data).toEqual({ echo: '"12345678901234567890.10"' });
  });

  it('roots with names of their own are called by the standard names', async () => {
    const graph: readonly SubgraphSource[] = [
      {
        name: 'a',
        sdl: `${link} schema { query: AQuery mutation: AMutation } type AQuery { one: Int self: AQuery } type AMutation { go: AQuery }`,
        resolvers: { AQuery: { one: () => 1, self: () => ({}) }, AMutation: { go: () => ({}) } },
      },
      { name: 'b', sdl: `${link} schema { query: BQuery } type BQuery { two: Int }`, resolvers: { BQuery: { two: () => 2 } } },
    ];
    const { run } = createFederatedGraph(graph);

    expect(await run({ query: '{ __typename one two self { __typename one two } }' })).toEqual({
      data: { __typename: 'Query', one: 1, two: 2, self: { __typename: 'Query', one: 1, two: 2 } },
    });
    expect(await run({ query: 'mutation { __typename go { __typename two } }' })).toEqual({
      data: { __typename: 'Mutation', go: { __typename: 'Query', two: 2 } },
    });
  });
});
