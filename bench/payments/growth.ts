import { performance } from 'node:perf_hooks';
import { median } from '../measure/results.ts';
import type { Row } from '../report/tables.ts';
import { ask } from './ask.ts';
import { startEventReader } from './event-reader.ts';
import { fillTables, FIRST_FILLED_USER, type Fill } from './fill-tables.ts';
import { measureRound, type PipelineRound } from './measure-round.ts';
import { openMigrated } from './open-migrated.ts';
import { startPipeline, type Pipeline } from './pipeline.ts';
import { runSql } from './run-sql.ts';
import type { Section } from './section.ts';

/** Of the largest number of payments. */
const STEPS = [0.01, 0.1, 1];
const PAYMENTS_PER_USER = 5;
const ASKED = 200;
/** Of these, not counted: connections, plans and caches are made. */
const ASKED_FIRST = 50;
const IDLE_PER_SECOND = 10;

/** What a client asks, and what for; each asks for another user or payment every time. */
const QUERIES: Readonly<Record<string, string>> = {
  'a user with the balance': 'query ($user: ID!) { user(id: $user) { name balance { amount } } }',
  'a page of users': 'query ($after: String) { users(first: 20, after: $after) { nodes { id name } } }',
  "a user's payments": 'query ($user: ID!) { user(id: $user) { payments(first: 20) { nodes { id status } } pendingPayments { id } } }',
  'a payment with its payer': 'query ($payment: ID!) { payment(id: $payment) { status amount { amount } user { name } } }',
  'the newest payments': '{ payments(first: 20) { nodes { id status } } }',
  'the newest failed payments': '{ payments(first: 20, status: FAILED) { nodes { id } } }',
  "a user's failed payments": 'query ($user: ID!) { payments(first: 20, userId: $user, status: FAILED) { nodes { id } } }',
};

interface Step {
  readonly fill: Fill;
  readonly fillSeconds: number;
  readonly gigabytes: number;
  readonly full: PipelineRound;
  readonly idle: PipelineRound;
  /** Milliseconds, by query. */
  readonly queries: Readonly<Record<string, number>>;
}

