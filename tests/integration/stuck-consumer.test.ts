import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Broker } from '../../platform/messaging/broker.ts';
import { createMemoryBroker, type MemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { toWireMessage } from '../../platform/messaging/messages.ts';
import { paymentOutcome, paymentRequested } from '../../subgraphs/payment-messages.ts';
import { COMMANDS_EXCHANGE, EVENTS_EXCHANGE } from '../../subgraphs/payment-topology.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { AsyncStack, startPayments, startUsers, type RunningSubgraph } from '../support/subgraph-services.ts';

describe('a consumer that is stuck', () => {
  let stack: AsyncStack;
  let database: TestDatabase;
  let broker: MemoryBroker;
  beforeEach(async () => {
    stack = new AsyncStack();
    database = stack.use(await createTestDatabase('payments'));
    broker = createMemoryBroker();
  });
  afterEach(() => stack[Symbol.asyncDispose]());

  const payments = async (connection: Broker = broker.connect()): Promise<RunningSubgraph> => {
    const env = { PAYMENTS_STUCK_AFTER_MS: '300', PAYMENTS_PREFETCH: '2' };
    return stack.use(await startPayments({ databaseUrl: database.url, broker, env, seams: { connectBroker: () => connection } }));
  };
  const request = (): Promise<void> => {
    const payment = {
      paymentId: randomUUID(),
      userId: '1',
      amountMinor: 100n,
      currency: 'MXN',
      description: null,
      requestedAt: new Date(),
    };
    return broker.publish(COMMANDS_EXCHANGE, 'payment.requested.v1', toWireMessage(paymentRequested(payment)), { mandatory: true });
  };
  const health = async ({
    url,
  }: RunningSubgraph): Promise<{ status: string; checks: { consumer?: { status: string; problem?: string } } }> =>
    (await (await fetch(new URL('/health/ready', url))).json()) as never;
  const isStuck = async (running: RunningSubgraph): Promise<boolean> => (await health(running)).checks.consumer?.status === 'down';
  const metric = async ({ url }: RunningSubgraph, name: string): Promise<number> => {
    const text = await (await fetch(new URL('/metrics', url))).text();
    return Number(new RegExp(`^${name}\\{queue="payments.requested",service="payments"\\} (.*)$`, 'm').exec(text)?.[1]);
  };

  it('with a message in hand that does not end is noticed in health and metrics, until it goes on', async () => {
    const running = await payments();
    const holder = new pg.Client(database.url);
    await holder.connect();
    stack.use({ [Symbol.asyncDispose]: () => holder.end() });
    await holder.query('begin; lock table payments in exclusive mode');
    await request();

    await eventually(() => isStuck(running));

    expect(await health(running)).toMatchObject({
      status: 'up',
      checks: { consumer: { problem: expect.stringMatching(/^a message of payments\.requested has been in hand for \d\.\d s$/) } },
    });
    expect(await metric(running, 'paygraph_consumer_stuck')).toBe(1);
    expect(await metric(running, 'paygraph_message_in_hand_seconds')).toBeGreaterThan(0.3);
    await holder.query('rollback');
    await eventually(async () => !(await isStuck(running)));
    expect(await metric(running, 'paygraph_consumer_stuck')).toBe(0);
    expect(await metric(running, 'paygraph_message_in_hand_seconds')).toBe(0);
  });

  it('of users is noticed too', async () => {
    const usersDatabase = stack.use(await createTestDatabase('users'));
    const running = stack.use(await startUsers({ databaseUrl: usersDatabase.url, broker, env: { USERS_STUCK_AFTER_MS: '300' } }));
    const holder = new pg.Client(usersDatabase.url);
    await holder.connect();
    stack.use({ [Symbol.asyncDispose]: () => holder.end() });
    await holder.query('begin; lock table payment_requests in access exclusive mode');
    const now = new Date();
    const paid = { paymentId: randomUUID(), userId: '1', amountMinor: 100n, currency: 'MXN', requestedAt: now, processedAt: now };
    const outcome = toWireMessage(paymentOutcome({ ...paid, failureReason: null }));
    await broker.publish(EVENTS_EXCHANGE, 'payment.processed.v1', outcome, { mandatory: true });

    await eventually(() => isStuck(running));

    expect((await health(running)).checks.consumer?.problem).toMatch(
      /^a message of users\.payment-outcomes has been in hand for \d\.\d s$/,
    );
    await holder.query('rollback');
    await eventually(async () => !(await isStuck(running)));
  });

  it('that gets nothing although messages wait is noticed, and not while it is paused', async () => {
    const connection = broker.connect();
    const consume = connection.consume.bind(connection);
    let deaf: Awaited<ReturnType<Broker['consume']>> | undefined;
    connection.consume = async (queue, options) => {
      const consumer = await consume(queue, options);
      await consumer.stop(Date.now()); // the server has forgotten it, and did not say so
      return (deaf = { stop: async () => undefined });
    };
    const running = await payments(connection);
    await ask(running.url, 'mutation { pauseProcessing { paused } }');
    await request();
    await request();
    await expect(eventually(() => isStuck(running), 800)).rejects.toThrow();

    await ask(running.url, 'mutation { resumeProcessing { paused } }');
    await eventually(() => isStuck(running));

    expect(deaf).toBeDefined();
    expect((await health(running)).checks.consumer?.problem).toMatch(
      /^2 messages wait in payments\.requested, and none was settled for \d\.\d s$/,
    );
    connection.consume = consume;
    await ask(running.url, 'mutation { pauseProcessing { paused } }');
    await ask(running.url, 'mutation { resumeProcessing { paused } }');
    await eventually(async () => !(await isStuck(running)));
    await eventually(async () => (await broker.countMessages('payments.requested')) === 0);
  });
});
