import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { readGatewayConfig } from '../../gateway/config.ts';
import { createGatewayService } from '../../gateway/service.ts';
import { createMemoryBroker, type MemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { toWireMessage } from '../../platform/messaging/messages.ts';
import { paymentRequested } from '../../subgraphs/payment-messages.ts';
import { COMMANDS_EXCHANGE, PAYMENT_OUTCOMES, PAYMENT_REQUESTS } from '../../subgraphs/payment-topology.ts';
import { eventually } from '../support/eventually.ts';
import { ask, connectWebSocket, post, refusalCode } from '../support/graphql-client.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { callRest } from '../support/rest-client.ts';
import { projectFolder } from '../support/service-process.ts';
import { SUBSCRIPTION_CLIENTS } from '../support/subscription-clients.ts';
import { AsyncStack, startPayments, startUsers, type RunningSubgraph } from '../support/subgraph-services.ts';

const OFTEN = { PAYMENTS_RETENTION_POLL_MS: '20', PAYMENTS_EVENTS_RETENTION_DAYS: '3' };
const USERS_OFTEN = { USERS_RETENTION_POLL_MS: '20', USERS_IDEMPOTENCY_RETENTION_DAYS: '3', USERS_OUTBOX_RETENTION_DAYS: '3' };
const EVENTS = 'subscription ($after: String) { paymentProcessed(after: $after) { cursor payment { id } } }';
/** `keep` in ASCII, as in subgraphs/retention.ts. */
const RETENTION_LOCK = 1_801_807_216;

let stack: AsyncStack;
let database: TestDatabase;
let broker: MemoryBroker;
let sql: pg.Client;

beforeEach(async () => {
  stack = new AsyncStack();
  database = stack.use(await createTestDatabase());
  broker = createMemoryBroker();
  sql = await connect(database.url);
});
afterEach(() => stack[Symbol.asyncDispose]());

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  stack.use({ [Symbol.asyncDispose]: () => client.end() });
  return client;
}

async function numbers(query: string): Promise<number[]> {
  return (await sql.query<{ n: string }>(query)).rows.map(({ n }) => Number(n));
}
const positions = (): Promise<number[]> => numbers('select position as n from outbox where position is not null order by position');

