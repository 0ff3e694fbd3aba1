import { writeFile } from 'node:fs/promises';
import { PLANNERS } from '../gateway/planning/planner.ts';
import {
  openDifferential,
  TRIALS,
  type Differential,
  type OperationKind,
  type Outcome,
} from '../tests/support/differential/differential.ts';
import { describeFailure } from '../tests/support/differential/describe-failure.ts';
import { shrinkOperation } from '../tests/support/differential/shrink-operation.ts';
import type { RandomOperation } from '../tests/support/random-operation.ts';
import { readCommandLine, refuse } from './read-command-line.ts';

const OPERATIONS = 25; // drawn for each graph: composing one costs as much as planning many
const KINDS: readonly OperationKind[] = ['whole', 'in parts', 'events'];
const PROGRESS_MS = 10_000;

const HELP = `npm run fuzz -- [--seed N] [--minutes M] [--graphs N] [--kind K] [--planner apollo|hive] [--apollo]

Draws supergraphs, data and operations, and compares the gateway's answers with those of one schema over the same data, by graphql-js; each
operation as it is, with fields that fail in the same way in both, with an input that fails, and with requests that fail. Says what differs, made as small as it gets.

  --seed N       of the first graph; the next ones follow it   default 1
  --minutes M    how long                                      default 1
  --graphs N     stop after so many, also when time is left
  --operation N  only this operation of the first graph, as a failure names it
  --kind K       whole, 'in parts' (@defer) or events (subscriptions); nothing fails in the last two  default whole
  --planner P    apollo or hive                                default apollo
  --freeze TITLE writes that operation down as a case of tests/integration/gateway-regressions.test.ts, which needs no generator
  --apollo       count also how often ApolloGateway is wrong

Exit codes: 0 no difference, 1 differences, 2 a wrong command line.
`;

const { values } = readCommandLine(HELP, {
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '1' },
    graphs: { type: 'string' },
    operation: { type: 'string' },
    kind: { type: 'string', default: 'whole' },
    planner: { type: 'string', default: 'apollo' },
    apollo: { type: 'boolean', default: false },
    freeze: { type: 'string' },
  },
});
const firstSeed = toNumber('seed', values.seed);
const minutes = toNumber('minutes', values.minutes);
const only = values.operation === undefined ? undefined : toNumber('operation', values.operation);
const planner = PLANNERS.find((name) => name === values.planner) ?? refuse(`--planner is apollo or hive, not '${values.planner}'`);
const kind = KINDS.find((name) => name === values.kind) ?? refuse(`--kind is whole, 'in parts' or events, not '${values.kind}'`);
const graphs = only === undefined ? (values.graphs === undefined ? Infinity : toNumber('graphs', values.graphs)) : 1;

if (values.freeze !== undefined && only === undefined) refuse('--freeze writes down one operation: name it with --operation');

const startedAt = Date.now();
const count = { graphs: 0, refused: 0, invalid: 0, cases: 0, different: 0, apolloWrong: 0, unplanned: 0, operations: 0, delegated: 0 };
let toldAt = startedAt;

for (let seed = firstSeed; seed < firstSeed + graphs && (only !== undefined || Date.now() - startedAt < minutes * 60_000); seed += 1) {
  const differential = openDifferential(seed);
  if (differential) await runGraph(differential);
  else count.refused += 1;
}
tell();
process.exitCode = count.different > 0 ? 1 : 0;

async function runGraph(differential: Differential): Promise<void> {
  count.graphs += 1;
  const seeds = only === undefined ? Array.from({ length: OPERATIONS }, (_, index) => index + 1) : [only];
  for (const operationSeed of seeds) {
    if (only === undefined && Date.now() - startedAt >= minutes * 60_000) break;
    if (Date.now() - toldAt > PROGRESS_MS) tell();
    const operation = differential.draw(operationSeed, kind);
    if (!operation) {
      count.invalid += 1;
      continue;
    }
    if (values.freeze !== undefined) await freeze(differential, operation, values.freeze);
    count.operations += 1;
    if (values.apollo && (await differential.runApollo(operation)) !== undefined) count.apolloWrong += 1;
    for (const trial of kind === 'whole' ? TRIALS : (['nothing'] as const)) {
      const run = (asked: RandomOperation): Promise<Outcome | undefined> =>
        kind === 'whole' ? differential.run(asked, { trial, seed: operationSeed, planner }) : differential.runOtherwise(asked, planner);
      const outcome = await run(operation);
      if (trial === 'nothing' && !outcome) count.unplanned += 1;
      if (trial === 'nothing' || outcome) count.cases += 1;
      if (outcome?.isDelegated) count.delegated += 1;
      if (outcome?.problem === undefined) continue;
      count.different += 1;
      const small = await shrinkOperation(operation, differential.schema, async (smaller) => isSameKind(await run(smaller), outcome));
      process.stdout.write(
        `${describeFailure(differential, { operationSeed, kind, trial, planner }, small, (await run(small)) ?? outcome)}\n`,
      );
    }
  }
  await differential.stop();
}

async function freeze(differential: Differential, operation: RandomOperation, title: string): Promise<void> {
  const { documents, facts } = await differential.freeze(title, operation, planner);
  const name = title
    .toLowerCase()
    .replaceAll("'", '')
    .replaceAll(/[^a-z0-9]+/g, '-');
  for (const [ending, text] of Object.entries({ graphql: documents, json: facts })) {
    const file = `tests/support/fixtures/regressions/${name}.${ending}`;
    await writeFile(file, text);
    process.stdout.write(`wrote ${file}: npm run format\n`);
  }
}

/** Not a case that is wrong in another way, which may be known already. */
function isSameKind(one: Outcome | undefined, { problem: other }: Outcome): boolean {
  return one?.problem?.split(' ', 2).join() === other?.split(' ', 2).join();
}

function tell(): void {
  toldAt = Date.now();
  const seconds = Math.round((toldAt - startedAt) / 1000);
  const apollo = values.apollo ? `, ApolloGateway wrong in ${count.apolloWrong} of ${count.operations}` : '';
  const delegated = planner === 'hive' ? `, ${count.delegated} left to Apollo's planner` : '';
  process.stdout.write(
    `${seconds} s: ${count.graphs} graphs (${count.refused} refused by composition), ${count.cases} cases of ${count.operations} operations (${count.invalid} more not valid, ${count.unplanned} that the planner gives up on), ${count.different} different${apollo}${delegated}\n`,
  );
}

function toNumber(option: string, text: string): number {
  const number = Number(text);
  return text.trim() !== '' && number >= 0 ? number : refuse(`--${option} takes a number, not '${text}'`);
}
