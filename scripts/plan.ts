import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { PlannerName } from '../gateway/planning/planner.ts';
import type { CurrentSupergraph as Current } from '../gateway/supergraph/current-supergraph.ts';
import { ConfigError, toMessage } from '../platform/foundation/errors.ts';
import { silentLogger } from '../platform/foundation/logger.ts';
import { readCommandLine, refuse } from './read-command-line.ts';

const HELP = `npm run plan -- 'QUERY' | FILE.graphql [--operation NAME] [--supergraph FILE] [--planner apollo|hive]

Prints which subgraph would be asked what, and in which order, to answer an operation. Nothing is asked, so nothing needs to run.
A line with for says where in the answer its entities are, and with by which of their fields say which they are.

  --operation NAME    which one, when there are several
  --supergraph FILE   a supergraph.yaml or a composed supergraph (.graphql)   SUPERGRAPH, else supergraph.yaml
  --planner NAME      apollo or hive (Hive Router's)                            GATEWAY_PLANNER, else apollo

A running gateway says the same of a request with the header Apollo-Query-Plan-Experimental: 1, in extensions.__queryPlanExperimental.
Exit codes: 0 planned, 1 the operation is wrong, 2 there is no operation or no supergraph.
`;

const { values, positionals } = readCommandLine(HELP, {
  positionals: 1,
  options: { operation: { type: 'string' }, supergraph: { type: 'string' }, planner: { type: 'string' } },
});
const given = positionals[0];
if (given === undefined || given.trim() === '') refuse('expected an operation, or a file with one');
const { createEngine } = await import('../gateway/create-engine.ts'); // a second, which --help need not wait for
const { PLANNERS } = await import('../gateway/planning/planner.ts');
const { CurrentSupergraph } = await import('../gateway/supergraph/current-supergraph.ts');
const { loadSupergraphSdl } = await import('../gateway/supergraph/load-supergraph.ts');
const { createSupergraph } = await import('../gateway/supergraph/supergraph.ts');
if (existsSync('.env')) process.loadEnvFile('.env');

try {
  const isFile = given.endsWith('.graphql') || given.endsWith('.gql');
  const query = isFile ? await readFile(given, 'utf8').catch(unreadable) : given;
  process.exitCode = print(await load(values.supergraph ?? (process.env.SUPERGRAPH || 'supergraph.yaml')), query, values.operation);
} catch (error) {
  const problems = error instanceof ConfigError ? error.problems : [error instanceof Error ? (error.stack ?? '') : String(error)];
  process.stderr.write(problems.map((problem) => `cannot plan: ${problem}\n`).join(''));
  process.exitCode = 2;
}

async function load(file: string): Promise<Current> {
  const sdl = await loadSupergraphSdl({ file, env: process.env, logger: silentLogger, signal: new AbortController().signal });
  return new CurrentSupergraph(
    createSupergraph(sdl, { from: file, planner: readPlanner(values.planner ?? (process.env.GATEWAY_PLANNER || 'apollo')) }),
  );
}

/** @returns the exit code */
function print(supergraph: Current, query: string, operationName: string | undefined): number {
  const clientOf = (): never => {
    throw new Error('a plan is made without asking any subgraph');
  };
  const engine = createEngine({ supergraph, clientOf, logger: silentLogger, sharePlans: false });
  const prepared = engine.prepare({ query, operationName });
  if ('operation' in prepared) {
    process.stdout.write(`${engine.explain(prepared.operation)}\n`);
    return 0;
  }
  for (const { message, locations = [], extensions } of prepared.refusal.errors) {
    const place = locations.map(({ line, column }) => `${line}:${column} `).join('');
    process.stderr.write(`${place}${String(extensions?.code)}: ${message.replace(/\s+/g, ' ')}\n`);
  }
  return 1;
}

/** @throws ConfigError CONFIG_INVALID */
function readPlanner(name: string): PlannerName {
  const planner = PLANNERS.find((known) => known === name);
  if (!planner) throw new ConfigError([`expected the planner ${PLANNERS.join(' or ')}, got ${name}`]);
  return planner;
}

function unreadable(cause: unknown): never {
  throw new ConfigError([toMessage(cause)], { cause });
}
