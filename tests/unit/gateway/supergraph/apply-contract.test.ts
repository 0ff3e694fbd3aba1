import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../../../platform/foundation/errors.ts';
import { applyContract, type Contract } from '../../../../gateway/supergraph/apply-contract.ts';
import { composeSupergraph } from '../../../../gateway/supergraph/compose.ts';
import { createSupergraph } from '../../../../gateway/supergraph/supergraph.ts';
import { createFederatedGraph } from '../../../support/federated-graph.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@tag", "@external", "@requires"])\n';
const subgraphs = [
  {
    name: 'shop',
    sdl: `${link}
      type Query { item: Item @tag(name: "public") audit: Audit @tag(name: "staff") search(text: String, secret: Boolean @tag(name: "staff")): [Found] @tag(name: "public") }
      union Found = Item | Audit
      type Item @key(fields: "id") { id: ID! @tag(name: "public") price: Int @tag(name: "public") cost: Int @tag(name: "staff") margin: Margin kind: Kind @tag(name: "public") }
      type Margin { percent: Int @tag(name: "staff") }
      type Audit { by: Person }
      type Person { name: String }
      enum Kind { OLD @tag(name: "staff") NEW }`,
    resolvers: { Query: { item: () => ({ id: '1', price: 3, cost: 2 }) } },
  },
  {
    name: 'labels',
    sdl: `${link} type Item @key(fields: "id") { id: ID! cost: Int @external label: String @requires(fields: "cost") @tag(name: "public") }`,
    resolvers: { Item: { __resolveReference: (given: object) => given, label: ({ cost }: { cost: number }) => `costs ${cost}` } },
  },
];
const { sdl } = composeSupergraph(subgraphs.map((each) => ({ ...each, routingUrl: `http://${each.name}.test`, from: each.name })));

function shown(contract: Contract): Record<string, string[]> {
  const types = createSupergraph(applyContract(sdl, contract)).schema.getTypeMap();
  return Object.fromEntries(
    Object.entries(types)
      .filter(([name]) => !name.startsWith('__') && !['String', 'Int', 'ID', 'Boolean'].includes(name))
      .map(([name, type]) => [
        name,
        'getFields' in type ? Object.keys(type.getFields()) : 'getValues' in type ? type.getValues().map((value) => value.name) : [],
      ]),
  );
}

describe('a contract', () => {
  it('hides what has an excluded tag, what is left empty by that, and what nobody can reach then', () => {
    const types = shown({ include: [], exclude: ['staff'] });

    expect(types).toEqual({
      Query: ['item', 'search'],
      Item: ['id', 'label', 'price', 'kind'], // margin: its type has nothing left
      Kind: ['NEW'],
      Found: [],
      Audit: ['by'], // found by the search
      Person: ['name'],
    });
  });

  it('shows fields with an included tag only, and an excluded one wins', () => {
    expect(shown({ include: ['public'], exclude: [] })).toEqual({
      Query: ['item', 'search'],
      Item: ['id', 'label', 'price', 'kind'],
      Kind: ['OLD', 'NEW'],
      Found: [],
    });
    expect(shown({ include: ['public', 'staff'], exclude: ['staff'] })['Item']).toEqual(['id', 'label', 'price', 'kind']);
  });

  it('hides arguments', () => {
    const { schema } = createSupergraph(applyContract(sdl, { include: [], exclude: ['staff'] }));

    expect(
      schema
        .getQueryType()
        ?.getFields()
        ['search']?.args.map(({ name }) => name),
    ).toEqual(['text']);
  });

  it('is for clients only: a hidden field is still an input of another one', async () => {
    const { run } = createFederatedGraph(subgraphs, { sdl: applyContract(sdl, { include: [], exclude: ['staff'] }) });

    expect(await run({ query: '{ item { label } }' })).toEqual({ data: { item: { label: 'costs 2' } } });
    expect((await run({ query: '{ item { cost } }' })).errors?.[0]?.message).toMatch(/Cannot query field "cost"/);
  });

  it('changes nothing without tags that are in the graph', () => {
    expect(
      createSupergraph(applyContract(sdl, { include: [], exclude: ['nobody'] }))
        .schema.getQueryType()
        ?.getFields(),
    ).toHaveProperty('audit');
  });

  it('that leaves no schema is refused, with the place', () => {
    const composed = composeSupergraph([
      {
        name: 'a',
        sdl: `${link} type Query { node: Node } interface Node { name: String } type Item implements Node { id: ID name: String @tag(name: "staff") }`,
        routingUrl: 'http://a.test',
        from: 'a.graphql',
      },
    ]).sdl;
    const hidden = applyContract(composed, { include: [], exclude: ['staff'] });

    expect(() => createSupergraph(hidden, { from: 'staff.graphql' })).toThrow(ConfigError);
    expect(() => createSupergraph(hidden, { from: 'staff.graphql' })).toThrow(/staff\.graphql:\d+:\d+: .*Item\.name.* is @inaccessible/);
  });
});
