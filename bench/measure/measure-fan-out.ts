import { isDeepStrictEqual } from 'node:util';
import { FAN_OUT } from '../load/fan-out-operation.ts';
import { openListeners, type Listeners } from '../load/fan-out.ts';
import { publish, untilAllListen } from '../load/until-all-listen.ts';
import type { BenchProcess } from './bench-process.ts';
import type { Oracle } from './check-answers.ts';
import { cpuMs, residentBytes } from './process-figures.ts';
import { medianRound, percentile, type PeerResult, type Round } from './results.ts';
import type { RunningPeer } from './start-peers.ts';
import { urlOf } from './subgraph-processes.ts';

export interface FanOutPeer extends RunningPeer {
  /** Its own, so that one gateway's events are no work for another. */
  readonly reviews: BenchProcess;
}

export interface FanOutOptions {
  readonly subscribers: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly oracle: Oracle;
  readonly answered: () => Promise<number>;
  readonly say: (line: string) => void;
}

const EVENT_TIMEOUT_MS = 30_000;
const WARM_UP_EVENTS = 20;

/** One event at a time to all subscribers of one gateway; the next is published when the last subscriber has it. */
export async function measureFanOut(
  running: readonly FanOutPeer[],
  options: FanOutOptions,
): Promise<{ results: PeerResult[]; absent: Record<string, string>; answerBytes: number }> {
  const { subscribers, rounds, seconds, say } = options;
  const absent: Record<string, string> = {};
  const lanes: { each: FanOutPeer; listeners: Listeners; event: number; asked: number; rounds: Round[] }[] = [];
  try {
    for (const each of running) {
      try {
        const listeners = await openListeners(each.process.port, subscribers);
        const lane = { each, listeners, event: 0, asked: 0, rounds: [] };
        lanes.push(lane);
        lane.event = await untilAllListen(listeners, (event) => publish(urlOf(each.reviews), event));
        checkPayload(listeners, lane.event, options.oracle);
      } catch (error) {
        absent[each.peer.name] = error instanceof Error ? error.message : String(error);
        say(`  ${each.peer.name} cannot do it: ${absent[each.peer.name]}`);
        const at = lanes.findIndex((lane) => lane.each === each);
        if (at >= 0) lanes.splice(at, 1)[0]?.listeners.close();
      }
    }
    const deliver = async (lane: (typeof lanes)[number]): Promise<number> => {
      lane.event += 1;
      return lane.listeners.deliver(lane.event, () => publish(urlOf(lane.each.reviews), lane.event), EVENT_TIMEOUT_MS);
    };
    const measureRound = async (lane: (typeof lanes)[number]): Promise<Round> => {
      const before = { cpu: cpuMs(lane.each.process.pid), answered: await options.answered() };
      const begunAt = performance.now();
      const latencies: number[] = [];
      while (performance.now() - begunAt < seconds * 1_000) latencies.push(await deliver(lane));
      const elapsedMs = performance.now() - begunAt;
      const deliveries = latencies.length * subscribers;
      const sorted = Float64Array.from(latencies).sort();
      lane.asked = ((await options.answered()) - before.answered) / latencies.length;
      return {
        requests: deliveries,
        wrong: 0,
        cpuMs: (cpuMs(lane.each.process.pid) - before.cpu) / deliveries,
        perSecond: deliveries / (elapsedMs / 1_000),
        p50: percentile(sorted, 0.5),
        p99: percentile(sorted, 0.99),
      };
    };

    for (const lane of lanes) for (let n = 0; n < WARM_UP_EVENTS; n += 1) await deliver(lane);
    for (let round = 0; round < rounds; round += 1) {
      const line: string[] = [];
      for (const lane of lanes) {
        const figures = await measureRound(lane);
        lane.rounds.push(figures);
        line.push(`${lane.each.peer.name} ${(figures.cpuMs * 1_000).toFixed(1)}`);
      }
      say(`  round ${round + 1}: ${line.join('  ')}  (CPU µs per event and subscriber)`);
    }
    const results = lanes.map(({ each, rounds: all, asked }) => ({
      peer: each.peer.name,
      title: each.peer.title,
      median: medianRound(all),
      rounds: all,
      residentMb: residentBytes(each.process.pid) / 1024 / 1024,
      subgraphRequests: asked,
    }));
    return { results, absent, answerBytes: JSON.stringify((lanes[0] && payloadOf(lanes[0].listeners)) ?? '').length };
  } finally {
    for (const { listeners } of lanes) listeners.close();
  }
}

/** @throws Error when the event is not what one schema over all the data would have reported */
function checkPayload(listeners: Listeners, event: number, oracle: Oracle): void {
  const asQuery = FAN_OUT.replace('subscription FanOut', 'query').replace('reviewAdded', `reviewAdded: review(id: "e${event}")`);
  const { data } = oracle(asQuery);
  const payload = payloadOf(listeners);
  if (!isDeepStrictEqual(payload?.data, data)) throw new Error(`expected ${JSON.stringify(data)}, got ${JSON.stringify(payload)}`);
}

/** What the first client got last, of its WebSocket message. */
function payloadOf({ lastText }: Listeners): { data?: unknown } | undefined {
  return lastText === '' ? undefined : (JSON.parse(lastText) as { payload: { data?: unknown } }).payload;
}
