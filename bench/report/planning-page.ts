import type { PlanningResults } from '../planning.ts';
import { STAGES } from '../planning/time-stages.ts';
import { toMarkdown } from './tables.ts';

/** bench/PLANNING.md */
export function planningPage(
  results: PlanningResults,
  { command, machine, date }: { command: string; machine: string; date: string },
): string {
  const { composition, start } = results;
  return `# The cold path

Written by \`${command}\`; ${machine}; Node ${process.version}; ${date}. How to read it: [docs/performance.md](../docs/performance.md).

## Operations that were never seen

${toMarkdown(stagesTable(results))}
## The rest

- composition of our own graph (users and payments): ${ms(composition.firstMs)} the first time in a process, ${ms(composition.fifthMs)} the fifth
${start ? `- a gateway over ${start.subgraphs} subgraphs: composed in ${ms(start.composedMs)}; ready ${ms(start.readyMs)} after its process was started, with ${start.residentMb.toFixed(0)} MB\n` : ''}
## Memory of kept plans

${toMarkdown(keptTable(results))}`;
}

/** Processor time of each planner's operations. */
export function stagesTable({ stages }: PlanningResults): string[][] {
  return [
    ['planner', 'operations', 'p50 ms', 'p99 ms', 'total ms', ...STAGES],
    ...stages.map(({ planner, operations, p50Ms, p99Ms, totalMs, shares }) => [
      planner,
      String(operations),
      p50Ms.toFixed(2),
      p99Ms.toFixed(2),
      totalMs.toFixed(0),
      ...STAGES.map((stage) => `${(shares[stage] * 100).toFixed(0)} %`),
    ]),
  ];
}

export function keptTable({ kept }: PlanningResults): string[][] {
  return [['distinct operations', 'heap MB'], ...kept.map(({ operations, heapMb }) => [String(operations), heapMb.toFixed(0)])];
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