/** The same figures over tables that grow: nothing may get slower than an index gets deeper. */
export const growth: Section = {
  name: 'growth',
  summary: 'the same figures over tables of a hundredth, a tenth and all of --growth payments',
  byDefault: false,
  async run({ servers, options, say }) {
    const { connections, seconds, latencySeconds, warmUpSeconds, growth: most } = options;
    const urls = { users: await openMigrated(servers, 'users', 'growth'), payments: await openMigrated(servers, 'payments', 'growth') };
    const startedAt = new Date();
    const steps: Step[] = [];
    let from: Fill = { users: 0, payments: 0 };
    for (const share of STEPS) {
      const payments = Math.ceil(most * share);
      const to = { payments, users: Math.ceil(payments / PAYMENTS_PER_USER) };
      const begunAt = performance.now();
      await fillTables(urls, { from, to, most, startedAt });
      const fillSeconds = (performance.now() - begunAt) / 1_000;
      const payers = drawUsers(to.users, options.users);
      const pipeline = await startPipeline({ servers, name: 'growth', users: 0, over: { databaseUrls: urls, userIds: payers } });
      try {
        const reader = await startEventReader(pipeline.port);
        const load = { pipeline, servers, reader };
        await measureRound({ ...load, connections, seconds: warmUpSeconds });
        const full = await measureRound({ ...load, connections, seconds });
        const idle = await measureRound({ ...load, perSecond: IDLE_PER_SECOND, evenly: true, seconds: latencySeconds });
        reader.stop();
        steps.push({ fill: to, fillSeconds, gigabytes: await readSize(urls), full, idle, queries: await askAll(pipeline, to) });
        say(`  ${to.users} users, ${to.payments} payments: ${full.perSecond.toFixed(0)}/s`);
      } finally {
        await pipeline.stop();
      }
      from = to;
    }
    const [first, last] = [steps[0], steps.at(-1)];
    if (!first || !last) throw new Error('nothing was measured');
    const slower = Object.keys(QUERIES).map((name) => ({ name, times: (last.queries[name] ?? 0) / (first.queries[name] ?? 1) }));
    const slowest = slower.reduce((worst, each) => (each.times > worst.times ? each : worst));
    const kept = last.full.perSecond / first.full.perSecond;
    const row = (title: string, of: (step: Step) => string): Row => [title, ...steps.map(of)];
    const cpu = ({ full }: Step): string =>
      Object.values(full.cpuMs)
        .reduce((sum, value) => sum + value, 0)
        .toFixed(2);
    return {
      name: 'growth',
      title: 'Tables that grow',
      text:
        `The tables are filled to a size by SQL (requests with their keys, payments, ledger entries, events; one payment in fifty failed), then services of their own are started over them: ${connections} connections pay for ` +
        `${options.users} users drawn from all for ${seconds} s, then one payment every ${1_000 / IDLE_PER_SECOND} ms for ${latencySeconds} s, then each query is asked ${ASKED} times one after the other at the gateway, about another user or payment each time; medians of the last ${ASKED - ASKED_FIRST}.`,
      tables: [
        [
          ['users', ...steps.map(({ fill }) => String(fill.users))],
          row('payments', ({ fill }) => String(fill.payments)),
          row('GB of both databases', ({ gigabytes }) => gigabytes.toFixed(2)),
          row('payments/s', ({ full }) => full.perSecond.toFixed(0)),
          row('CPU ms per payment, together', cpu),
          row('of that PostgreSQL', ({ full }) => (full.cpuMs['PostgreSQL'] ?? Number.NaN).toFixed(2)),
          row('idle, ms to the event, p50', ({ idle }) => idle.mutationToEvent.p50.toFixed(1)),
          row('idle, ms to the event, p99', ({ idle }) => idle.mutationToEvent.p99.toFixed(1)),
          ...Object.keys(QUERIES).map((name) => row(`ms for ${name}`, ({ queries }) => (queries[name] ?? 0).toFixed(2))),
        ],
      ],
      bars: [
        {
          what: `the query that slows down most, ${slowest.name}: largest tables to smallest`,
          wanted: 'at most 1.5',
          measured: slowest.times.toFixed(2),
          met: slowest.times <= 1.5,
        },
        { what: 'payments/s: largest tables to smallest', wanted: 'at least 0.75', measured: kept.toFixed(2), met: kept >= 0.75 },
      ],
      figures: { steps },
    };
  },
};

function drawUsers(of: number, count: number): string[] {
  return Array.from({ length: Math.min(of, count) }, (_, n) => String(FIRST_FILLED_USER + ((n * 104_729) % of)));
}

async function askAll({ port, databaseUrls }: Pipeline, { users }: Fill): Promise<Step['queries']> {
  const payments = await runSql<{ id: string }>(
    databaseUrls.payments,
    `select id::text as id from payments tablesample bernoulli (least(100, 100.0 * ${3 * ASKED} / greatest(1, (select reltuples from pg_class where relname = 'payments')))) limit ${ASKED}`,
  );
  const { users: page } = await ask<{ users: { edges: { cursor: string }[] } }>(port, '{ users(first: 100) { edges { cursor } } }');
  const userIds = drawUsers(users, ASKED);
  const took: Record<string, number> = {};
  for (const [name, query] of Object.entries(QUERIES)) {
    const times: number[] = [];
    for (let n = 0; n < ASKED; n += 1) {
      const variables = {
        ...(query.includes('$user:') && { user: userIds[n % userIds.length] }),
        ...(query.includes('$payment:') && { payment: payments[n % payments.length]?.id }),
        ...(query.includes('$after:') && { after: page.edges[n % page.edges.length]?.cursor }),
      };
      const begunAt = performance.now();
      await ask(port, query, variables);
      if (n >= ASKED_FIRST) times.push(performance.now() - begunAt);
    }
    took[name] = median(times);
  }
  return took;
}

async function readSize(urls: Pipeline['databaseUrls']): Promise<number> {
  const sizes = await Promise.all(
    Object.values(urls).map((url) => runSql<{ bytes: number }>(url, 'select pg_database_size(current_database())::float8 as bytes')),
  );
  return sizes.reduce((sum, [size]) => sum + (size?.bytes ?? 0), 0) / 1e9;
}
