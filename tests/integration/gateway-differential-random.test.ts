import { parse, validate } from 'graphql';
import { describe, expect, it } from '@jest/globals';
import { PLANNERS, type PlannerName } from '../../gateway/planning/planner.ts';
import { findDifference } from '../support/differential/compare-answers.ts';
import { excuseRequests, findComputed, readComputedFields } from '../support/differential/excuses.ts';
import { findFalsehood } from '../support/differential/judge-failures.ts';
import { LossyWire } from '../support/differential/lossy-wire.ts';
import { isPossibleIn, withoutNonNull } from '../support/differential/possible-errors.ts';
import { callContext, createFederatedGraph, createMonolith, type Fixture } from '../support/federated-graph.ts';
import { media } from '../support/fixtures/media.ts';
import { office } from '../support/fixtures/office.ts';
import { shop } from '../support/fixtures/shop.ts';
import { randomOperation, type RandomOperation } from '../support/random-operation.ts';
import { createSeededRandom } from '../../gateway/testing/seeded-random.ts';

const OPERATIONS = 60; // drawn for each fixture; about two of three are valid
/** Fields whose errors federation cannot tell as one schema would: an input that fails is reported although nobody selected it. */
const leftOut = new Set(['User.email', 'User.greeting', 'Query.brokenStrict']);
const fixtures: readonly { name: string; fixture: Fixture; planner: PlannerName }[] = PLANNERS.flatMap((planner) =>
  [shop, media, office].map((fixture) => ({ name: fixture.name, fixture, planner })),
);

function* draw(graph: ReturnType<typeof createFederatedGraph>, from: number): Generator<{ operation: RandomOperation; seed: number }> {
  for (let seed = from; seed < from + OPERATIONS; seed += 1) {
    const operation = randomOperation(graph.supergraph.schema, createSeededRandom(seed).next, leftOut);
    if (validate(graph.supergraph.schema, parse(operation.query)).length === 0) yield { operation, seed };
  }
}

const PATIENCE_MS = 120_000; // planning is most of it, and other tests run beside it

describe.each(fixtures)('operations drawn at random over $name, with the planner $planner,', ({ fixture, planner }) => {
  const graph = createFederatedGraph(fixture.subgraphs, { planner });
  const { schema } = graph.supergraph;
  const monolith = createMonolith({ schema }, fixture.rootValue);
  const withAllErrors = createMonolith({ schema: withoutNonNull(schema) }, fixture.rootValue);

  it(
    'are answered as one schema would answer them, errors included',
    async () => {
      for (const { operation, seed } of draw(graph, 1)) {
        const [answer, expected] = [await graph.run(operation), await monolith(operation)];
        const difference = findDifference(answer, expected, isPossibleIn(await withAllErrors(operation)));

        expect({ seed, operation, difference }).toEqual({ seed, operation, difference: undefined });
      }
    },
    PATIENCE_MS,
  );

  it(
    'get nothing wrong when subgraphs fail: what is not null is right, and each null is told',
    async () => {
      const wire = new LossyWire(fixture.subgraphs);
      const { engine } = createFederatedGraph(fixture.subgraphs, { replace: wire.clients, planner });
      const computed = readComputedFields(fixture.subgraphs);

      for (const { operation, seed } of draw(graph, 10_000)) {
        const prepared = engine.prepare(operation);
        if ('refusal' in prepared) throw new Error(JSON.stringify(prepared.refusal));
        wire.loseFrom(seed);
        const answer = await engine.execute(prepared.operation, operation.variables, callContext());
        const falsehood = findFalsehood(answer, await monolith(operation), {
          ...excuseRequests(wire.lost(prepared.operation), findComputed(computed, operation)),
          possible: isPossibleIn(await withAllErrors(operation)),
        });

        expect({ seed, operation, falsehood }).toEqual({ seed, operation, falsehood: undefined });
      }
    },
    PATIENCE_MS,
  );
});