describe('events', () => {
  const payments = async (env: Record<string, string> = OFTEN): Promise<RunningSubgraph> =>
    stack.use(await startPayments({ databaseUrl: database.url, broker, env }));
  const request = async (paymentId: string = randomUUID()): Promise<string> => {
    const message = toWireMessage(
      paymentRequested({ paymentId, userId: '1', amountMinor: 100n, currency: 'MXN', description: null, requestedAt: new Date(0) }),
    );
    await broker.publish(COMMANDS_EXCHANGE, 'payment.requested.v1', message, { mandatory: true });
    return paymentId;
  };
  /** Makes so many events and waits until there are `total`, all of them published. */
  const process = async (count: number, total = count): Promise<void> => {
    for (let made = 0; made < count; made += 1) await request();
    await eventually(async () => (await numbers('select count(*) as n from outbox where published_at is not null'))[0] === total);
  };
  const age = (where: string, days = 4) => sql.query(`update outbox set created_at = created_at - interval '${days} days' where ${where}`);
  const cursorAt = async (position: number): Promise<string> => {
    const { rows } = await sql.query<{ id: string }>('select id from system_identity');
    return Buffer.from(JSON.stringify(['payment-events', rows[0]?.id, String(position)])).toString('base64url');
  };

  it('older than is kept are deleted in their order, up to the first that must stay', async () => {
    await payments();
    await process(8);

    await age('position in (1, 2, 3, 5)');
    await eventually(async () => (await positions())[0] === 4);

    expect(await positions()).toEqual([4, 5, 6, 7, 8]);
    expect(await numbers('select count(*) as n from payments')).toEqual([8]);
  });

  it('stay while they are not published, or somebody holds them, whatever their age', async () => {
    await payments();
    await process(6);
    const holder = await connect(database.url);
    await holder.query('begin');
    await holder.query('select from outbox where position = 3 for key share');

    await age('position <= 5');
    await eventually(async () => (await positions())[0] === 3);
    await sql.query("update outbox set published_at = null, retry_at = now() + interval '1 hour' where position = 4");
    await holder.query('rollback');
    await eventually(async () => (await positions())[0] === 4);

    expect(await positions()).toEqual([4, 5, 6]);
  });

  it('keep their newest, so that positions are never given twice', async () => {
    await payments();
    await process(3);

    await age('true');
    await eventually(async () => (await positions()).length === 1);
    expect(await positions()).toEqual([3]);
    await request();

    await eventually(async () => String(await positions()) === '4');
  });

  it('are deleted in small batches, by one replica at a time, and counted', async () => {
    const running = await payments();
    await process(1);
    const other = await connect(database.url);
    await other.query(`select pg_advisory_lock(${RETENTION_LOCK})`);
    await sql.query(`
      insert into outbox (id, type, exchange, routing_key, mandatory, event, position, published_at, created_at)
      select gen_random_uuid(), 't', 'x', 'k', false, '{}', n, now(), now() - interval '4 days' from generate_series(2, 2500) n`);
    await age('position = 1');
    await sql.query(`
      create table batches (removed int);
      create function note_batch() returns trigger language plpgsql as $$ begin insert into batches select count(*) from gone; return null; end $$;
      create trigger batches after delete on outbox referencing old table as gone for each statement execute function note_batch()`);
    const looks = async (): Promise<string> => (await fetch(new URL('/metrics', running.url))).text();
    await expect(eventually(async () => (await positions())[0] !== 1, 300)).rejects.toThrow();

    await other.query(`select pg_advisory_unlock(${RETENTION_LOCK})`);
    await eventually(async () => (await positions()).length === 1);

    expect(await looks()).toContain('paygraph_retention_removed_total{what="events",service="payments"} 2499');
    expect(await numbers('select removed as n from batches where removed > 0 order by removed desc')).toEqual([1_000, 1_000, 499]);
  });

  it('that are gone make a cursor before them expire, over every transport, and over REST', async () => {
    const running = await payments();
    await process(5);
    await age('position <= 3');
    await eventually(async () => (await positions())[0] === 4);
    let url = '';
    const gateway = createGatewayService(
      readGatewayConfig({
        SUPERGRAPH: join(projectFolder, 'supergraph.yaml'),
        GATEWAY_REST: join(projectFolder, 'operations', 'rest'),
        PAYMENTS_URL: running.url,
        GATEWAY_PORT: '0',
        LOG_LEVEL: 'silent',
      }),
      { onListening: (at) => (url = at) },
    );
    await gateway.start();
    stack.use({ [Symbol.asyncDispose]: () => gateway.stop() });

    for (const client of SUBSCRIPTION_CLIENTS) {
      const open = async (position: number) =>
        client.open({ url, webSocketUrl: url.replace('http', 'ws') }, { query: EVENTS, variables: { after: await cursorAt(position) } });
      const expired = await open(2);
      const good = await open(3);
      expect([client.transport, await expired.next()]).toEqual([
        client.transport,
        expect.objectContaining({ errors: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'CURSOR_EXPIRED' }) })] }),
      ]);
      expect(await good.next()).toMatchObject({ data: { paymentProcessed: { cursor: await cursorAt(4) } } });
      await Promise.all([expired.cancel(), good.cancel()]);
    }
    const headers = { accept: 'text/event-stream', 'last-event-id': await cursorAt(2) };
    const answer = await callRest(new URL('/rest', url).href, 'GET', '/payments/events', { headers });
    expect(answer).toMatchObject({ status: 410, body: { code: 'CURSOR_EXPIRED' } });
  });

  it('that are gone do not keep users from hearing an outcome once more, and subscribers hear it once', async () => {
    const running = await payments();
    const old = await request();
    await process(0, 1); // alone: those that come together take their positions in any order
    await process(3, 4);
    await age('position <= 2');
    await eventually(async () => (await positions())[0] === 3);
    for (let told = 0; told < 4; told += 1) (await eventually(() => broker.take(PAYMENT_OUTCOMES.queue))).ack();
    const { paymentEventsCursor: newest } = await ask<{ paymentEventsCursor: string }>(running.url, '{ paymentEventsCursor }');
    const client = connectWebSocket(running.url);
    stack.use({ [Symbol.asyncDispose]: async () => client.dispose() });
    const heard: unknown[] = [];
    client.subscribe<{ paymentProcessed: { payment: { id: string } } }>(
      { query: EVENTS, variables: { after: newest } },
      { next: ({ data }) => heard.push(data?.paymentProcessed.payment.id), error: () => undefined, complete: () => undefined },
    );

    await request(old);
    const again = await eventually(() => broker.take(PAYMENT_OUTCOMES.queue));
    await request(old); // and again, in the same row
    await eventually(() => broker.take(PAYMENT_OUTCOMES.queue));
    const live = await request();

    await eventually(() => heard.length > 0);
    expect(JSON.parse(again.message.body.toString())).toMatchObject({ type: 'payment.processed.v1', subject: old });
    expect(heard).toEqual([live]);
    expect(await positions()).toEqual([3, 4, 5, 6]);
    expect((await ask<{ paymentEventsCursor: string }>(running.url, '{ paymentEventsCursor }')).paymentEventsCursor).toBe(
      await cursorAt(6),
    );
  });
});

