import pg from 'pg';
import type { BenchServers } from './bench-servers.ts';
import { makePayment, type CeilingPayment, type CeilingRound } from './ceiling-payments.ts';
import { startCpuMeter } from './measure-round.ts';
import { openMigrated } from './open-migrated.ts';
import { makePayers } from './pipeline.ts';

/** PostgreSQL alone: what one process can write into it. */
export interface PostgresCeiling {
  measure(seconds: number): Promise<CeilingRound>;
  stop(): Promise<void>;
}

/** Rows of one statement, and chains of statements under way at once. More of either did not raise the figure where it was tried. */
const BATCH = 200;
const LANES = 3;

/**
 * Writes the rows of payments as our services do (the same tables with their indexes, triggers and checks, each row inserted and changed as often, commits that
 * wait for the disk where ours do), and nothing else: no GraphQL, no messages, no question asked first. Statements of 200 payments, prepared.
 * @param users over how many payers
 */
export async function openPostgresCeiling(servers: BenchServers, users: number): Promise<PostgresCeiling> {
  const urls = { users: await openMigrated(servers, 'users', 'ceiling'), payments: await openMigrated(servers, 'payments', 'ceiling') };
  const payers = await makePayers(urls.users, users);
  const own = Math.floor(payers.length / LANES); // each lane has payers of its own, so that none waits for another's locks
  const lanes = await Promise.all(
    Array.from({ length: LANES }, async (_, index) => ({
      payers: payers.slice(index * own, (index + 1) * own),
      users: await connect(urls.users),
      payments: await connect(urls.payments),
    })),
  );
  const positions = { users: 0, payments: 0 };
  return {
    async measure(seconds) {
      const readCpu = startCpuMeter({ ...servers.pids, load: process.pid });
      const begunAt = performance.now();
      const endAt = begunAt + seconds * 1_000;
      let count = 0;
      await Promise.all(
        lanes.map(async (lane) => {
          while (performance.now() < endAt) {
            const batch = Array.from({ length: BATCH }, (_, n) => makePayment(lane.payers[(count + n) % lane.payers.length] ?? ''));
            await writeBatch(lane, batch, positions);
            count += BATCH;
          }
        }),
      );
      const took = performance.now() - begunAt;
      const cpuMs = Object.fromEntries(Object.entries(readCpu()).map(([name, ms]) => [name, ms / count]));
      return { payments: count, perSecond: count / (took / 1_000), cpuMs };
    },
    async stop() {
      await Promise.all(lanes.flatMap((lane) => [lane.users.end(), lane.payments.end()]));
    },
  };
}

interface Lane {
  readonly users: pg.Client;
  readonly payments: pg.Client;
}

/** The life of a payment, step by step, for a whole batch at once. */
async function writeBatch(lane: Lane, batch: readonly CeilingPayment[], positions: { users: number; payments: number }): Promise<void> {
  const ids = batch.map(({ id }) => id);
  const at = batch.map((each) => each.at);
  const userIds = batch.map(({ userId }) => userId);
  await run(lane.users, DEBIT, [ids, userIds, at, batch.map(({ request }) => JSON.stringify(request))]);
  await publish(lane.users, ids, (positions.users += BATCH));
  await run(lane.payments, BOOK, [ids, userIds, at, batch.map(({ outcome }) => JSON.stringify(outcome))]);
  await publish(lane.payments, ids, (positions.payments += BATCH));
  await run(lane.users, SETTLE, [ids, at]);
}

/** The outbox row gets its position, and later the mark that it was published; only for the first anybody waits. */
async function publish(client: pg.Client, ids: readonly string[], upTo: number): Promise<void> {
  await run(client, GIVE_POSITIONS, [ids, upTo - ids.length]);
  await run(client, MARK_PUBLISHED, [ids]);
}

const DEBIT = `
  with paid as (select * from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::jsonb[]) as paid (id, user_id, at, event)),
  debited as (
    update users set balance_minor = balance_minor - debit.total
    from (select user_id, count(*) * 100 as total from paid group by user_id) as debit where users.id = debit.user_id
  ), requested as (
    insert into payment_requests (id, user_id, amount_minor, currency, idempotency_key, requested_at, republish_at)
    select id, user_id, 100, 'MXN', id::text, at, at + interval '1 minute' from paid
  )
  insert into outbox (id, type, exchange, routing_key, event)
  select id, 'payment.requested.v1', 'payments.commands', 'payment.requested.v1', event from paid`;

const BOOK = `
  with paid as (select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::jsonb[]) as paid (id, user_id, at, event)),
  decided as (
    insert into payments (id, user_id, amount_minor, currency, status, requested_at, processed_at)
    select id, user_id, 100, 'MXN', 'PROCESSED', at, at from paid
  ), booked as (
    insert into ledger_entries (payment_id, account, amount_minor, currency)
    select id, account, amount, 'MXN' from paid, lateral (values ('user:' || user_id, -100), ('processed', 100)) as entry (account, amount)
  )
  insert into outbox (id, type, exchange, routing_key, mandatory, event)
  select id, 'payment.processed.v1', 'payments.events', 'payment.processed.v1', false, event from paid`;

const GIVE_POSITIONS = `
  update outbox set position = $2::bigint + given.step
  from unnest($1::uuid[]) with ordinality as given (id, step) where outbox.id = given.id`;

const MARK_PUBLISHED = `
  with fast as (select set_config('synchronous_commit', 'off', true))
  update outbox set published_at = now() from fast where id = any($1::uuid[])`;

const SETTLE = `
  update payment_requests set status = 'PROCESSED', processed_at = told.at
  from unnest($1::uuid[], $2::timestamptz[]) as told (id, at) where payment_requests.id = told.id`;

async function run(client: pg.Client, text: string, values: readonly unknown[]): Promise<void> {
  await client.query({ name: NAMES.get(text), text, values: [...values] } as pg.QueryConfig);
}

const NAMES = new Map([DEBIT, BOOK, GIVE_POSITIONS, MARK_PUBLISHED, SETTLE].map((text, index) => [text, `ceiling_${index}`]));

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
