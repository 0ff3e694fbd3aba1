import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExecutionResult } from 'graphql';
import type { GatewayResult } from '../../gateway/engine.ts';
import { createApolloPeer, createFederatedGraph, createMonolith, type FederatedGraph, type Fixture } from '../support/federated-graph.ts';
import { media } from '../support/fixtures/media.ts';
import { office } from '../support/fixtures/office.ts';
import { mediaCases, officeCases, shopCases, type Case } from '../support/fixtures/operations.ts';
import { shop } from '../support/fixtures/shop.ts';

const suites: readonly (readonly [Fixture, readonly Case[]])[] = [
  [shop, shopCases],
  [media, mediaCases],
  [office, officeCases],
];

describe.each(suites.map(([fixture, cases]) => ({ name: fixture.name, fixture, cases })))(
  "over the subgraphs of $name, with Hive Router's planner, a client gets",
  ({ fixture, cases }) => {
    it.each(cases)('what one schema would answer: $title', async ({ query, variables, operationName }) => {
      const graph = createFederatedGraph(fixture.subgraphs, { planner: 'hive' });
      const answer = await graph.run({ query, variables, operationName });
      const expected = await createMonolith(graph.supergraph, fixture.rootValue)({ query, variables, operationName });

      expect(JSON.stringify(answer.data)).toEqual(JSON.stringify(expected.data));
      expect(placesOf(answer)).toEqual(placesOf(expected));
    });
  },
);

describe.each(suites.map(([fixture, cases]) => ({ name: fixture.name, fixture, cases })))(
  'over the subgraphs of $name, a client gets',
  ({ fixture, cases }) => {
    let graph: FederatedGraph;
    let monolith: ReturnType<typeof createMonolith>;
    let apollo: Awaited<ReturnType<typeof createApolloPeer>>;

    beforeAll(async () => {
      graph = createFederatedGraph(fixture.subgraphs);
      monolith = createMonolith(graph.supergraph, fixture.rootValue);
      apollo = await createApolloPeer(graph);
    });
    afterAll(() => apollo.stop());

    it.each(cases)('what one schema would answer: $title', async ({ query, variables, operationName }) => {
      const answer = await graph.run({ query, variables, operationName });
      const expected = await monolith({ query, variables, operationName });

      expect(JSON.stringify(answer.data)).toEqual(JSON.stringify(expected.data)); // as text: the order of the fields counts
      expect(placesOf(answer)).toEqual(placesOf(expected));
    });

    it.each(cases.filter(({ apollo: isRight }) => isRight !== false))(
      'what ApolloGateway would answer: $title',
      async ({ query, variables, operationName }) => {
        const answer = await graph.run({ query, variables, operationName });
        const expected = await apollo.run({ query, variables, operationName });

        expect(answer.data).toEqual(expected.data);
      },
    );
  },
);

/** Messages and paths of errors, in no order: which subgraph answers first is not the client's business. */
function placesOf({ errors }: GatewayResult | ExecutionResult): string[] {
  return (errors ?? []).map(({ message, path }) => JSON.stringify({ message, path })).sort();
}
