import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PROCESSED_PAYMENTS } from '../../examples/loyalty/loyalty-topology.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { connectAmqpBroker } from '../../platform/messaging/amqp-broker.ts';
import type { Broker } from '../../platform/messaging/broker.ts';
import { toWireMessage } from '../../platform/messaging/messages.ts';
import { paymentOutcome, type PaymentOutcome } from '../../subgraphs/payment-messages.ts';
import { EVENTS_EXCHANGE, PAYMENT_TOPOLOGY } from '../../subgraphs/payment-topology.ts';
import { eventually } from '../support/eventually.ts';
import { ask, connectWebSocket, refusalCode } from '../support/graphql-client.ts';
import { startLoyalty } from '../support/loyalty-service.ts';
import { createTestDatabase, queryServer, type TestDatabase } from '../support/postgres.ts';
import { createTestVhost, type TestVhost } from '../support/rabbitmq.ts';
import { AsyncStack, type RunningSubgraph } from '../support/subgraph-services.ts';
import { publishUntilAccepted } from '../support/publish-until-accepted.ts';

const LOYALTY = `query ($id: ID!, $first: Int, $after: String) { _entities(representations: [{ __typename: "User", id: $id }]) { ... on User {
  loyalty { points tier history(first: $first, after: $after) { nodes { points payment { id } } pageInfo { hasNextPage endCursor } } }
} } }`;

interface Loyalty {
  readonly points: number;
  readonly tier: string;
  readonly history: {
    readonly nodes: readonly { readonly points: number; readonly payment: { readonly id: string } }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  };
}

