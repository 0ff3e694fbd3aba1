import { describe, expect, it } from '@jest/globals';
import type { PlannerName } from '../../gateway/planning/planner.ts';
import { describeFailure } from '../support/differential/describe-failure.ts';
import { openDifferential, type Trial } from '../support/differential/differential.ts';

const CASES = 500; // operations, each compared with one schema; what fails comes on top
const PARTS = 5; // tests, so that a failure does not hide all others
const OPERATIONS = 20; // drawn for each graph, of which about two of three are valid: another graph costs as much as planning ten
const OTHERWISE = 2; // operations of each graph that are asked for in parts, and subscriptions
const PATIENCE_MS = 300_000; // planning is most of it, and other tests run beside it

/** What fails of each operation, and of every so many only. */
const ATTEMPTS: readonly { readonly planner: PlannerName; readonly trial: Trial; readonly every: number }[] = [
  { planner: 'apollo', trial: 'nothing', every: 1 },
  { planner: 'apollo', trial: 'fields', every: 1 },
  { planner: 'apollo', trial: 'input', every: 1 },
  { planner: 'apollo', trial: 'requests', every: 1 },
  { planner: 'hive', trial: 'nothing', every: 1 },
  { planner: 'hive', trial: 'fields', every: 3 },
  { planner: 'hive', trial: 'requests', every: 3 },
];

/** A graph that composition refuses is drawn again; the generator is to be mended when that becomes frequent. */
const MOST_REFUSED = 0.4;

/** Apollo's planner gives up on a few operations over @interfaceObject. */
const MOST_UNPLANNED = 0.05;

/** Of the operations that fields fail in, those whose answer has an error then; of all, those with an input that can fail, at least. */
const LEAST_FAILING = 0.3;
const LEAST_WITH_INPUT = 0.1;

/** What Hive's planner plans itself, of all, at least: most operations have something that is left to Apollo's (docs/decisions/two-planners.md). */
const LEAST_BY_HIVE = 0.1;

/** Graphs of the first part whose operations ApolloGateway answers, too: it makes a planner of its own for each. */
const WITH_APOLLO = 4;
const OPERATIONS_OF_APOLLO = 10;
/** What of its answers is right, at least; npm run fuzz -- --apollo counts more of them. */
const LEAST_RIGHT_OF_APOLLO = 0.6;

const count = { operations: 0, graphs: 0, refused: 0, unplanned: 0, failing: 0, withInput: 0, byHive: 0 };

describe('operations drawn at random over supergraphs drawn at random', () => {
  it.each(Array.from({ length: PARTS }, (_, part) => part))(
    'are answered as one schema would answer them, with either planner, also when fields, inputs and requests fail (part %i)',
    async (part) => {
      const failures: string[] = [];
      let cases = 0;
      for (let seed = 1 + part * 1000; cases < CASES / PARTS; seed += 1) {
        const differential = openDifferential(seed);
        count.graphs += 1;
        if (!differential) count.refused += 1;
        for (let operationSeed = 1; differential && operationSeed <= OPERATIONS && cases < CASES / PARTS; operationSeed += 1) {
          for (const kind of operationSeed <= OTHERWISE ? (['in parts', 'events'] as const) : []) {
            const other = differential.draw(operationSeed, kind);
            const outcome = other && (await differential.runOtherwise(other));
            if (other && outcome?.problem !== undefined)
              failures.push(describeFailure(differential, { operationSeed, kind }, other, outcome));
          }
          const operation = differential.draw(operationSeed);
          if (!operation) continue;
          cases += 1;
          for (const { planner, trial, every } of ATTEMPTS) {
            if (cases % every > 0) continue;
            const outcome = await differential.run(operation, { planner, trial, seed: operationSeed });
            if (!outcome) count.unplanned += planner === 'apollo' && trial === 'nothing' ? 1 : 0;
            else if (outcome.problem !== undefined)
              failures.push(describeFailure(differential, { operationSeed, planner, trial }, operation, outcome));
            if (planner === 'apollo' && trial === 'fields' && outcome?.expected.errors) count.failing += 1;
            if (planner === 'apollo' && trial === 'input' && outcome) count.withInput += 1;
            if (planner === 'hive' && trial === 'nothing' && outcome && !outcome.isDelegated) count.byHive += 1;
          }
        }
      }

      expect(failures.join('\n')).toBe('');
      count.operations += cases;
    },
    PATIENCE_MS,
  );

  it('are those that they are meant to be: few that are not planned, many that fail, and some that Hive plans itself', () => {
    process.stdout.write(`${JSON.stringify(count)}\n`);

    expect(count.operations).toBe(CASES);
    expect(count.refused / count.graphs).toBeLessThan(MOST_REFUSED);
    expect(count.unplanned / CASES).toBeLessThan(MOST_UNPLANNED);
    expect(count.failing / CASES).toBeGreaterThan(LEAST_FAILING);
    expect(count.withInput / CASES).toBeGreaterThan(LEAST_WITH_INPUT);
    expect(count.byHive / CASES).toBeGreaterThan(LEAST_BY_HIVE);
  });

  it(
    'are answered by ApolloGateway in the same way, where its answer is right',
    async () => {
      let [right, asked] = [0, 0];
      for (let seed = 1, graphs = 0; graphs < WITH_APOLLO; seed += 1) {
        const differential = openDifferential(seed);
        if (!differential) continue;
        graphs += 1;
        for (let operationSeed = 1; operationSeed <= OPERATIONS_OF_APOLLO; operationSeed += 1) {
          const operation = differential.draw(operationSeed);
          if (!operation) continue;
          asked += 1;
          if ((await differential.runApollo(operation)) !== undefined) continue; // it differs from the one schema, and ours does not
          right += 1;
          expect((await differential.run(operation))?.problem).toBeUndefined();
        }
        await differential.stop();
      }
      process.stdout.write(`ApolloGateway answers ${right} of ${asked} operations as one schema would\n`);

      expect(right / asked).toBeGreaterThan(LEAST_RIGHT_OF_APOLLO);
    },
    PATIENCE_MS,
  );
});
