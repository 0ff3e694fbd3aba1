import { expect, it } from '@jest/globals';
import { createFederatedGraph } from '../../../support/federated-graph.ts';
import { shop } from '../../../support/fixtures/shop.ts';

const { engine, supergraph } = createFederatedGraph(shop.subgraphs);
const firstMessage = (query: string): string | undefined => {
  const prepared = engine.prepare({ query });
  return 'refusal' in prepared ? prepared.refusal.errors[0]?.message : undefined;
};

it('a long document gets no suggestions: to compare a name of a megabyte with all others takes seconds', () => {
  const [field = ''] = Object.keys(supergraph.schema.getQueryType()?.getFields() ?? {});

  expect(firstMessage(`{ ${field}x }`)).toMatch(/Did you mean/);
  expect(firstMessage(`{ ${field}x } # ${'long'.repeat(2_500)}`)).toBe(`Cannot query field "${field}x" on type "Query".`);
});

it('an operation may have a thousand aliases, those in its fragments counted each time', () => {
  const aliases = (count: number): string => Array.from({ length: count }, (_, index) => `a${index}: __typename`).join(' ');
  const refusal = 'The operation has 1001 aliases when its fragments are written out; at most 1000 are allowed.';

  expect(firstMessage(`{ ${aliases(1_000)} }`)).toBeUndefined();
  expect(firstMessage(`{ ${aliases(1_001)} }`)).toBe(refusal);
  expect(firstMessage(`{ last: __typename ...F ...F } fragment F on Query { ${aliases(500)} }`)).toBe(refusal);
});

it('a subscription whose field depends on a variable is refused, saying what to do', () => {
  const sdl =
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9") type Query { last: Int } type Subscription { ticks: Int }';
  const ticking = createFederatedGraph([{ name: 'clock', sdl, resolvers: {} }]);

  for (const query of [
    'subscription Q($quiet: Boolean!) { ticks @skip(if: $quiet) }',
    'subscription Q($loud: Boolean!) { ... @include(if: $loud) { ticks } }',
  ])
    expect(ticking.engine.prepare({ query, variables: { quiet: false, loud: true } })).toMatchObject({
      refusal: {
        stage: 'validate',
        errors: [
          {
            message: 'The field of a subscription cannot depend on a variable: take away its @skip and @include.',
            extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
          },
        ],
      },
    });
});
