import type { BenchResults, PeerResult, WorkloadResult } from '../measure/results.ts';
import { median } from '../measure/results.ts';

/** What our gateway is held to, by CPU per request: at most so many times the ceiling, at least so many times less than others. */
const BARS: Readonly<Record<string, { ceiling?: number; mercurius?: number; best?: number }>> = {
  small: { ceiling: 1.25, mercurius: 2, best: 8 },
  deep: { ceiling: 2.5, mercurius: 10, best: 5 },
  wide: { ceiling: 2, mercurius: 2.5, best: 4 },
  rotation: { ceiling: 1.3, mercurius: 2, best: 8 },
  'never-seen': { best: 1.5 },
  'fan-out': { best: 3 },
};

export interface Bar {
  readonly workload: string;
  /** `× the ceiling`, `× less than mercurius` … */
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  readonly met: boolean;
}

/** Every bar for which all that it compares was measured. */
export function judge({ workloads, failedProbes }: BenchResults): Bar[] {
  return workloads.flatMap((result) => judgeWorkload(result, failedProbes));
}

/** The gateway of others with the least CPU among those that answer the workload and every probe right. */
export function bestOfOthers({ peers }: WorkloadResult, failedProbes: BenchResults['failedProbes']): PeerResult | undefined {
  return peers
    .filter(({ peer, wrong }) => !peer.startsWith('ours') && peer !== 'ceiling' && wrong === undefined && !failedProbes[peer]?.length)
    .sort((a, b) => a.median.cpuMs - b.median.cpuMs)[0];
}

function judgeWorkload(result: WorkloadResult, failedProbes: BenchResults['failedProbes']): Bar[] {
  const { workload, peers } = result;
  const ours = peers.find(({ peer }) => peer === 'ours');
  if (!ours) return [];
  const bars: Bar[] = [];
  const add = (what: string, wanted: string, measured: string, met: boolean): void => {
    bars.push({ workload, what, wanted, measured, met: met && ours.wrong === undefined });
  };
  const wanted = BARS[workload] ?? {};
  const ceiling = peers.find(({ peer }) => peer === 'ceiling');
  const mercurius = peers.find(({ peer }) => peer === 'mercurius');
  const best = bestOfOthers(result, failedProbes);
  if (ceiling && wanted.ceiling !== undefined) {
    const ratio = ratioOf(ours, ceiling);
    add('CPU, times the ceiling', `≤ ${wanted.ceiling}`, ratio.toFixed(2), ratio <= wanted.ceiling);
  }
  if (mercurius && wanted.mercurius !== undefined) {
    const ratio = ratioOf(mercurius, ours);
    add('CPU, times less than mercurius', `≥ ${wanted.mercurius}`, ratio.toFixed(1), ratio >= wanted.mercurius);
  }
  if (best && wanted.best !== undefined) {
    const ratio = ratioOf(best, ours);
    add(`CPU, times less than the best that answers right (${best.peer})`, `≥ ${wanted.best}`, ratio.toFixed(1), ratio >= wanted.best);
  }
  const others = peers.filter(({ peer }) => !peer.startsWith('ours') && peer !== 'ceiling');
  if (others.length > 0) {
    const fastest = Math.max(...others.map((other) => other.median.perSecond));
    add('per second, above every other', `> ${fastest.toFixed(0)}`, ours.median.perSecond.toFixed(0), ours.median.perSecond > fastest);
    const p99 = Math.min(...others.map((other) => other.median.p99));
    add('p99, not above any other', `≤ ${p99.toFixed(1)} ms`, `${ours.median.p99.toFixed(1)} ms`, ours.median.p99 <= p99);
  }
  const apollo = peers.find(({ peer }) => peer === 'apollo');
  if (apollo) {
    const met = ours.residentMb <= apollo.residentMb;
    add("memory at the end, not above Apollo's", `≤ ${apollo.residentMb.toFixed(0)} MB`, `${ours.residentMb.toFixed(0)} MB`, met);
  }
  return bars;
}

/** The median of the rounds' ratios: what slows the machine down for a round is in both. */
export function ratioOf(above: PeerResult, below: PeerResult): number {
  return median(above.rounds.map((round, n) => round.cpuMs / (below.rounds[n]?.cpuMs ?? Number.NaN)));
}
