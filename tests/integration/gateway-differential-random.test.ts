import { parse, validate } from 'graphql';
import { describe, expect, it } from '@jest/globals';
import { PLANNERS, type PlannerName } from '../../gateway/planning/planner.ts';
import { nullsByError } from '../support/differential/compare-answers.ts';
import { unreliableClient } from '../support/differential/unreliable-client.ts';
import { createInProcessClient } from '../support/fake-subgraph.ts';
import { createFederatedGraph, createMonolith, type Fixture } from '../support/federated-graph.ts';
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
  it(
    'are answered as one schema would answer them, errors included',
    async () => {
      const graph = createFederatedGraph(fixture.subgraphs, { planner });
      const monolith = createMonolith(graph.supergraph, fixture.rootValue);

      for (const { operation, seed } of draw(graph, 1)) {
        const [answer, expected] = [await graph.run(operation), await monolith(operation)];
        expect({ seed, operation, data: JSON.stringify(answer.data), nulls: nullsByError(answer) }).toEqual({
          seed,
          operation,
          data: JSON.stringify(expected.data),
          nulls: nullsByError(expected),
        });
      }
    },
    PATIENCE_MS,
  );

  it(
    'get nothing wrong when subgraphs fail: what is not null is right, and each null has an error',
    async () => {
      const whole = createFederatedGraph(fixture.subgraphs, { planner });
      const monolith = createMonolith(whole.supergraph, fixture.rootValue);

      for (const { operation, seed } of draw(whole, 10_000)) {
        const { next } = createSeededRandom(seed);
        const replace = Object.fromEntries(
          fixture.subgraphs.map((source) => [source.name, unreliableClient(createInProcessClient(source), next)]),
        );
        const [answer, expected] = [
          await createFederatedGraph(fixture.subgraphs, { replace, planner }).run(operation),
          await monolith(operation),
        ];
        if (expected.data === null) continue;

        const { wrong, nulls } = compare(answer.data, expected.data);
        expect({ seed, operation, wrong }).toEqual({ seed, operation, wrong: [] });
        if (nulls > 0) expect(answer.errors?.length).toBeGreaterThan(0);
        for (const error of answer.errors ?? []) expect(error.extensions).not.toHaveProperty('requestId'); // which a bug of ours would have
      }
    },
    PATIENCE_MS,
  );
});

function compare(answer: unknown, expected: unknown, path: readonly (string | number)[] = []): { wrong: string[]; nulls: number } {
  if (answer === null) return { wrong: [], nulls: expected === null ? 0 : 1 };
  if (typeof answer !== 'object' || answer === undefined)
    return { wrong: answer === expected ? [] : [`${path.join('.')}: ${JSON.stringify(answer)}`], nulls: 0 };
  const keys = Object.keys(answer);
  const expectedKeys = Object.keys((expected as object | null) ?? {});
  if (keys.join() !== expectedKeys.join())
    return { wrong: [`${path.join('.')}: ${keys.join()} in place of ${expectedKeys.join()}`], nulls: 0 };
  const inner = keys.map((key) =>
    compare((answer as Record<string, unknown>)[key], (expected as Record<string, unknown>)[key], [...path, key]),
  );
  return { wrong: inner.flatMap(({ wrong }) => wrong), nulls: inner.reduce((sum, { nulls }) => sum + nulls, 0) };
}
