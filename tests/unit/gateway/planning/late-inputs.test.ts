import { Supergraph } from '@apollo/federation-internals';
import { describe, expect, it } from '@jest/globals';
import { createLateInputsMend } from '../../../../gateway/planning/late-inputs.ts';
import type { PlannedFetch, PlannedFlatten, PlannedNode, PlannedSelection } from '../../../../gateway/planning/planner.ts';
import { composeSupergraph } from '../../../../gateway/supergraph/compose.ts';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@external", "@shareable"])\n';

/** Prices has what the label needs, and stock what the postage needs. */
const SUBGRAPHS = {
  shelf: 'type Query { items: [Item] } type Item @key(fields: "id") { id: ID! }',
  prices: `type Item @key(fields: "id") { id: ID! price: Money cost: Int @external postage(to: String): String @requires(fields: "cost") }
    type Money @shareable { amount: Int }`,
  stock: `type Item @key(fields: "id") { id: ID! cost: Int price: Money @external label(in: String): String @requires(fields: "price { amount }") }
    type Money @shareable { amount: Int }`,
};
const withInputsInTime = createLateInputsMend(
  Supergraph.build(
    composeSupergraph(
      Object.entries(SUBGRAPHS).map(([name, sdl]) => ({ name, routingUrl: 'http://127.0.0.1:1', sdl: link + sdl, from: name })),
    ).sdl,
  ),
);

const field = (name: string, selections?: PlannedSelection[]): PlannedSelection => ({
  kind: 'Field',
  name,
  ...(selections && { selections }),
});
const ROOT: PlannedNode = { kind: 'Fetch', serviceName: 'shelf', operation: '{items{__typename id}}' };
const PRICE = field('price', [field('amount')]);

function entities(
  serviceName: string,
  fields: string,
  requires: PlannedSelection[] = [],
  variable = '',
): PlannedFlatten & { node: PlannedFetch } {
  const fetch: PlannedFetch = {
    kind: 'Fetch',
    serviceName,
    operation: `query($representations:[_Any!]!${variable && `${variable}:String`}){_entities(representations:$representations){...on Item{${fields}}}}`,
    requires: [{ kind: 'InlineFragment', typeCondition: 'Item', selections: [field('__typename'), field('id'), ...requires] }],
    ...(variable && { variableUsages: [variable.slice(1)] }),
  };
  return { kind: 'Flatten', path: ['items', '@'], node: fetch };
}
const sequence = (...nodes: PlannedNode[]): PlannedNode => ({ kind: 'Sequence', nodes });

describe('a plan', () => {
  it('of which every input is there in time stays as it is', () => {
    const plan = sequence(
      ROOT,
      entities('prices', 'price{amount}'),
      entities('stock', 'cost label', [PRICE]),
      entities('prices', 'postage', [field('cost')]),
    );

    expect(withInputsInTime(plan)).toBe(plan);
  });

  it('that asks for a field before its input asks for it afterwards, and for the rest as before', () => {
    const cost = entities('stock', 'cost');
    const plan = sequence(
      ROOT,
      entities('stock', 'cost label(in:$language)', [PRICE], '$language'),
      entities('prices', 'postage price{amount}', [field('cost')]),
    );

    expect(withInputsInTime(plan)).toEqual(
      sequence(
        sequence(
          ROOT,
          { ...cost, node: { ...cost.node, variableUsages: [] } },
          entities('prices', 'postage price{amount}', [field('cost')]),
        ),
        entities('stock', 'label(in:$language)', [PRICE], '$language'),
      ),
    );
  });

  it('that asks for a field while its input is being fetched asks for it afterwards', () => {
    const label = entities('stock', '__typename label', [PRICE]); // only this may tell the type
    const price = entities('prices', 'price{amount}');

    expect(withInputsInTime(sequence(ROOT, { kind: 'Parallel', nodes: [label, price] }))).toEqual(
      sequence(sequence(ROOT, { kind: 'Parallel', nodes: [{ ...label, node: sequence() }, price] }), label),
    );
  });

  it('moves what needs a moved field behind it, under the same condition', () => {
    const label = entities('stock', 'label', [PRICE]);
    const conditional: PlannedNode = { kind: 'Condition', condition: 'labelled', ifClause: label };
    const plan = sequence(ROOT, conditional, entities('prices', 'price{amount}'));

    expect(withInputsInTime(plan)).toEqual(
      sequence(
        sequence(
          ROOT,
          { ...conditional, ifClause: { ...label, node: sequence() }, elseClause: undefined },
          entities('prices', 'price{amount}'),
        ),
        conditional,
      ),
    );
  });

  it('whose fetches need each other whichever comes first is left alone', () => {
    const plan = sequence(ROOT, entities('stock', 'cost', [PRICE]), entities('prices', 'price{amount}', [field('cost')]));

    expect(withInputsInTime(plan)).toBe(plan);
  });
});