/** What payments publishes, on the broker of production. The graph does not answer: the queue has to do. */
describe('loyalty on RabbitMQ', () => {
  let stack: AsyncStack;
  let database: TestDatabase;
  let vhost: TestVhost;
  let payments: Broker;

  beforeEach(async () => {
    stack = new AsyncStack();
    database = stack.use(await createTestDatabase());
    vhost = stack.use(await createTestVhost());
    payments = connectAmqpBroker({ urls: [vhost.url], name: 'payments', logger: silentLogger });
    stack.use({ [Symbol.asyncDispose]: async () => payments.stop(Date.now() + 1_000) });
    await payments.declare(PAYMENT_TOPOLOGY);
    await eventually(() => payments.connected);
  });
  afterEach(() => stack[Symbol.asyncDispose]());

  const start = async (seams = {}): Promise<RunningSubgraph> => {
    const loyalty = stack.use(await startLoyalty(database.url, { AMQP_URL: vhost.url }, seams));
    // The queue is there a moment before its binding is; the broker counts as up when both are.
    await eventually(async () => {
      const response = await fetch(new URL('/health/ready', loyalty.url));
      return ((await response.json()) as { checks: { broker: { status: string } } }).checks.broker.status === 'up';
    });
    return loyalty;
  };
  const create = (amountMinor: bigint, more: Partial<PaymentOutcome> = {}): PaymentOutcome => ({
    paymentId: randomUUID(),
    userId: '1',
    amountMinor,
    currency: 'MXN',
    requestedAt: new Date(),
    processedAt: new Date(),
    failureReason: null,
    ...more,
  });
  const publish = async (...outcomes: readonly PaymentOutcome[]): Promise<void> => {
    const events = outcomes.map(paymentOutcome);
    await Promise.all(
      events.map((event) => publishUntilAccepted(payments, EVENTS_EXCHANGE, event.type, toWireMessage(event), { mandatory: true })),
    );
  };
  const read = async ({ url }: RunningSubgraph, variables: object = {}): Promise<Loyalty> =>
    (await ask<{ _entities: [{ loyalty: Loyalty }] }>(url, LOYALTY, { id: '1', ...variables }))._entities[0].loyalty;
  const isQueueEmpty = async (): Promise<boolean> => (await payments.countMessages(PROCESSED_PAYMENTS.queue)) === 0;

  it('counts a payment once however often it is told of, by two replicas at once', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    const outcomes = Array.from({ length: 100 }, () => create(1_000n));

    await publish(...outcomes, ...outcomes, ...outcomes);

    await eventually(async () => (await read(one)).points === 100);
    await eventually(isQueueEmpty);
    await Promise.all([one.service.stop(), other.service.stop()]); // what was in their hands is done
    expect(await read(await start())).toMatchObject({ points: 100, tier: 'SILVER' });
  });

  it('does not mind the order: the history is by when payments were processed', async () => {
    const loyalty = await start();
    const outcomes = [3, 1, 2, 0].map((minute) =>
      create(BigInt(minute + 1) * 1_000n, { processedAt: new Date(Date.UTC(2026, 0, 31, 12, minute)) }),
    );

    for (const outcome of outcomes) await publish(outcome);

    await eventually(async () => (await read(loyalty)).points === 10);
    const first = (await read(loyalty, { first: 3 })).history;
    const second = (await read(loyalty, { first: 3, after: first.pageInfo.endCursor })).history;
    expect([...first.nodes, ...second.nodes].map(({ points }) => points)).toEqual([4, 3, 2, 1]);
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
  });

  it('gives no points for a failed payment, and zero for one that is too small', async () => {
    const loyalty = await start();
    const [failed, small, enough] = [create(50_000n, { failureReason: 'LIMIT_EXCEEDED' }), create(999n), create(1_000n)] as const;

    await publish(failed, small, enough).catch(() => undefined); // nobody here wants failed ones: it comes back
    await publish(small, enough);

    await eventually(async () => (await read(loyalty)).points === 1);
    const { _entities } = await eventually(async () => {
      const answer = await ask<{ _entities: { points: number | null }[] }>(
        loyalty.url,
        'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Payment { points } } }',
        { r: [...[failed, small, enough].map(({ paymentId }) => paymentId), 'no UUID'].map((id) => ({ __typename: 'Payment', id })) },
      );
      return answer._entities[1]?.points === 0 ? answer : undefined;
    });
    expect(_entities.map(({ points }) => points)).toEqual([null, 0, 1, null]);
    expect((await read(loyalty)).history.nodes).toEqual([{ points: 1, payment: { id: enough.paymentId } }]);
  });

  it('counts once when a replica dies after it has committed and before it has acknowledged', async () => {
    let swallowed = 0;
    const connectBroker = (): Broker => {
      const broker = connectAmqpBroker({ urls: [vhost.url], name: 'dying', logger: silentLogger });
      const consume: Broker['consume'] = (queue, { prefetch, onDelivery }) =>
        broker.consume(queue, {
          prefetch,
          onDelivery: (delivery) => onDelivery({ ...delivery, message: delivery.message, ack: () => void (swallowed += 1) }),
        });
      return Object.create(broker, { consume: { value: consume } }) as Broker;
    };
    const dying = await start({ connectBroker });
    const outcomes = Array.from({ length: 10 }, () => create(1_000n));
    await publish(...outcomes);
    await eventually(() => swallowed === 10);
    expect((await read(dying)).points).toBe(10);

    await dying.service.stop({ deadlineMs: 100 }).catch(() => undefined); // its connection goes with what is in its hands
    const loyalty = await start();
    await publish(create(1_000n));

    await eventually(async () => (await read(loyalty)).points === 11);
    await eventually(isQueueEmpty);
    expect((await read(loyalty)).points).toBe(11);
  });

  it('finds what was processed while it was away', async () => {
    const first = await start();
    await first.service.stop();
    await publish(...Array.from({ length: 30 }, () => create(1_000n)));

    const second = await start();

    await eventually(async () => (await read(second)).points === 30);
  });

  it('sets poison aside with the reason, and goes on', async () => {
    const loyalty = await start();
    const poison = { ...toWireMessage(paymentOutcome(create(1_000n))), body: Buffer.from('{"specversion":"1.0"}') };

    await publishUntilAccepted(payments, EVENTS_EXCHANGE, 'payment.processed.v1', poison, { mandatory: true });
    await publish(create(1_000n));

    await eventually(async () => (await read(loyalty)).points === 1);
    const parked = await eventually(() => payments.take(PROCESSED_PAYMENTS.parking.queue));
    expect(parked.message.headers['x-reason']).toMatch(/^MESSAGE_MALFORMED: /);
    parked.ack();
  });

  it('holds messages while its database is away, and counts them when it is back', async () => {
    const loyalty = await start();
    await publish(create(1_000n));
    await eventually(async () => (await read(loyalty)).points === 1);
    const name = new URL(database.url).pathname.slice(1);

    await queryServer(`alter database ${name} with allow_connections false`);
    await queryServer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    await publish(create(1_000n));
    const health = await eventually(async () => {
      const response = await fetch(new URL('/health/ready', loyalty.url));
      return response.status === 503 ? response.json() : undefined;
    });
    await queryServer(`alter database ${name} with allow_connections true`);

    expect(health).toMatchObject({ status: 'down', checks: { broker: { status: 'up' }, graph: { status: 'down' } } });
    await eventually(async () => (await read(loyalty)).points === 2);
  });

  it('tells subscribers of everything once and in the order of its cursors, whichever replica counted it', async () => {
    const replicas = await Promise.all([start(), start()]);
    const [one] = replicas;
    await publish(create(1_000n), create(1_000n));
    await eventually(async () => (await read(one)).points === 2);
    const client = connectWebSocket(one.url);
    stack.use({ [Symbol.asyncDispose]: async () => client.dispose() });
    const seen: { cursor: string; payment: { id: string } }[] = [];
    const listen = (variables: object): (() => void) =>
      client.subscribe<{ pointsEarned: (typeof seen)[number] }>(
        {
          query: 'subscription ($after: String) { pointsEarned(userId: "1", after: $after) { cursor payment { id } } }',
          variables: { ...variables },
        },
        { next: ({ data }) => void (data && seen.push(data.pointsEarned)), error: () => undefined, complete: () => undefined },
      );

    const leave = listen({});
    const outcomes = Array.from({ length: 100 }, () => create(1_000n));
    await eventually(async () => {
      await publish(create(1_000n)); // until the subscription has begun
      return seen.length > 0;
    });
    await publish(...outcomes, create(999n), create(1_000n, { userId: '2' }));
    const ids = (): Set<string> => new Set(seen.map(({ payment }) => payment.id));
    await eventually(() => outcomes.every(({ paymentId }) => ids().has(paymentId)));
    leave();
    const live = seen.splice(0);
    listen({ after: live[9]?.cursor });

    await eventually(() => seen.length >= live.length - 10);
    expect(new Set(live.map(({ cursor }) => cursor)).size).toBe(live.length);
    expect(seen.slice(0, live.length - 10)).toEqual(live.slice(10));
  });

  it.each([
    ['not a cursor', 'x'],
    ['of another list', Buffer.from('["users","1"]').toString('base64url')],
    ['ahead of everything', Buffer.from('["points-earned","99"]').toString('base64url')],
  ])('refuses a cursor that is %s', async (_, after) => {
    const loyalty = await start();
    const client = connectWebSocket(loyalty.url);
    stack.use({ [Symbol.asyncDispose]: async () => client.dispose() });

    const refused = client.iterate({ query: `subscription { pointsEarned(after: "${after}") { cursor } }` }).next();

    await expect(refused).resolves.toMatchObject({ value: { errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'after' } }] } });
    expect(await refusalCode(loyalty.url, LOYALTY, { id: '1', after })).toBe('BAD_USER_INPUT');
    expect(await refusalCode(loyalty.url, LOYALTY, { id: '1', first: 0 })).toBe('BAD_USER_INPUT');
  });

  it('answers for many users and payments with one statement for each kind', async () => {
    const statements: string[] = [];
    const loyalty = await start({ onQuery: (text: string) => statements.push(text) });
    const representations = Array.from({ length: 50 }, (_, index) => [
      { __typename: 'User', id: String(index) },
      { __typename: 'Payment', id: randomUUID() },
    ]).flat();
    const before = statements.length;

    await ask(
      loyalty.url,
      `query ($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on User { loyalty { points tier history { nodes { points } } } } ... on Payment { points } } }`,
      { representations },
    );

    const reads = statements.slice(before).filter((text) => text.includes('earned_points'));
    expect(reads).toHaveLength(3);
  });
});
