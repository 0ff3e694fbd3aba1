import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createMemoryBroker, type MemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { PAYMENT_OUTCOMES, PAYMENT_REQUESTS } from '../../subgraphs/payment-topology.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { AsyncStack, startPayments, startUsers } from '../support/subgraph-services.ts';

/** Longer than any of these tests: nothing is published again. */
const NEVER = { USERS_RECONCILE_AFTER_MS: '3600000' };
const SOON = { USERS_RECONCILE_AFTER_MS: '100' };

describe('a payment whose messages were lost', () => {
  let stack: AsyncStack;
  let usersDatabase: TestDatabase;
  let paymentsDatabase: TestDatabase;
  let broker: MemoryBroker;
  let sql: pg.Client;

  beforeEach(async () => {
    stack = new AsyncStack();
    usersDatabase = stack.use(await createTestDatabase('users'));
    paymentsDatabase = stack.use(await createTestDatabase('payments'));
    broker = createMemoryBroker();
    sql = new pg.Client(usersDatabase.url);
    await sql.connect();
    stack.use({ [Symbol.asyncDispose]: () => sql.end() });
  });
  afterEach(() => stack[Symbol.asyncDispose]());

  const users = (env: Record<string, string>, on = broker) => startUsers({ databaseUrl: usersDatabase.url, broker: on, env });
  const payments = (on = broker) => startPayments({ databaseUrl: paymentsDatabase.url, broker: on });
  const pay = async (url: string, amount = '1.00'): Promise<string> =>
    (
      await ask<{ pay: { payment: { id: string } } }>(
        url,
        `mutation ($amount: Decimal!) { pay(input: { userId: "1", amount: $amount }) { payment { id } } }`,
        {
          amount,
        },
      )
    ).pay.payment.id;
  const isSettled = async (url: string): Promise<boolean> =>
    (await ask<{ user: { pendingPayments: unknown[] } }>(url, `{ user(id: "1") { pendingPayments { id } } }`)).user.pendingPayments
      .length === 0;
  /** Takes everything out of a queue, as if it had never been there. @returns how much it was */
  const lose = async (queue: string, atLeast: number): Promise<void> => {
    for (let lost = 0; lost < atLeast; lost += 1) (await eventually(() => broker.take(queue))).ack();
  };

  it('is processed when the broker forgot the request', async () => {
    await using running = await users(SOON);
    const id = await pay(running.url);
    await lose(PAYMENT_REQUESTS.queue, 1);

    await using processing = await payments();
    await eventually(() => isSettled(running.url));

    expect(await ask(processing.url, `query ($id: ID!) { payment(id: $id) { status } }`, { id })).toEqual({
      payment: { status: 'PROCESSED' },
    });
  });

  it('is settled when the broker forgot the outcome, and a failed one is credited back once', async () => {
    let running = await users(NEVER);
    await ask(running.url, `mutation { deposit(input: { userId: "1", amount: "20000.00", idempotencyKey: "k" }) { id } }`);
    await pay(running.url);
    await pay(running.url, '10000.01');
    await eventually(async () => (await broker.connect().countMessages(PAYMENT_REQUESTS.queue)) === 2);
    await running.service.stop();
    await using processing = await payments();
    await lose(PAYMENT_OUTCOMES.queue, 2);

    running = await users(SOON);
    stack.use(running);
    await sql.query(`update payment_requests set republish_at = now()`); // they were made under the other setting
    await eventually(() => isSettled(running.url));

    const { user } = await ask<{ user: unknown }>(running.url, `{ user(id: "1") { balance { amount } } }`);
    expect(user).toEqual({ balance: { amount: '20499.00' } });
    expect(processing.url).toBeTruthy();
  });

  it('is processed at once after a start on a broker that forgets everything with its process', async () => {
    const before = await users(NEVER);
    await pay(before.url);
    await pay(before.url);
    await eventually(async () => (await broker.countMessages(PAYMENT_REQUESTS.queue)) === 2);
    await before.service.stop();

    const fresh = createMemoryBroker();
    await using running = await users(NEVER, fresh);
    await using processing = await payments(fresh);

    await eventually(() => isSettled(running.url));
    expect(processing.url).toBeTruthy();
  });

  it('is sent again at growing intervals, not each round, and never more than 16 times as long as the first wait apart', async () => {
    await using running = await users(SOON);
    await sql.query(`
      create table sent_again (count integer, wait float8);
      create function note_wait() returns trigger language plpgsql as $$
      begin
        insert into sent_again values (new.republish_count, extract(epoch from new.republish_at - now()));
        return null;
      end $$;
      create trigger sent_again after update of republish_count on payment_requests for each row execute function note_wait()`);
    await pay(running.url);

    const intervals = await eventually(async () => {
      const { rows } = await sql.query<{ wait: number }>('select wait from sent_again where count <= 3 order by count');
      return rows.length === 3 && rows.map(({ wait }) => wait);
    });

    expect(intervals).toEqual([0.2, 0.4, 0.8]);

    await sql.query('update payment_requests set republish_count = 20, republish_at = now()');
    const longest = await eventually(
      async () => (await sql.query<{ wait: number }>('select wait from sent_again where count = 21')).rows[0]?.wait,
    );
    expect(longest).toBe(1.6);
  });

  it('is sent again by one of two replicas', async () => {
    const env = { USERS_RECONCILE_AFTER_MS: '1500' };
    await using one = await users(env);
    await using other = await users(env);
    await Promise.all(Array.from({ length: 30 }, (_, index) => pay(index % 2 === 0 ? one.url : other.url)));
    await eventually(async () => (await broker.countMessages(PAYMENT_REQUESTS.queue)) === 30);

    await eventually(async () => (await sql.query(`select from payment_requests where republish_count = 1`)).rowCount === 30);
    await eventually(async () => (await broker.countMessages(PAYMENT_REQUESTS.queue)) >= 60); // the outbox is marked after the count
    await eventually(async () => (await sql.query(`select from outbox where published_at is null`)).rowCount === 0);

    expect(await broker.countMessages(PAYMENT_REQUESTS.queue)).toBe(60);
  });
});
