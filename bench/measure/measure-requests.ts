import { encodeWorkload } from '../load/encode-request.ts';
import { runLoad } from '../load/run-load.ts';
import type { Workload } from '../workloads/workload.ts';
import { checkWorkload, type CheckedAnswers, type Oracle } from './check-answers.ts';
import { cpuMs, residentBytes } from './process-figures.ts';
import { medianRound, percentile, type PeerResult, type Round } from './results.ts';
import type { RunningPeer } from './start-peers.ts';

export interface RoundOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** Ends a round early. */
  readonly requests?: number | undefined;
  readonly warmUpSeconds: number;
  readonly connections: number;
}

interface Lane extends RunningPeer {
  readonly checked: CheckedAnswers;
  /** The number of its next request. */
  next: number;
  /** Subgraph requests per request, in the last round. */
  asked: number;
  readonly rounds: Round[];
}

/** Compares the answers of each gateway first; then warms up, and measures them in turns, so that a slow minute of the machine is one of all. */
export async function measureRequests(
  workload: Workload,
  running: readonly RunningPeer[],
  options: RoundOptions & { readonly oracle: Oracle; readonly answered: () => Promise<number>; readonly say: (line: string) => void },
): Promise<PeerResult[]> {
  const { oracle, answered, say } = options;
  const bytesAt = encodeWorkload(workload);
  const lanes: Lane[] = [];
  const atMost = (options.rounds + 1) * ((options.requests ?? Number.POSITIVE_INFINITY) + options.connections); // the warm-up is a round too
  for (const { peer, process } of running) {
    const checked = await checkWorkload(process.port, workload, oracle, { from: FIRST_UNCHECKED, atMost });
    if (checked.wrong !== undefined) say(`  ${peer.name} answers wrong: ${checked.wrong}`);
    lanes.push({ peer, process, checked, next: FIRST_UNCHECKED, asked: 0, rounds: [] });
  }
  const measureRound = async (lane: Lane, seconds: number): Promise<Round> => {
    const answeredBefore = await answered();
    const cpuBefore = cpuMs(lane.process.pid);
    const load = await runLoad({
      port: lane.process.port,
      connections: options.connections,
      seconds,
      ...(options.requests === undefined ? {} : { requests: options.requests }),
      bytesAt,
      from: lane.next,
      keepBodies: workload.distinct === Number.POSITIVE_INFINITY,
      isRight: toExpectation(workload, lane.checked),
    });
    const used = cpuMs(lane.process.pid) - cpuBefore;
    lane.next += load.requests + options.connections;
    lane.asked = ((await answered()) - answeredBefore) / load.requests;
    return {
      requests: load.requests,
      wrong: load.wrong,
      cpuMs: used / load.requests,
      perSecond: load.requests / (load.elapsedMs / 1_000),
      p50: percentile(load.latencies, 0.5),
      p99: percentile(load.latencies, 0.99),
    };
  };

  for (const lane of lanes) await measureRound(lane, options.warmUpSeconds);
  for (let round = 0; round < options.rounds; round += 1) {
    const line: string[] = [];
    for (const lane of lanes) {
      const figures = await measureRound(lane, options.seconds);
      lane.rounds.push(figures);
      line.push(`${lane.peer.name} ${figures.cpuMs.toFixed(3)}`);
    }
    say(`  round ${round + 1}: ${line.join('  ')}  (CPU ms per request)`);
  }
  return lanes.map(({ peer, process, checked, rounds, asked }) => {
    const middle = medianRound(rounds);
    const wrong = checked.wrong ?? (middle.wrong > 0 ? `${middle.wrong} of ${middle.requests} answers under load were wrong` : undefined);
    return {
      peer: peer.name,
      title: peer.title,
      median: middle,
      rounds,
      residentMb: residentBytes(process.pid) / 1024 / 1024,
      subgraphRequests: asked,
      ...(wrong === undefined ? {} : { wrong }),
    };
  });
}

/** The requests before this one were sent to compare answers. */
const FIRST_UNCHECKED = 1_000;

/** Under load an answer is right when it has as many bytes as the one that was compared, or, where texts never repeat, data and no errors. */
function toExpectation(
  { distinct }: Workload,
  { bytes }: CheckedAnswers,
): (n: number, answer: { status: number; bytes: number; body: string }) => boolean {
  if (distinct === Number.POSITIVE_INFINITY) {
    return (_n, { status, body }) => status === 200 && body.includes('"data":{') && !body.includes('"errors"');
  }
  return (n, answer) => answer.bytes === bytes.get(n % distinct);
}
