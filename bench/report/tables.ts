import type { BenchResults, WorkloadResult } from '../measure/results.ts';
import { judge, ratioOf } from './bars.ts';

export type Row = readonly string[];

/** The figures of one workload, in the order in which the gateways were named. */
export function workloadTable(result: WorkloadResult, failedProbes: BenchResults['failedProbes']): Row[] {
  const ours = result.peers.find(({ peer }) => peer === 'ours');
  const perUnit = result.unit === 'request' ? ['CPU ms per request', 'requests/s'] : ['CPU µs per delivery', 'deliveries/s'];
  const scale = result.unit === 'request' ? 1 : 1_000;
  return [
    ['gateway', perUnit[0] ?? '', 'times ours', perUnit[1] ?? '', 'p50 ms', 'p99 ms', 'MB at the end', 'subgraph requests', 'answers'],
    ...result.peers.map((each) => [
      each.peer,
      (each.median.cpuMs * scale).toFixed(3),
      ours ? ratioOf(each, ours).toFixed(2) : '',
      each.median.perSecond.toFixed(0),
      each.median.p50.toFixed(1),
      each.median.p99.toFixed(1),
      each.residentMb.toFixed(0),
      each.subgraphRequests.toFixed(2),
      each.wrong === undefined ? (failedProbes[each.peer]?.length ? 'right here' : 'right') : 'WRONG',
    ]),
    ...Object.keys(result.absent).map((peer) => [peer, '', '', '', '', '', '', '', 'not measured']),
  ];
}

export function barsTable(results: BenchResults): Row[] {
  return [
    ['workload', 'bar', 'wanted', 'measured', ''],
    ...judge(results).map(({ workload, what, wanted, measured, met }) => [workload, what, wanted, measured, met ? 'met' : 'missed']),
  ];
}

/** For a terminal. */
export function toText(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, column) => (isFigure(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  '),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

export function toMarkdown([head = [], ...rows]: readonly Row[]): string {
  const line = (row: Row): string => `| ${row.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

function isFigure(cell: string): boolean {
  return /^[\d.]+$/.test(cell);
}
