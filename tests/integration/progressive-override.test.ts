import { describe, expect, it } from '@jest/globals';
import { PLANNERS } from '../../gateway/planning/planner.ts';
import { createFederatedGraph } from '../support/federated-graph.ts';
import type { SubgraphSource } from '../support/fake-subgraph.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override"])\n';

/** Prices move from the shop to the prices' own subgraph, bit by bit. */
const moving: readonly SubgraphSource[] = [
  {
    name: 'shop',
    sdl: `${link} type Query { item: Item } type Item @key(fields: "id") { id: ID! price: String stock: String }`,
    resolvers: {
      Query: { item: () => ({ id: '1' }) },
      Item: { __resolveReference: (key: object) => key, price: () => 'of the shop', stock: () => 'of the shop' },
    },
  },
  {
    name: 'prices',
    sdl: `${link} type Item @key(fields: "id") {
      id: ID!
      price: String @override(from: "shop", label: "percent(20)")
      stock: String @override(from: "shop", label: "beta")
    }`,
    resolvers: { Item: { __resolveReference: (key: object) => key, price: () => 'of prices', stock: () => 'of prices' } },
  },
];

describe.each(PLANNERS)('a field that moves to another subgraph by a labelled @override, with the planner %s', (planner) => {
  const query = '{ item { price stock } }';

  it('is asked where it was, while its label does not hold', async () => {
    const { run, clients } = createFederatedGraph(moving, { planner, drawPercent: () => 20 });

    expect(await run({ query })).toEqual({ data: { item: { price: 'of the shop', stock: 'of the shop' } } });
    expect(clients.get('prices')?.requests).toHaveLength(0);
  });

  it('is asked where it goes for the requests that the percentage is for, each with a plan of its own that is kept', async () => {
    let number = 0;
    const lookups: boolean[] = [];
    const { run } = createFederatedGraph(moving, { planner, drawPercent: () => number, onPlanLookup: (found) => lookups.push(found) });
    const prices: unknown[] = [];

    for (number of [0, 50, 19.99, 20, 99, 5]) {
      const { data } = await run({ query });
      prices.push((data?.['item'] as { price: string }).price);
    }

    expect(prices.map((price) => price === 'of prices')).toEqual([true, false, true, false, false, true]);
    expect(lookups).toEqual([false, false, true, true, true, true]);
  });

  it('is asked where it goes when its label is named', async () => {
    const { run } = createFederatedGraph(moving, { planner, drawPercent: () => 99, overrideLabels: ['beta'] });

    expect(await run({ query })).toEqual({ data: { item: { price: 'of the shop', stock: 'of prices' } } });
  });
});
