import { connect } from 'amqplib';
import { PAYMENT_OUTCOMES, PAYMENT_REQUESTS } from '../../subgraphs/payment-topology.ts';
import { residentBytes } from '../measure/process-figures.ts';
import { findMaximum } from './latency.ts';
import { toLatencies } from './measure-round.ts';
import { pay } from './payers.ts';
import type { Pipeline } from './pipeline.ts';
import { runSql } from './run-sql.ts';
import type { PaymentsBench, Section } from './section.ts';

const SHARE = 0.5;
const SAMPLE_MS = 5_000;
/** Growth is judged behind this share of the time: heaps, pools and caches fill first. */
const SETTLED_AFTER = 0.3;

interface Sample {
  readonly atS: number;
  readonly paid: number;
  readonly mb: Readonly<Record<string, number>>;
  /** To both databases. */
  readonly connections: number;
  /** Messages of both queues, those in hand included. */
  readonly queued: number;
  /** Dead rows of the tables that are updated, for each live one. */
  readonly deadShare: number;
  /** Of both databases, bytes. */
  readonly bytes: number;
}

/** Half of the most, for minutes: nothing may grow but the tables. */
export const soak: Section = {
  name: 'soak',
  summary: 'half of the maximum for --minutes: memory, connections, dead rows, queues',
  byDefault: false,
  async run(bench) {
    const { pipeline, reader, options, say } = bench;
    const perSecond = (await findMaximum(bench)) * SHARE;
    const load = { port: pipeline.port, userIds: pipeline.userIds, perSecond };
    const samples: Sample[] = [];
    const sampler = await openSampler(bench);
    let paid = 0;
    const lateOnes: number[] = [];
    const endAt = performance.now() + options.minutes * 60_000;
    const begunAt = performance.now();
    try {
      samples.push(await sampler.sample(0, 0));
      while (performance.now() < endAt) {
        const some = await pay({ ...load, seconds: SAMPLE_MS / 1_000 });
        const atS = (performance.now() - begunAt) / 1_000;
        samples.push(await sampler.sample(atS, (paid += some.length)));
        await reader.until(some.map(({ paymentId }) => paymentId));
        for (const { paymentId, dueAt } of some) lateOnes.push((reader.arrivals.get(paymentId) ?? Number.NaN) - dueAt);
        reader.forget();
      }
    } finally {
      await sampler.stop();
    }
    const settled = samples.filter(({ atS }) => atS >= options.minutes * 60 * SETTLED_AFTER);
    const names = Object.keys(samples[0]?.mb ?? {});
    const growthOf = (name: string): number => growth(settled, ({ mb }) => mb[name] ?? 0);
    const worst = Math.max(...names.map(growthOf));
    const connections = Math.max(...settled.map((each) => each.connections)) - (settled[0]?.connections ?? 0);
    const queued = Math.max(...settled.map((each) => each.queued));
    const dead = Math.max(...settled.map((each) => each.deadShare));
    const toEvent = toLatencies(lateOnes);
    say(`  ${paid} payments, to the event p50 ${toEvent.p50.toFixed(1)} ms, p99 ${toEvent.p99.toFixed(1)} ms`);
    const shown = Array.from({ length: 6 }, (_, index) => samples[Math.round((index * (samples.length - 1)) / 5)]).filter(
      (each) => each !== undefined,
    );
    return {
      name: 'soak',
      title: `A soak of ${options.minutes} minutes`,
      text:
        `${perSecond.toFixed(0)} payments a second at random moments for ${options.minutes} minutes, ${paid} in all, each with its event: p50 ${toEvent.p50.toFixed(0)} ms, p99 ${toEvent.p99.toFixed(0)} ms, p99.9 ${toEvent.p999.toFixed(0)} ms. ` +
        'Dead rows are those of payment_requests and the outboxes, which are updated after they were inserted, for each live row. Growth of memory is judged by the line of least squares through the samples of the last 70 % of the time.',
      tables: [
        [
          [
            's',
            'payments',
            ...names.map((name) => `${name} MB`),
            'connections',
            'messages queued',
            'dead rows per live one',
            'bytes per payment',
          ],
          ...shown.map((each) => [
            each.atS.toFixed(0),
            String(each.paid),
            ...names.map((name) => (each.mb[name] ?? 0).toFixed(0)),
            String(each.connections),
            String(each.queued),
            each.deadShare.toFixed(2),
            each.paid === 0 ? '' : ((each.bytes - (samples[0]?.bytes ?? 0)) / each.paid).toFixed(0),
          ]),
        ],
      ],
      bars: [
        {
          what: 'growth of a process in the last 70 %',
          wanted: 'at most 10 %',
          measured: `${(worst * 100).toFixed(1)} %`,
          met: worst <= 0.1,
        },
        { what: 'more connections to the databases', wanted: 'none', measured: String(connections), met: connections <= 0 },
        { what: 'messages queued at most', wanted: 'those of 2 s', measured: String(queued), met: queued <= 2 * perSecond },
        { what: 'dead rows per live one', wanted: 'at most 0.50', measured: dead.toFixed(2), met: dead <= 0.5 },
      ],
      figures: { perSecond, samples, toEvent },
    };
  },
};

/** By how much of the first value the line through the samples rises over their time. */
function growth(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const times = samples.map(({ atS }) => atS);
  const values = samples.map(of);
  const [time, value] = [mean(times), mean(values)];
  const spread = times.reduce((sum, each) => sum + (each - time) ** 2, 0);
  if (spread === 0) return 0;
  const slope = times.reduce((sum, each, index) => sum + (each - time) * ((values[index] ?? value) - value), 0) / spread;
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return (slope * span) / (value - (slope * span) / 2);
}

async function openSampler({
  pipeline,
  servers,
}: PaymentsBench): Promise<{ sample(atS: number, paid: number): Promise<Sample>; stop(): Promise<void> }> {
  const model = await connect(servers.amqpUrl);
  const channel = await model.createChannel();
  return {
    async sample(atS, paid) {
      const [users, payments] = await Promise.all([readDatabase(pipeline, 'users'), readDatabase(pipeline, 'payments')]);
      const queues = await Promise.all([PAYMENT_REQUESTS, PAYMENT_OUTCOMES].map(({ queue }) => channel.checkQueue(queue)));
      return {
        atS,
        paid,
        mb: Object.fromEntries(Object.entries(pipeline.pids).map(([name, pid]) => [name, residentBytes(pid) / 2 ** 20])),
        connections: users.connections + payments.connections,
        queued: queues.reduce((sum, { messageCount }) => sum + messageCount, 0),
        deadShare: (users.dead + payments.dead) / Math.max(1, users.live + payments.live),
        bytes: users.bytes + payments.bytes,
      };
    },
    stop: () => model.close(),
  };
}

interface DatabaseFigures {
  readonly connections: number;
  readonly dead: number;
  readonly live: number;
  readonly bytes: number;
}

async function readDatabase({ databaseUrls }: Pipeline, service: 'users' | 'payments'): Promise<DatabaseFigures> {
  const [figures] = await runSql<DatabaseFigures & Record<string, number>>(
    databaseUrls[service],
    `select
       (select count(*)::int from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend') as connections,
       sum(n_dead_tup)::float8 as dead, sum(n_live_tup)::float8 as live, pg_database_size(current_database())::float8 as bytes
     from pg_stat_user_tables where relname in ('outbox', 'payment_requests')`,
  );
  if (!figures) throw new Error(`the ${service} database tells nothing of its tables`);
  return figures;
}
