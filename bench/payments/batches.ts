import { median } from '../measure/results.ts';
import type { Row } from '../report/tables.ts';
import { startEventReader } from './event-reader.ts';
import { measureRound, type PipelineRound } from './measure-round.ts';
import { startPipeline } from './pipeline.ts';
import type { Section } from './section.ts';

/** What is switched off, and the steps that this means. */
const VARIANTS: readonly (readonly [string, readonly string[]])[] = [
  ['nothing', []],
  ['debits together', ['debit']],
  ['bookings together', ['book']],
  ['outcomes together', ['settle']],
  ['relays: many rows at once', ['relay']],
  ['all of them', ['debit', 'book', 'settle', 'relay']],
];
const MAX_SECONDS = 4;

/** What each micro-batch gains: the same processes, in turns with each of them switched off. */
export const batches: Section = {
  name: 'batches',
  summary: 'the gain of each micro-batch: in turns with each of them switched off',
  byDefault: false,
  async run({ servers, options, say }) {
    const { rounds: count, connections, users, warmUpSeconds } = options;
    const seconds = Math.min(options.seconds, MAX_SECONDS);
    const pipeline = await startPipeline({ servers, name: 'switched', users, switched: true });
    try {
      const reader = await startEventReader(pipeline.port);
      await measureRound({ pipeline, servers, reader, connections, seconds: warmUpSeconds });
      const rounds: PipelineRound[][] = [];
      while (rounds.length < count) {
        const round: PipelineRound[] = [];
        for (const [name, steps] of VARIANTS) {
          await pipeline.withoutBatches(steps);
          round.push(await measureRound({ pipeline, servers, reader, connections, seconds }));
          say(`  round ${rounds.length + 1}, off: ${name}: ${round.at(-1)?.perSecond.toFixed(0)}/s`);
        }
        rounds.push(round);
      }
      reader.stop();
      const of = (index: number, figure: (round: PipelineRound, all: PipelineRound) => number): number =>
        median(rounds.flatMap((round) => (round[index] && round[0] ? figure(round[index], round[0]) : [])));
      const cpu = ({ cpuMs }: PipelineRound, ...names: string[]): number => names.reduce((sum, name) => sum + (cpuMs[name] ?? 0), 0);
      const rows: Row[] = VARIANTS.map(([name], index) => [
        name,
        of(index, (round) => round.perSecond).toFixed(0),
        of(index, (round, all) => round.perSecond / all.perSecond).toFixed(2),
        of(index, (round) => round.acceptedPerSecond).toFixed(0),
        ...[['users'], ['payments'], ['PostgreSQL'], ['RabbitMQ']].map((names) => of(index, (round) => cpu(round, ...names)).toFixed(2)),
        of(index, (round) => Object.values(round.cpuMs).reduce((sum, value) => sum + value, 0)).toFixed(2),
        of(index, (round) => round.mutation.p50).toFixed(0),
      ]);
      return {
        name: 'batches',
        title: 'The gain of each micro-batch',
        text:
          `The same processes with one kind of batch switched off after the other, ${count} rounds in turns of ${seconds} s each with ${connections} connections; medians, the ratio that of the rounds. ` +
          'Without them each payment, booking and outcome is a statement of its own, on up to ten connections at once, and a relay gives, publishes and marks one row after the other.',
        tables: [
          [
            [
              'off',
              'payments/s',
              'ratio',
              'accepted/s',
              'users',
              'payments',
              'PostgreSQL',
              'RabbitMQ',
              'CPU ms together',
              'ms to the answer, p50',
            ],
            ...rows,
          ],
        ],
        bars: [],
        figures: { rounds },
      };
    } finally {
      await pipeline.stop();
    }
  },
};
