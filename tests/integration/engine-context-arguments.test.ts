import { expect, it } from '@jest/globals';
import { createFederatedGraph } from '../support/federated-graph.ts';
import type { SubgraphSource } from '../support/fake-subgraph.ts';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@context", "@fromContext", "@external", "@shareable"])\n';

/** A shop's currency is wanted by its products, which another subgraph's fetch completes. ApolloGateway does not know @context. */
const graph: readonly SubgraphSource[] = [
  {
    name: 'shops',
    sdl: `${link}
      type Query { shops: [Shop!]! }
      type Shop @key(fields: "id") { id: ID! currency: String! products: [Product!]! }
      type Product @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: {
        shops: () => [
          { id: 'a', currency: 'EUR', products: [{ id: 'p1' }, { id: 'p2' }] },
          { id: 'b', currency: 'USD', products: [{ id: 'p1' }] },
          { id: 'c', currency: 'EUR', products: [] },
        ],
      },
    },
  },
  {
    name: 'prices',
    sdl: `${link}
      type Shop @key(fields: "id") @context(name: "shop") { id: ID! currency: String! @external }
      type Product @key(fields: "id") { id: ID! price(currency: String @fromContext(field: "$shop { currency }")): Price! }
      type Price { text: String! }`,
    resolvers: {
      Product: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        price: ({ id }: { id: string }, { currency }: { currency: string }) => ({ text: `${id} in ${currency}` }),
      },
    },
  },
];

it('an argument gets its value from above, also when one entity stands below several objects', async () => {
  const { run, clients } = createFederatedGraph(graph);

  const { data, errors } = await run({ query: '{ shops { id products { id price { text } } } }' });

  expect(errors).toBeUndefined();
  expect(data).toEqual({
    shops: [
      {
        id: 'a',
        products: [
          { id: 'p1', price: { text: 'p1 in EUR' } },
          { id: 'p2', price: { text: 'p2 in EUR' } },
        ],
      },
      { id: 'b', products: [{ id: 'p1', price: { text: 'p1 in USD' } }] },
      { id: 'c', products: [] },
    ],
  });
  expect(clients.get('prices')?.requests).toHaveLength(2); // one for each value
});
