import { describe, expect, it } from '@jest/globals';
import { PLANNERS } from '../../gateway/planning/planner.ts';
import { createFederatedGraph } from '../support/federated-graph.ts';
import type { SubgraphSource } from '../support/fake-subgraph.ts';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@provides"])\n';

interface Given {
  readonly id: string;
  readonly weight?: number;
  readonly postage?: string;
}

const known = (given: Given): Given => given;
const weigh = (): number => 7;
const postage = ({ weight }: Given): string => `for ${weight ?? 'nothing'}`;
const label = ({ weight, postage: price }: Given): string => `${weight ?? 'nothing'}: ${price ?? 'nothing'}`;

/** What a subgraph says when it is asked for what it declares @external. */
const notMine = (): never => {
  throw new Error('that is not mine');
};

const post: SubgraphSource = {
  name: 'post',
  sdl: `${link} type Query { parcel: Item }
    type Item @key(fields: "id") { id: ID! weight: Int @external postage: String @requires(fields: "weight") }`,
  resolvers: { Query: { parcel: () => ({ id: '1' }) }, Item: { __resolveReference: known, postage } },
};

const labels: SubgraphSource = {
  name: 'labels',
  sdl: `${link} type Item @key(fields: "id") { id: ID! weight: Int @external postage: String @external label: String @requires(fields: "weight postage") }`,
  resolvers: { Item: { __resolveReference: known, label } },
};

const scales: SubgraphSource = {
  name: 'scales',
  sdl: `${link} type Item @key(fields: "id") { id: ID! weight: Int @shareable }`,
  resolvers: { Item: { __resolveReference: known, weight: weigh } },
};

/** Knows the weight of an item below another one only. */
const shop: SubgraphSource = {
  name: 'shop',
  sdl: `${link} type Query { item: Item } type Item @key(fields: "id") { id: ID! twin: Item @provides(fields: "weight") weight: Int @external }`,
  resolvers: { Query: { item: () => ({ id: '1' }) }, Item: { __resolveReference: known, weight: notMine } },
};

/** Has the weight itself. */
const weighingLabels: SubgraphSource = {
  name: 'labels',
  sdl: `${link} type Item @key(fields: "id") { id: ID! weight: Int @shareable postage: String @external label: String @requires(fields: "postage") }`,
  resolvers: { Item: { __resolveReference: known, weight: weigh, label: (given: Given) => label({ weight: 7, ...given }) } },
};

describe.each(PLANNERS)('a @requires of a field that has a @requires of its own, with the planner %s,', (planner) => {
  it('is told after the field had its inputs, also when the client comes from the subgraph of that field', async () => {
    const graph = createFederatedGraph([post, labels, scales], { planner });

    expect(await graph.run({ query: '{ parcel { label } }' })).toEqual({ data: { parcel: { label: '7: for 7' } } });
  });

  it('does not ask a subgraph for an input that it knows elsewhere only, by a @provides', async () => {
    const graph = createFederatedGraph([shop, post, weighingLabels], { planner });

    expect(await graph.run({ query: '{ item { label } }' })).toEqual({ data: { item: { label: '7: for 7' } } });
  });
});
