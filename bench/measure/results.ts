/** One round of one gateway. */
export interface Round {
  readonly requests: number;
  readonly wrong: number;
  /** Processor time of the gateway's process per request, or per event and subscriber. */
  readonly cpuMs: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export interface PeerResult {
  readonly peer: string;
  readonly title: string;
  /** The medians of the rounds; requests and wrong are sums. */
  readonly median: Round;
  readonly rounds: readonly Round[];
  /** At the end of the last round. */
  readonly residentMb: number;
  /** What the gateway asked of subgraphs for one request, or for one event. */
  readonly subgraphRequests: number;
  /** What was wrong with its answers to this workload; its figures say nothing then. */
  readonly wrong?: string;
}

export interface WorkloadResult {
  readonly workload: string;
  readonly description: string;
  /** Of one answer, or of one event. */
  readonly answerBytes: number;
  readonly unit: 'request' | 'event and subscriber';
  readonly peers: readonly PeerResult[];
  /** Gateways that were asked for and could not take part, with the reason. */
  readonly absent: Readonly<Record<string, string>>;
}

export interface BenchResults {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly node: string;
  readonly command: string;
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
  /** What a gateway gets wrong in general, by its name. */
  readonly failedProbes: Readonly<Record<string, readonly string[]>>;
  readonly workloads: readonly WorkloadResult[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function medianRound(rounds: readonly Round[]): Round {
  const of = (figure: (round: Round) => number): number => median(rounds.map(figure));
  const sum = (figure: (round: Round) => number): number => rounds.reduce((total, round) => total + figure(round), 0);
  return {
    requests: sum((round) => round.requests),
    wrong: sum((round) => round.wrong),
    cpuMs: of((round) => round.cpuMs),
    perSecond: of((round) => round.perSecond),
    p50: of((round) => round.p50),
    p99: of((round) => round.p99),
  };
}

/** The value below which that share of the sorted values lies. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
