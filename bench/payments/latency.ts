import type { Row } from '../report/tables.ts';
import { measureRound, type Latencies, type PipelineRound } from './measure-round.ts';
import type { PaymentsBench, Section } from './section.ts';

const SHARES = [0.25, 0.5, 0.8];
const IDLE_PER_SECOND = 10;

/** From the moment a payment falls due to its answer, and to its event. */
export const latency: Section = {
  name: 'latency',
  summary: 'mutation to answer and to event: idle, and at 25, 50 and 80 % of the maximum',
  byDefault: true,
  async run(bench) {
    const { latencySeconds } = bench.options;
    const most = await findMaximum(bench);
    const rounds: { load: string; perSecond: number; round: PipelineRound }[] = [];
    const measure = async (load: string, perSecond: number, evenly: boolean): Promise<PipelineRound> => {
      const round = await measureRound({ ...bench, perSecond, evenly, seconds: latencySeconds });
      rounds.push({ load, perSecond, round });
      bench.say(`  ${load}: to the event p50 ${round.mutationToEvent.p50.toFixed(1)} ms, p99 ${round.mutationToEvent.p99.toFixed(1)} ms`);
      return round;
    };
    const idle = await measure('idle', IDLE_PER_SECOND, true);
    for (const share of SHARES) await measure(`${share * 100} %`, share * most, false);
    const toRow = (load: string, perSecond: number, what: string, { count, p50, p99, p999, max }: Latencies): Row => [
      load,
      perSecond.toFixed(0),
      what,
      String(count),
      ...[p50, p99, p999, max].map((value) => value.toFixed(1)),
    ];
    const { p50, p99 } = idle.mutationToEvent;
    return {
      name: 'latency',
      title: 'Latency',
      text:
        `Idle is one payment every ${1_000 / IDLE_PER_SECOND} ms. Shares are of ${most.toFixed(0)} payments/s. Payments fall due at random moments (a Poisson process) whether earlier ones were answered or not, ` +
        `and time counts from when a payment was due, so a pause of the system is charged for all that would have come meanwhile. ${latencySeconds} s each; with fewer than 1,000 payments p99.9 is the slowest. ` +
        'Load and subscriber share the machine with everything else.',
      tables: [
        [
          ['load', 'payments/s', 'ms from the mutation to', 'payments', 'p50', 'p99', 'p99.9', 'max'],
          ...rounds.flatMap(({ load, perSecond, round }) => [
            toRow(load, perSecond, 'the answer', round.mutation),
            toRow(load, perSecond, 'the event', round.mutationToEvent),
          ]),
        ],
      ],
      bars: [
        { what: 'idle, mutation to event, p50', wanted: 'at most 25 ms', measured: `${p50.toFixed(1)} ms`, met: p50 <= 25 },
        { what: 'idle, mutation to event, p99', wanted: 'at most 100 ms', measured: `${p99.toFixed(1)} ms`, met: p99 <= 100 },
      ],
      figures: rounds,
    };
  },
};

/** As measured before in this run, or else shortly now. */
export async function findMaximum(bench: PaymentsBench): Promise<number> {
  if (bench.maxPerSecond !== undefined) return bench.maxPerSecond;
  const { connections, seconds, warmUpSeconds } = bench.options;
  await measureRound({ ...bench, connections, seconds: warmUpSeconds });
  const { perSecond } = await measureRound({ ...bench, connections, seconds });
  return (bench.maxPerSecond = perSecond);
}
