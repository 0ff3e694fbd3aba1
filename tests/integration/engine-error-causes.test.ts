import { describe, expect, it } from '@jest/globals';
import type { GatewayResult } from '../../gateway/engine.ts';
import type { Resolvers, SubgraphSource } from '../support/fake-subgraph.ts';
import { createFederatedGraph } from '../support/federated-graph.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@interfaceObject"])\n';

const subgraph = (name: string, sdl: string, resolvers: Resolvers): SubgraphSource => ({ name, sdl: LINK + sdl, resolvers });

const fails = (what: string) => (): never => {
  throw new Error(what);
};

/** What a client is told of errors, in no order: which subgraph answers first is not its business. */
function told({ errors }: GatewayResult): unknown[] {
  return (errors ?? []).map(({ message, path }) => ({ message, path }));
}

describe('one cause is one error:', () => {
  it('a null that came up to the root is not an error of the other root fields that it took along', async () => {
    const { run } = createFederatedGraph([
      subgraph('a', 'type Query { first: String! second: Pair! } type Pair { id: ID! }', {
        Query: { first: () => 'one', second: () => ({}) },
        Pair: { id: fails('no id') },
      }),
    ]);
    const answer = await run({ query: '{ first second { id } }' });

    expect(answer.data).toBeNull();
    expect(told(answer)).toEqual([{ message: 'no id', path: ['second', 'id'] }]);
  });

  it('a null that came up to an entity is not an error of its other fields', async () => {
    const { run } = createFederatedGraph([
      subgraph('a', 'type Query { items: [Item] } type Item @key(fields: "id") { id: ID! }', { Query: { items: () => [{ id: '1' }] } }),
      subgraph('b', 'type Item @key(fields: "id") { id: ID! size: Int! label: String! }', {
        Item: { __resolveReference: ({ id }: { id: string }) => ({ id, size: 7 }), label: fails('no label') },
      }),
    ]);
    const answer = await run({ query: '{ items { size label } }' });

    expect(answer.data).toEqual({ items: [null] });
    expect(told(answer)).toEqual([{ message: 'no label', path: ['items', 0, 'label'] }]);
  });

  it('an input that failed is told where a field is computed of it, also when the client selected it for other objects only', async () => {
    const { run } = createFederatedGraph([
      subgraph('a', 'type Query { all: [Media] } type Media @key(fields: "id") @interfaceObject { id: ID! title: String }', {
        Query: { all: () => [{ id: '1' }, { id: '2' }] },
        Media: {
          __resolveReference: ({ id }: { id: string }) => ({ id }),
          title: ({ id }: { id: string }) => (id === '1' ? 'one' : fails('no title')()),
        },
      }),
      subgraph(
        'b',
        `interface Media @key(fields: "id") { id: ID! }
         type Book implements Media @key(fields: "id") { id: ID! }
         type Song implements Media @key(fields: "id") { id: ID! }`,
        { Media: { __resolveReference: ({ id }: { id: string }) => ({ __typename: id === '1' ? 'Book' : 'Song', id }) } },
      ),
      subgraph(
        'c',
        'type Media @key(fields: "id") @interfaceObject { id: ID! title: String @external loud: String @requires(fields: "title") }',
        {
          Media: {
            __resolveReference: (given: object) => given,
            loud: ({ title }: { title: string | null }) => `of ${title}`,
          },
        },
      ),
    ]);
    const answer = await run({ query: '{ all { ... on Book { title } loud } }' });

    expect(answer.data).toEqual({ all: [{ title: 'one', loud: 'of one' }, { loud: 'of null' }] });
    expect(told(answer)).toEqual([{ message: 'no title', path: ['all', 1, 'title'] }]);
  });
});
