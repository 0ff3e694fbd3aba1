import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ALL_WORKLOADS, measureGateways, WORKLOADS } from '../../bench/gateway.ts';
import { installPeers } from '../../bench/measure/install-peers.ts';
import { allPeers } from '../../bench/measure/peers.ts';
import { hasProcessFigures } from '../../bench/measure/process-figures.ts';
import { projectFolder } from '../../bench/measure/project-folder.ts';
import { chart } from '../../bench/report/chart.ts';
import { resultsPage } from '../../bench/report/results-page.ts';
import { barsTable, toText, workloadTable } from '../../bench/report/tables.ts';
import { readCommandLine, refuse } from '../read-command-line.ts';

const names = allPeers().map(({ name }) => name);
const usual = allPeers().flatMap(({ name, onlyWhenNamed }) => (onlyWhenNamed ? [] : [name]));
const HELP = `npm run bench -- gateway [options]

Our gateway beside others, each as a process of its own over the same subgraphs: answers are compared first, then all are measured in turns.
The packages of the others are installed on the first run, into bench/peers/node_modules.

  --workloads a,b     of ${ALL_WORKLOADS.join(', ')}; default all but alike
  --peers a,b         of ${names.join(', ')}; default all but those that share
  --without-missing   go on without gateways whose packages are missing and cannot be installed
  --rounds N          default 7
  --seconds N         of one round; default 3
  --warm-up N         seconds before the first round; default 3
  --requests N        most requests of one round; default no limit
  --connections N     default 50
  --subscribers N     of the workload fan-out; default 1000
  --json FILE         every round, as JSON
  --profile FOLDER    writes a processor profile of our own gateway per workload there
  --write             writes bench/RESULTS.md and docs/bench.svg

While you change code: npm run bench -- gateway --peers ours,ceiling --workloads small --rounds 5
`;

const { values } = readCommandLine(HELP, {
  positionals: 1,
  options: {
    workloads: { type: 'string', default: WORKLOADS.join(',') },
    peers: { type: 'string', default: usual.join(',') },
    'without-missing': { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
    'warm-up': { type: 'string', default: '3' },
    requests: { type: 'string' },
    connections: { type: 'string', default: '50' },
    subscribers: { type: 'string', default: '1000' },
    json: { type: 'string' },
    profile: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

if (!hasProcessFigures) refuse('this benchmark reads the processor time of processes from /proc, which only Linux has');
const workloads = chosen(values.workloads, ALL_WORKLOADS, 'workload');
const wanted = chosen(values.peers, names, 'gateway');
const say = (line: string): void => void process.stderr.write(`${line}\n`);

if (missing().length > 0 && !(await installPeers(say)) && !values['without-missing']) {
  say(`the packages of ${missing().join(', ')} could not be installed; go on without them: --without-missing`);
  process.exit(1);
}
if (missing().length > 0) say(`going on without ${missing().join(', ')}: their packages are missing`);

const results = await measureGateways({
  peers: allPeers().filter(({ name, installed }) => wanted.includes(name) && installed),
  workloads,
  rounds: positive('rounds', values.rounds),
  seconds: positive('seconds', values.seconds),
  warmUpSeconds: positive('warm-up', values['warm-up']),
  requests: values.requests === undefined ? undefined : positive('requests', values.requests),
  connections: positive('connections', values.connections),
  subscribers: positive('subscribers', values.subscribers),
  profiles: values.profile === undefined ? undefined : resolve(values.profile),
  command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
  say,
});

for (const workload of results.workloads) {
  process.stdout.write(
    `\n${workload.workload}: ${workload.description}, ${workload.answerBytes} bytes\n${toText(workloadTable(workload, results.failedProbes))}`,
  );
  for (const { peer, wrong } of workload.peers) if (wrong !== undefined) process.stdout.write(`${peer} answers wrong: ${wrong}\n`);
}
process.stdout.write(`\n${toText(barsTable(results))}`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
if (values.write) {
  mkdirSync(join(projectFolder, 'docs'), { recursive: true });
  writeFileSync(join(projectFolder, 'bench', 'RESULTS.md'), resultsPage(results));
  writeFileSync(join(projectFolder, 'docs', 'bench.svg'), chart(results));
  say('wrote bench/RESULTS.md and docs/bench.svg');
}
const oursIsWrong = results.workloads.some(({ peers }) =>
  peers.some(({ peer, wrong }) => (peer === 'ours' || peer === 'ceiling') && wrong !== undefined),
);
if (oursIsWrong) process.exitCode = 1;

function missing(): string[] {
  return allPeers()
    .filter(({ name, installed }) => wanted.includes(name) && !installed)
    .map(({ name }) => name);
}

function chosen(text: string, known: readonly string[], what: string): string[] {
  const words = text.split(',').filter((word) => word !== '');
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined || words.length === 0) refuse(`there is no ${what} ${unknown ?? text}; there are: ${known.join(', ')}`);
  return words;
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) refuse(`--${option} must be a number above 0, got ${text}`);
  return value;
}