describe('idempotency keys', () => {
  const users = async (env: Record<string, string> = USERS_OFTEN): Promise<RunningSubgraph> =>
    stack.use(await startUsers({ databaseUrl: database.url, broker, env }));
  const PAY = `mutation ($key: String!, $amount: Decimal!) { pay(input: { userId: "1", amount: $amount, idempotencyKey: $key }) { payment { id } } }`;
  const DEPOSIT = `mutation ($key: String!, $amount: Decimal!) { deposit(input: { userId: "1", amount: $amount, idempotencyKey: $key }) { balance { amount } } }`;
  const pay = async (url: string, key: string): Promise<string> =>
    (await ask<{ pay: { payment: { id: string } } }>(url, PAY, { key, amount: '1.00' })).pay.payment.id;
  const keys = async (table: string): Promise<(string | null)[]> =>
    (await sql.query<{ key: string | null }>(`select idempotency_key as key from ${table} order by id`)).rows.map(({ key }) => key);

  it('that are forgotten are new keys; the payments and deposits stay', async () => {
    const { url } = await users();
    const first = await pay(url, 'a');
    await pay(url, 'b');
    for (const key of ['a', 'b']) await ask(url, DEPOSIT, { key, amount: '10.00' });
    expect(await refusalCode(url, DEPOSIT, { key: 'a', amount: '11.00' })).toBe('IDEMPOTENCY_CONFLICT');

    await sql.query(
      `update payment_requests set requested_at = requested_at - interval '4 days', status = 'PROCESSED', processed_at = now() where id = $1`,
      [first],
    );
    await sql.query(`update deposits set created_at = created_at - interval '4 days' where id = 1`);
    await eventually(async () => (await keys('payment_requests'))[0] === null && (await keys('deposits'))[0] === null);

    expect(await pay(url, 'a')).not.toBe(first);
    expect(await keys('payment_requests')).toEqual([null, 'b', 'a']);
    expect(await post(url, DEPOSIT, { key: 'a', amount: '11.00' })).toMatchObject({ data: { deposit: { balance: { amount: '528.00' } } } });
    expect(await refusalCode(url, DEPOSIT, { key: 'b', amount: '11.00' })).toBe('IDEMPOTENCY_CONFLICT');
  });

  it('of payments whose outcome is unknown stay, and nobody behind them waits', async () => {
    const { url } = await users();
    const ids = [await pay(url, 'a'), await pay(url, 'b'), await pay(url, 'c')];
    await sql.query(`update payment_requests set status = 'PROCESSED', processed_at = now() where id = any($1)`, [[ids[0], ids[2]]]);

    await sql.query(`update payment_requests set requested_at = requested_at - interval '4 days'`);
    await eventually(async () => (await keys('payment_requests'))[2] === null);

    expect(await keys('payment_requests')).toEqual([null, 'b', null]);
    expect(await pay(url, 'b')).toBe(ids[1]);
  });

  it('of refused payments are forgotten in small batches, each of them a new key then', async () => {
    const { url } = await users();
    expect(await refusalCode(url, PAY, { key: 'a', amount: '600.00' })).toBe('INSUFFICIENT_FUNDS');
    await ask(url, DEPOSIT, { key: 'd', amount: '1000.00' });
    expect(await refusalCode(url, PAY, { key: 'a', amount: '600.00' })).toBe('INSUFFICIENT_FUNDS');
    await sql.query(`insert into refused_keys select 1, 'key ' || n, 1, 'MXN', null, now() from generate_series(1, 2500) n`);

    await sql.query(`update refused_keys set refused_at = refused_at - interval '4 days' where idempotency_key <> 'key 2500'`);
    await eventually(async () => (await numbers('select count(*) as n from refused_keys'))[0] === 1);

    expect(await refusalCode(url, PAY, { key: 'a', amount: '600.00' })).toBeUndefined();
  });

  it('are looked at once: each batch goes on where the last one ended', async () => {
    await users();
    await sql.query(`
      insert into payment_requests (id, user_id, amount_minor, currency, idempotency_key, status, requested_at, processed_at, republish_at)
      select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, 1, 'MXN', 'key ' || n, 'PROCESSED', now() - interval '4 days', now(), now()
      from generate_series(1, 2500) n`);

    await eventually(async () => (await numbers('select count(idempotency_key) as n from payment_requests'))[0] === 0);

    expect((await sql.query('select requests_up_to from key_retention')).rows).toEqual([
      { requests_up_to: '00000000-0000-7000-8000-0000000009c4' },
    ]);
  });
});

describe('published requests', () => {
  it('that are gone are written anew when the outcome of their payment is still unknown', async () => {
    const env = { ...USERS_OFTEN, USERS_RECONCILE_AFTER_MS: '3600000' };
    const { url } = stack.use(await startUsers({ databaseUrl: database.url, broker, env }));
    const PAY = `mutation { pay(input: { userId: "1", amount: "1.00", description: "tea" }) { payment { id } } }`;
    const { pay } = await ask<{ pay: { payment: { id: string } } }>(url, PAY);
    await ask(url, PAY);
    const original = await eventually(() => broker.take(PAYMENT_REQUESTS.queue));
    (await eventually(() => broker.take(PAYMENT_REQUESTS.queue))).ack();
    await sql.query(`update outbox set created_at = created_at - interval '4 days'`);
    await eventually(async () => (await positions()).length === 1);

    await sql.query(`update payment_requests set republish_at = now() where id = $1`, [pay.payment.id]);
    const again = await eventually(() => broker.take(PAYMENT_REQUESTS.queue));

    const { sequence: _old, ...before } = JSON.parse(original.message.body.toString()) as Record<string, unknown>;
    const { sequence: _new, ...after } = JSON.parse(again.message.body.toString()) as Record<string, unknown>;
    expect(before).toMatchObject({ subject: pay.payment.id });
    expect(after).toEqual(before);
  });
});
