import { median } from '../measure/results.ts';
import type { Row } from '../report/tables.ts';
import type { CeilingRound } from './ceiling-payments.ts';
import { measureRound, type PipelineRound } from './measure-round.ts';
import { openPostgresCeiling } from './postgres-ceiling.ts';
import { openRabbitmqCeiling } from './rabbitmq-ceiling.ts';
import type { PaymentsBench, Section } from './section.ts';

interface Round {
  readonly ours: PipelineRound;
  readonly postgres: CeilingRound;
  readonly rabbitmq: CeilingRound;
}

/** Payments per second through everything, beside what PostgreSQL and RabbitMQ can do by themselves, in turns. */
export const throughput: Section = {
  name: 'throughput',
  summary: 'payments/s and CPU per payment through everything, beside what PostgreSQL and RabbitMQ can do alone',
  byDefault: true,
  async run(bench) {
    const { rounds: count, seconds, connections, users, warmUpSeconds } = bench.options;
    const rounds = await measureInTurns(bench);
    const ours = median(rounds.map((round) => round.ours.perSecond));
    bench.maxPerSecond = ours;
    const ratios = rounds.map((round) => round.ours.perSecond / Math.min(round.postgres.perSecond, round.rabbitmq.perSecond));
    const ratio = median(ratios);
    const ceilingRow = (name: string, of: (round: Round) => CeilingRound): Row => [
      name,
      median(rounds.map((round) => of(round).perSecond)).toFixed(0),
      median(rounds.map((round) => round.ours.perSecond / of(round).perSecond)).toFixed(2),
    ];
    return {
      name: 'throughput',
      title: 'Throughput, beside the ceilings',
      text:
        `${connections} connections pay at the gateway for ${users} users in turn, each payment with an idempotency key, as fast as they are answered; a subscriber at the gateway gets all ` +
        `outcomes. Payments per second are those from the first mutation to the last event. ${count} rounds in turns, each ${seconds} s of ours, then ${seconds} s of each ceiling, after ${warmUpSeconds} s of warming up; medians.\n\n` +
        'The ceilings share the machine with nothing. *PostgreSQL alone*: one Node process writes the rows of the same payments into the same tables, with the same indexes, triggers and checks, each row ' +
        'inserted and changed as often, and commits that wait for the disk where ours do; in prepared statements of 200 payments, three chains at once, and without asking anything first. ' +
        '*RabbitMQ alone*: one Node process sends the two messages of each payment, the same bytes, persistent and confirmed, through quorum queues, and acknowledges them; 600 payments under way.',
      tables: [
        [
          ['', 'payments/s', 'ours, share of it'],
          ['ours', ours.toFixed(0), ''],
          ceilingRow('PostgreSQL alone', ({ postgres }) => postgres),
          ceilingRow('RabbitMQ alone', ({ rabbitmq }) => rabbitmq),
        ],
        toCpuTable(rounds),
      ],
      bars: [{ what: 'share of the slower ceiling', wanted: 'at least 0.50', measured: ratio.toFixed(2), met: ratio >= 0.5 }],
      figures: { rounds, ratio },
    };
  },
};

async function measureInTurns({ servers, pipeline, reader, options, say }: PaymentsBench): Promise<readonly Round[]> {
  const { seconds, connections, users, warmUpSeconds } = options;
  const postgres = await openPostgresCeiling(servers, users);
  const rabbitmq = await openRabbitmqCeiling(servers);
  try {
    const rounds: Round[] = [];
    await measureRound({ pipeline, servers, reader, connections, seconds: warmUpSeconds });
    await postgres.measure(warmUpSeconds / 4);
    await rabbitmq.measure(warmUpSeconds / 4);
    while (rounds.length < options.rounds) {
      const ours = await measureRound({ pipeline, servers, reader, connections, seconds });
      const round = { ours, postgres: await postgres.measure(seconds), rabbitmq: await rabbitmq.measure(seconds) };
      rounds.push(round);
      const [own, ofPostgres, ofRabbitmq] = [ours, round.postgres, round.rabbitmq].map(({ perSecond }) => perSecond.toFixed(0));
      say(`  round ${rounds.length}: ours ${own}/s, PostgreSQL alone ${ofPostgres}/s, RabbitMQ alone ${ofRabbitmq}/s`);
    }
    return rounds;
  } finally {
    await postgres.stop();
    await rabbitmq.stop();
  }
}

function toCpuTable(rounds: readonly Round[]): Row[] {
  const names = Object.keys(rounds[0]?.ours.cpuMs ?? {});
  const row = (title: string, of: (round: Round) => { readonly cpuMs: Readonly<Record<string, number>> }): Row => {
    const values = names.map((name) => median(rounds.map((round) => of(round).cpuMs[name] ?? 0)));
    const total = values.reduce((sum, value) => sum + value, 0);
    return [title, ...values.map((value) => (value < 0.005 ? '' : value.toFixed(2))), total.toFixed(2)];
  };
  return [
    ['CPU ms per payment', ...names, 'together'],
    row('ours', ({ ours }) => ours),
    row('PostgreSQL alone', ({ postgres }) => postgres),
    row('RabbitMQ alone', ({ rabbitmq }) => rabbitmq),
  ];
}
