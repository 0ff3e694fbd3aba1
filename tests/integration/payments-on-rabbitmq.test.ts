import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { connectAmqpBroker } from '../../platform/messaging/amqp-broker.ts';
import type { Broker } from '../../platform/messaging/broker.ts';
import { COMMANDS_EXCHANGE, PAYMENT_TOPOLOGY } from '../../subgraphs/payment-topology.ts';
import { eventually } from '../support/eventually.ts';
import { ask, connectWebSocket } from '../support/graphql-client.ts';
import { findViolations, openMoneyChecker, type MoneyChecker } from '../support/money-checker.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { createTestVhost } from '../support/rabbitmq.ts';
import { AsyncStack, startPayments, startUsers, type RunningSubgraph } from '../support/subgraph-services.ts';
import { publishUntilAccepted } from '../support/publish-until-accepted.ts';

const PAY = `mutation ($input: PayInput!) { pay(input: $input) { payment { id } } }`;

/** The same services as everywhere, with the broker of production. */
describe('users and payments on RabbitMQ', () => {
  const stack = new AsyncStack();
  const payments: RunningSubgraph[] = [];
  let users: RunningSubgraph;
  let checker: MoneyChecker;
  let stranger: Broker;

  beforeAll(async () => {
    const [usersDatabase, paymentsDatabase, vhost] = [
      stack.use(await createTestDatabase('users')),
      stack.use(await createTestDatabase('payments')),
      stack.use(await createTestVhost()),
    ];
    const env = { AMQP_URL: vhost.url };
    users = stack.use(await startUsers({ databaseUrl: usersDatabase.url, env }));
    for (let replica = 0; replica < 2; replica += 1)
      payments.push(stack.use(await startPayments({ databaseUrl: paymentsDatabase.url, env })));
    checker = stack.use(await openMoneyChecker(usersDatabase.url, paymentsDatabase.url));
    stranger = connectAmqpBroker({ urls: [vhost.url], name: 'stranger', logger: silentLogger });
    stack.use({ [Symbol.asyncDispose]: async () => stranger.stop(Date.now() + 1_000) });
    await stranger.declare(PAYMENT_TOPOLOGY);
    await eventually(() => stranger.connected);
  }, 60_000);
  afterAll(() => stack[Symbol.asyncDispose](), 30_000);

  const url = (replica: number): string => payments[replica]?.url ?? '';
  const pay = async (amount: string): Promise<string> =>
    (await ask<{ pay: { payment: { id: string } } }>(users.url, PAY, { input: { userId: '1', amount } })).pay.payment.id;
  const processing = async (replica: number): Promise<{ paused: boolean; waiting: number; deadLettered: number }> =>
    (
      await ask<{ processing: { paused: boolean; waiting: number; deadLettered: number } }>(
        url(replica),
        '{ processing { paused waiting deadLettered } }',
      )
    ).processing;

  it('a payment is reported by both replicas, whichever processed it', async () => {
    const clients = payments.map((replica) => connectWebSocket(replica.url));
    const seen: string[][] = [[], []];
    for (const [index, client] of clients.entries()) {
      client.subscribe<{ paymentProcessed: { payment: { id: string } } }>(
        { query: 'subscription { paymentProcessed { payment { id } } }' },
        {
          next: ({ data }) => void seen[index]?.push(data?.paymentProcessed.payment.id ?? ''),
          error: () => undefined,
          complete: () => undefined,
        },
      );
    }

    await eventually(async () => {
      const id = await pay('1.00');
      return eventually(() => seen.every((ids) => ids.includes(id)), 3_000).catch(() => false);
    }, 20_000);
    for (const client of clients) await client.dispose();
  }, 30_000);

  it('a failed payment is credited back, poison is set aside, and money is conserved', async () => {
    await ask(users.url, `mutation { deposit(input: { userId: "1", amount: "50000.00", idempotencyKey: "rich" }) { id } }`);
    await publishUntilAccepted(
      stranger,
      COMMANDS_EXCHANGE,
      'payment.requested.v1',
      {
        body: Buffer.from('poison'),
        contentType: 'text/plain',
        messageId: '',
        correlationId: '',
        type: '',
        timestamp: 0,
        appId: '',
        headers: {},
      },
      { mandatory: true },
    );

    await Promise.all([pay('10000.01'), ...Array.from({ length: 20 }, () => pay('1.00'))]);
    await eventually(async () => (await checker.countUndecided()) === 0, 20_000);

    const { rows } = await checker.users.query<{ id: string; userId: string; amount: string }>(
      'select id, user_id as "userId", amount_minor as amount from payment_requests',
    );
    expect(await findViolations(checker, rows)).toEqual([]);
    await eventually(async () => (await processing(0)).deadLettered === 1);
  }, 30_000);

  it('a pause on one replica holds for both', async () => {
    await ask(url(0), 'mutation { pauseProcessing { paused } }');
    const idle = await eventually(async () => {
      const state = await processing(1);
      return state.paused && state.waiting === 0 ? state : undefined;
    });

    const ids = [];
    while ((await processing(1)).waiting < 3) ids.push(await pay('1.00')); // one or two may still be taken by the other replica
    const undecided = await checker.countUndecided();
    await ask(url(1), 'mutation { resumeProcessing { paused } }');

    expect(idle.paused).toBe(true);
    expect(undecided).toBeGreaterThanOrEqual(3);
    await eventually(async () => (await checker.countUndecided()) === 0, 20_000);
  }, 30_000);
});
