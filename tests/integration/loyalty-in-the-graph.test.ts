import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { readGatewayConfig } from '../../gateway/config.ts';
import { createGatewayService } from '../../gateway/service.ts';
import type { Service } from '../../platform/foundation/lifecycle.ts';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { eventually } from '../support/eventually.ts';
import { ask, connectWebSocket, post } from '../support/graphql-client.ts';
import { startLoyalty } from '../support/loyalty-service.ts';
import { createTestDatabase, queryServer, type TestDatabase } from '../support/postgres.ts';
import { AsyncStack, startSubgraphs, type RunningSubgraph, type RunningSubgraphs } from '../support/subgraph-services.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const PAY = `mutation ($amount: Decimal!) { pay(input: { userId: "1", amount: $amount, description: "coffee" }) { payment { id } } }`;

/** The whole graph, with users and payments on a broker of their own that loyalty cannot reach, as with npm start. */
describe('loyalty in the graph', () => {
  let stack: AsyncStack;
  let subgraphs: RunningSubgraphs;
  let database: TestDatabase;
  let proxy: TcpProxy;
  let graphUrl: string;

  beforeEach(async () => {
    stack = new AsyncStack();
    database = stack.use(await createTestDatabase());
    subgraphs = stack.use(await startSubgraphs());
    proxy = await startTcpProxy({ host: '127.0.0.1', port: 1 }); // the gateway wants an address before loyalty has one
    stack.use({ [Symbol.asyncDispose]: () => proxy.stop() });
    graphUrl = (await startGateway('0')).url;
    await ask(graphUrl, `mutation { deposit(input: { userId: "1", amount: "100000.00", idempotencyKey: "rich" }) { id } }`);
  });
  afterEach(() => stack[Symbol.asyncDispose]());

  const startGateway = async (port: string): Promise<{ url: string; service: Service }> => {
    let url = '';
    const config = readGatewayConfig({
      SUPERGRAPH: 'examples/loyalty/supergraph.yaml',
      USERS_URL: subgraphs.users.url,
      PAYMENTS_URL: subgraphs.payments.url,
      LOYALTY_URL: `http://127.0.0.1:${proxy.port}/graphql`,
      GATEWAY_PORT: port,
      LOG_LEVEL: 'silent',
    });
    const service = createGatewayService(config, { onListening: (at) => (url = at) });
    stack.use({ [Symbol.asyncDispose]: () => service.stop() });
    await service.start();
    return { url, service };
  };
  const start = async (env: Readonly<Record<string, string>> = {}, seams = {}): Promise<RunningSubgraph> => {
    const loyalty = stack.use(await startLoyalty(database.url, { LOYALTY_GRAPH_URL: graphUrl, ...env }, seams));
    proxy.target = { host: '127.0.0.1', port: Number(new URL(loyalty.url).port) };
    return loyalty;
  };
  const pay = async (count: number, amount = '10.00'): Promise<void> => {
    for (let paid = 0; paid < count; paid += 1) await ask(graphUrl, PAY, { amount });
  };
  const areProcessed = async (count: number): Promise<boolean> => {
    const { payments } = await ask<{ payments: { nodes: unknown[] } }>(subgraphs.payments.url, `{ payments(first: 100) { nodes { id } } }`);
    return payments.nodes.length >= Math.min(count, 100);
  };
  const points = async (): Promise<number | undefined> =>
    (await ask<{ user: { loyalty: { points: number } } }>(graphUrl, `{ user(id: "1") { loyalty { points } } }`)).user.loyalty.points;

  it('started late, it counts all payments from before and then each as it is processed; failed ones earn nothing', async () => {
    await pay(101); // two pages of history
    await pay(1, '10000.01');
    await eventually(() => areProcessed(100));

    await start();

    await eventually(async () => (await points()) === 101);
    await pay(3);
    await eventually(async () => (await points()) === 104);
  }, 60_000);

  it('goes on where it stopped, and reads the history only once', async () => {
    await pay(2);
    await eventually(() => areProcessed(2));
    const first = await start();
    await eventually(async () => (await points()) === 2);
    await first.service.stop();
    const { paymentEventsCursor } = await ask<{ paymentEventsCursor: string }>(graphUrl, '{ paymentEventsCursor }');
    const place = await readRow(database.url, 'select round, events_after, history_read from catch_up');
    await pay(2);

    await start();

    await eventually(async () => (await points()) === 4);
    expect(place).toEqual({ round: 1, events_after: paymentEventsCursor, history_read: true });
    expect(await readRow(database.url, 'select round from catch_up')).toEqual({ round: 1 });
  }, 60_000);

  it('survives a restart of the gateway without losing a payment', async () => {
    const second = await startGateway('0'); // what loyalty listens to; the first one goes on
    await start({ LOYALTY_GRAPH_URL: second.url });
    await pay(1);
    await eventually(async () => (await points()) === 1);

    await second.service.stop();
    await pay(3);
    await startGateway(new URL(second.url).port);

    await eventually(async () => (await points()) === 4, 20_000);
  }, 60_000);

  it('reads the history again, and counts nothing twice, when payments does not know its place any more', async () => {
    await pay(3);
    await eventually(() => areProcessed(3));
    const first = await start();
    await eventually(async () => (await points()) === 3);
    await first.service.stop();
    await pay(1);
    const elsewhere = Buffer.from('["payment-events","0199c2f0-3a54-7c1e-9d0b-6f1f0d1c2b3a","1"]').toString('base64url');
    await queryServer(`update catch_up set events_after = '${elsewhere}'`, database.url);

    await start();

    await eventually(async () => (await points()) === 4);
    await pay(1);
    await eventually(async () => (await points()) === 5);
  }, 60_000);

  it('two replicas read side by side and count each payment once', async () => {
    await pay(30);
    await Promise.all([start(), start()]);
    await pay(5);

    await eventually(async () => (await points()) === 35);
    expect((await post(graphUrl, `{ user(id: "1") { loyalty { history(first: 100) { nodes { points } } } } }`)).data).toEqual({
      user: { loyalty: { history: { nodes: Array.from({ length: 35 }, () => ({ points: 1 })) } } },
    });
  }, 60_000);

  it('with a queue, finds in the graph what the queue was never told of', async () => {
    const broker = createMemoryBroker();
    stack.use({ [Symbol.asyncDispose]: async () => broker.stop(Date.now()) });
    await start({ LOYALTY_CATCH_UP_MS: '100' }, { connectBroker: () => broker.connect() }); // another broker than that of payments

    await pay(2);
    await eventually(async () => (await points()) === 2);
    await pay(1);

    await eventually(async () => (await points()) === 3);
  }, 60_000);

  it('its events carry the name from users and the payment from payments', async () => {
    await start();
    const client = connectWebSocket(graphUrl);
    stack.use({ [Symbol.asyncDispose]: async () => client.dispose() });
    const events = client.iterate<{ pointsEarned: object }>({
      query: `subscription { pointsEarned { points user { name balance { currency } loyalty { tier } } payment { description points amount { amount } } } }`,
    });
    let event: unknown;
    const arriving = events.next().then(({ value }) => (event = value as unknown));

    await eventually(async () => {
      await pay(1, '25.00'); // until the subscription has begun
      return event;
    });
    await arriving;

    expect(event).toEqual({
      data: {
        pointsEarned: {
          points: 2,
          user: { name: 'Willis', balance: { currency: 'MXN' }, loyalty: { tier: 'BRONZE' } },
          payment: { description: 'coffee', points: 2, amount: { amount: '25.00' } },
        },
      },
    });
  }, 60_000);

  it('away, it costs others nothing: what is theirs is there, what is ours is null with an error', async () => {
    const { data, errors } = await post(
      graphUrl,
      `mutation { pay(input: { userId: "1", amount: "10.00" }) { payment { status points } user { name loyalty { points } } } }`,
    );

    expect(data).toEqual({ pay: { payment: { status: 'PENDING', points: null }, user: { name: 'Willis', loyalty: null } } });
    expect(errors?.map(({ extensions }) => extensions?.['serviceName'])).toEqual(['loyalty', 'loyalty']);
  });
});

async function readRow(url: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows[0];
  } finally {
    await client.end();
  }
}
