import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { measurePlanning } from '../../bench/planning.ts';
import { projectFolder } from '../../bench/measure/project-folder.ts';
import { keptTable, planningPage, stagesTable } from '../../bench/report/planning-page.ts';
import { toText } from '../../bench/report/tables.ts';
import { PLANNERS } from '../../gateway/planning/planner.ts';
import { readCommandLine, refuse } from '../read-command-line.ts';

const HELP = `npm run bench -- planning [options]

The cold path: planning of operations that were never seen with each planner, composition of our own graph, the start of a gateway over a
generated supergraph, and memory while more and more distinct operations come. About a minute.

  --operations N    for each planner; default 200
  --subgraphs N     of the generated supergraph; default 60
  --distinct N      distinct operations for the memory; default 10000
  --planner P       only ${PLANNERS.join(' or ')}
  --write           writes bench/PLANNING.md
`;

const { values } = readCommandLine(HELP, {
  positionals: 1,
  options: {
    operations: { type: 'string', default: '200' },
    subgraphs: { type: 'string', default: '60' },
    distinct: { type: 'string', default: '10000' },
    planner: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const planners = PLANNERS.filter((name) => values.planner === undefined || name === values.planner);
if (planners.length === 0) refuse(`--planner is ${PLANNERS.join(' or ')}, not '${values.planner}'`);
const distinct = atLeastTen('distinct', values.distinct);

const results = await measurePlanning({
  planners,
  operations: atLeastTen('operations', values.operations),
  subgraphs: atLeastTen('subgraphs', values.subgraphs),
  kept: [distinct / 10, distinct / 2, distinct].map(Math.round),
  start: true,
  say: (line) => void process.stderr.write(`${line}\n`),
});

const { composition, start } = results;
process.stdout.write(`\n${toText(stagesTable(results))}\n`);
process.stdout.write(
  `composition of our own graph: ${composition.firstMs.toFixed(0)} ms, the fifth time ${composition.fifthMs.toFixed(0)} ms\n`,
);
if (start)
  process.stdout.write(
    `${start.subgraphs} subgraphs: composed in ${start.composedMs.toFixed(0)} ms, ready after ${start.readyMs.toFixed(0)} ms, ${start.residentMb.toFixed(0)} MB\n`,
  );
process.stdout.write(`\n${toText(keptTable(results))}`);
if (values.write) {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`;
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  writeFileSync(join(projectFolder, 'bench', 'PLANNING.md'), planningPage(results, { command, machine, date: new Date().toISOString() }));
}

function atLeastTen(option: string, text: string): number {
  const value = Number(text);
  return Number.isInteger(value) && value >= 10 ? value : refuse(`--${option} must be a whole number from 10, got ${text}`);
}
