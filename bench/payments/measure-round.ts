import { cpuMs } from '../measure/process-figures.ts';
import { percentile } from '../measure/results.ts';
import type { BenchServers } from './bench-servers.ts';
import type { EventReader } from './event-reader.ts';
import { pay, type Paid, type PayersOptions } from './payers.ts';
import type { Pipeline } from './pipeline.ts';

/** Milliseconds. */
export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface PipelineRound {
  readonly payments: number;
  /** From the first mutation to the last event. */
  readonly perSecond: number;
  /** Until the last mutation was answered. */
  readonly acceptedPerSecond: number;
  readonly mutation: Latencies;
  readonly mutationToEvent: Latencies;
  /** Milliseconds of processor time per payment, by process; `load` is this process, which pays and reads the events. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

export interface RoundOptions extends Omit<PayersOptions, 'port' | 'userIds'> {
  readonly pipeline: Pipeline;
  readonly servers: BenchServers;
  readonly reader: EventReader;
}

/** Pays for some seconds and waits until every payment has its event. @throws Error when one stays away */
export async function measureRound({ pipeline, servers, reader, ...load }: RoundOptions): Promise<PipelineRound> {
  reader.forget();
  const readCpu = startCpuMeter({ ...pipeline.pids, ...servers.pids, load: process.pid });
  const paid = await pay({ port: pipeline.port, userIds: pipeline.userIds, ...load });
  await reader.until(paid.map(({ paymentId }) => paymentId));
  const cpu = Object.entries(readCpu()).map(([name, ms]) => [name, ms / paid.length] as const);
  const arrivedAt = ({ paymentId }: Paid): number => reader.arrivals.get(paymentId) ?? Number.NaN;
  const firstAt = paid.reduce((first, { dueAt }) => Math.min(first, dueAt), Infinity);
  const lastEventAt = paid.reduce((last, each) => Math.max(last, arrivedAt(each)), 0);
  const lastAnswerAt = paid.reduce((last, { answeredAt }) => Math.max(last, answeredAt), 0);
  return {
    payments: paid.length,
    perSecond: paid.length / ((lastEventAt - firstAt) / 1_000),
    acceptedPerSecond: paid.length / ((lastAnswerAt - firstAt) / 1_000),
    mutation: toLatencies(paid.map(({ dueAt, answeredAt }) => answeredAt - dueAt)),
    mutationToEvent: toLatencies(paid.map((each) => arrivedAt(each) - each.dueAt)),
    cpuMs: Object.fromEntries(cpu),
  };
}

/** Processor time of processes from now on, their children included. @returns what each took since, milliseconds */
export function startCpuMeter(pids: Readonly<Record<string, number>>): () => Readonly<Record<string, number>> {
  const own = (pid: number): number => {
    if (pid !== process.pid) return cpuMs(pid);
    const { user, system } = process.cpuUsage(); // without children: they are the processes beside it
    return (user + system) / 1_000;
  };
  const before = new Map(Object.entries(pids).map(([name, pid]) => [name, own(pid)]));
  return () => Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, own(pid) - (before.get(name) ?? 0)]));
}

export function toLatencies(values: readonly number[]): Latencies {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => percentile(sorted, share);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
}
