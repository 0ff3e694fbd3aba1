import { parse, validate } from 'graphql';
import { describe, expect, it } from '@jest/globals';
import { createSeededRandom } from '../../../../gateway/testing/seeded-random.ts';
import { callContext, createFederatedGraph, createMonolith, type Fixture } from '../../../support/federated-graph.ts';
import { findDifferenceInParts } from '../../../support/differential/compare-parts.ts';
import { media } from '../../../support/fixtures/media.ts';
import { office } from '../../../support/fixtures/office.ts';
import { shop } from '../../../support/fixtures/shop.ts';
import { mergeParts } from '../../../support/merge-parts.ts';
import { randomOperation } from '../../../support/random-operation.ts';
import { sprinkleDefer } from '../../../support/sprinkle-defer.ts';

const OPERATIONS = 60; // for each fixture; about two of three are valid
/** Fields whose errors federation cannot tell as one schema would: an input that fails is reported although nobody selected it. */
const leftOut = new Set(['User.email', 'User.greeting', 'Query.brokenStrict']);

describe.each([shop, media, office].map((fixture: Fixture) => ({ name: fixture.name, fixture })))(
  'operations drawn at random with @defer over $name',
  ({ fixture }) => {
    it('come in parts that together are what one schema answers without @defer', async () => {
      const graph = createFederatedGraph(fixture.subgraphs);
      const monolith = createMonolith(graph.supergraph, fixture.rootValue);
      let parts = 0;
      for (let seed = 1; seed <= OPERATIONS; seed += 1) {
        const { next } = createSeededRandom(seed);
        const operation = sprinkleDefer(randomOperation(graph.supergraph.schema, next, leftOut), next);
        if (validate(graph.supergraph.schema, parse(operation.query)).length > 0) continue;
        const prepared = graph.engine.prepare(operation);
        if ('refusal' in prepared) throw new Error(`${seed}: ${JSON.stringify(prepared.refusal)} ${operation.query}`);
        const expected = await monolith(operation);
        try {
          const merged = await mergeParts(await graph.engine.executeIncrementally(prepared.operation, operation.variables, callContext()));
          parts += merged.updates.reduce((sum, { delivered }) => sum + delivered.length, 0);
          expect(findDifferenceInParts(merged, expected)).toBeUndefined();
        } catch (error) {
          throw new Error(`seed ${seed}: ${operation.query}\n${JSON.stringify(operation.variables)}`, { cause: error });
        }
      }
      expect(parts).toBeGreaterThan(50);
    });
  },
);
