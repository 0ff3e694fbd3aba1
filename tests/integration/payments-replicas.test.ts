import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { pause } from '../../platform/foundation/backoff.ts';
import { createMemoryBroker, type MemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { toWireMessage } from '../../platform/messaging/messages.ts';
import { paymentRequested } from '../../subgraphs/payment-messages.ts';
import { COMMANDS_EXCHANGE, PAYMENT_OUTCOMES, PAYMENT_REQUESTS } from '../../subgraphs/payment-topology.ts';
import { eventually } from '../support/eventually.ts';
import { ask, post, refusalCode } from '../support/graphql-client.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { AsyncStack, startPayments, type RunningSubgraph } from '../support/subgraph-services.ts';
import { publishUntilAccepted } from '../support/publish-until-accepted.ts';

interface State {
  readonly paused: boolean;
  readonly waiting: number;
  readonly deadLettered: number;
}
const STATE = `{ paused waiting deadLettered }`;

describe('an operator of two replicas of payments', () => {
  let stack: AsyncStack;
  let database: TestDatabase;
  let broker: MemoryBroker;
  let one: RunningSubgraph;
  let other: RunningSubgraph;

  beforeEach(async () => {
    stack = new AsyncStack();
    database = stack.use(await createTestDatabase('payments'));
    broker = createMemoryBroker();
    [one, other] = await Promise.all([startReplica(), startReplica()]);
    stack.use(one);
    stack.use(other);
  });
  afterEach(() => stack[Symbol.asyncDispose]());

  const startReplica = (): Promise<RunningSubgraph> => startPayments({ databaseUrl: database.url, broker });
  const toRequest = (paymentId: string) =>
    toWireMessage(
      paymentRequested({ paymentId, userId: 'payer', amountMinor: 100n, currency: 'MXN', description: null, requestedAt: new Date() }),
    );
  const request = async (count: number): Promise<void> => {
    for (let sent = 0; sent < count; sent += 1)
      await publishUntilAccepted(broker, COMMANDS_EXCHANGE, 'payment.requested.v1', toRequest(randomUUID()), { mandatory: true });
  };
  const processing = async (replica: RunningSubgraph): Promise<State> =>
    (await ask<{ processing: State }>(replica.url, `{ processing ${STATE} }`)).processing;
  const countProcessed = async (): Promise<number> =>
    (await ask<{ payments: { nodes: unknown[] } }>(one.url, `{ payments(first: 100) { nodes { id } } }`)).payments.nodes.length;

  it('pauses both through one of them within half a second, and nothing is lost meanwhile', async () => {
    const answer = await ask(one.url, `mutation { pauseProcessing ${STATE} }`);
    await eventually(async () => (await processing(other)).paused, 500);
    await pause(500); // what is promised of the other replica; that it has followed cannot be seen from outside
    await request(20);
    const waiting = await eventually(async () => ((await processing(other)).waiting === 20 ? 20 : undefined));
    const processedMeanwhile = await countProcessed();

    await ask(other.url, `mutation { resumeProcessing { paused } }`);

    expect(answer).toEqual({ pauseProcessing: { paused: true, waiting: 0, deadLettered: 0 } });
    expect([waiting, processedMeanwhile]).toEqual([20, 0]);
    await eventually(async () => (await countProcessed()) === 20);
    await eventually(async () => (await processing(one)).waiting === 0);
  });

  it('finds them paused after a restart: not even the first message is taken', async () => {
    await ask(one.url, `mutation { pauseProcessing { paused } }`);
    await Promise.all([one.service.stop(), other.service.stop()]);
    await request(3);

    one = stack.use(await startReplica());
    const state = await processing(one);
    const processedMeanwhile = await countProcessed();
    await ask(one.url, `mutation { resumeProcessing { paused } }`);

    expect([state, processedMeanwhile]).toEqual([{ paused: true, waiting: 3, deadLettered: 0 }, 0]);
    await eventually(async () => (await countProcessed()) === 3);
  });

  it('may pause twice and resume twice', async () => {
    for (const mutation of [
      'pauseProcessing',
      'pauseProcessing',
      'resumeProcessing',
      'resumeProcessing',
      'pauseProcessing',
      'resumeProcessing',
    ]) {
      await ask(one.url, `mutation { ${mutation} { paused } }`);
    }
    await request(5);

    await eventually(async () => (await countProcessed()) === 5);
  });

  it('shares the work: every request is processed once', async () => {
    await request(100);

    await eventually(async () => (await countProcessed()) === 100);
    expect(await processing(one)).toEqual({ paused: false, waiting: 0, deadLettered: 0 });
  });

  it('sends what was set aside back, oldest first and no more than the limit', async () => {
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    for (const id of ids) await publishUntilAccepted(broker, '', PAYMENT_REQUESTS.parking.queue, toRequest(id), { mandatory: true });

    const { redriveDeadLetters } = await ask<{ redriveDeadLetters: State }>(one.url, `mutation { redriveDeadLetters(limit: 2) ${STATE} }`);

    expect(redriveDeadLetters.deadLettered).toBe(1);
    await eventually(async () => (await countProcessed()) === 2);
    const { payments } = await ask<{ payments: { nodes: { id: string }[] } }>(one.url, `{ payments { nodes { id } } }`);
    expect(payments.nodes.map((payment) => payment.id).sort()).toEqual(ids.slice(0, 2).sort());
  });

  it('sees outcomes that users set aside too, and sends them back to users', async () => {
    await publishUntilAccepted(broker, '', PAYMENT_OUTCOMES.parking.queue, toRequest(randomUUID()), { mandatory: true });
    const before = await processing(one);

    await ask(one.url, `mutation { redriveDeadLetters { paused } }`);

    expect(before.deadLettered).toBe(1);
    expect((await processing(one)).deadLettered).toBe(0);
    expect(await broker.countMessages(PAYMENT_OUTCOMES.queue)).toBe(1);
  });

  it('finds poison set aside again after it was sent back', async () => {
    await publishUntilAccepted(
      broker,
      COMMANDS_EXCHANGE,
      'payment.requested.v1',
      { ...toRequest(randomUUID()), body: Buffer.from('poison') },
      { mandatory: true },
    );
    await eventually(async () => (await processing(one)).deadLettered === 1);

    await ask(one.url, `mutation { redriveDeadLetters { paused } }`);

    await eventually(async () => (await processing(one)).deadLettered === 1);
  });

  it('sets poison aside once for each time it is sent back, and never in a loop', async () => {
    const poison = { ...toRequest(randomUUID()), body: Buffer.from('poison') };
    for (let count = 0; count < 3; count += 1)
      await publishUntilAccepted(broker, COMMANDS_EXCHANGE, 'payment.requested.v1', poison, { mandatory: true });
    const countParked = async (): Promise<number> => {
      const pages = await Promise.all([one, other].map(async ({ url }) => (await fetch(new URL('/metrics', url))).text()));
      return pages.reduce(
        (sum, page) =>
          sum + Number(/^paygraph_messages_total\{queue="payments.requested",outcome="parked".*\} (\d+)$/m.exec(page)?.[1] ?? 0),
        0,
      );
    };
    for (let round = 1; round <= 3; round += 1) {
      await eventually(async () => (await processing(one)).deadLettered === 3 && (await countParked()) === 3 * round);
      await ask(one.url, `mutation { redriveDeadLetters(limit: 10000) { paused } }`);
    }

    await eventually(async () => (await processing(one)).deadLettered === 3 && (await countParked()) === 12);
    expect((await processing(one)).waiting).toBe(0);
  });

  it.each([0, -1, 10_001])('gets BAD_USER_INPUT for redriveDeadLetters(limit: %p)', async (limit) => {
    expect(await refusalCode(one.url, `mutation ($limit: Int) { redriveDeadLetters(limit: $limit) { paused } }`, { limit })).toBe(
      'BAD_USER_INPUT',
    );
  });

  it('can pause while the broker is away, and is told that nobody can count', async () => {
    const connection = broker.connect();
    await using lonely = await startPayments({ databaseUrl: database.url, broker, seams: { connectBroker: () => connection } });
    connection.disconnect();

    const pausing = await post(lonely.url, `mutation { pauseProcessing { paused } }`);
    const counting = await post(lonely.url, `{ processing { paused waiting } }`);
    const ready = await fetch(new URL('/health/ready', lonely.url));

    expect(pausing.data).toEqual({ pauseProcessing: { paused: true } });
    expect(counting.data).toBeNull();
    expect(counting.errors).toEqual([
      expect.objectContaining({ path: ['processing', 'waiting'], extensions: expect.objectContaining({ code: 'BROKER_UNAVAILABLE' }) }),
    ]);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'up', checks: { database: { status: 'up' }, broker: { status: 'down' }, consumer: { status: 'up' } } },
    ]);
  });
});
