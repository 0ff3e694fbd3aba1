import pg from 'pg';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { connectAmqpBroker } from '../../platform/messaging/amqp-broker.ts';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { describeDeadLetters, type DeadLettersUnderTest } from '../support/dead-letters-suite.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { createTestVhost } from '../support/rabbitmq.ts';
import { AsyncStack, startPayments } from '../support/subgraph-services.ts';

describeDeadLetters('the memory broker', async () => {
  await using stack = new AsyncStack();
  const database = stack.use(await createTestDatabase('payments'));
  const broker = createMemoryBroker();
  const start = async () => stack.use(await startPayments({ databaseUrl: database.url, broker }));
  const replicas = [await start(), await start()] as const;
  const query = await connect(database.url, stack);
  const opened = stack.move();
  return {
    replicas,
    stranger: broker,
    query,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
});

describeDeadLetters('RabbitMQ', async () => {
  await using stack = new AsyncStack();
  const [database, vhost] = [stack.use(await createTestDatabase('payments')), stack.use(await createTestVhost())];
  const start = async () => stack.use(await startPayments({ databaseUrl: database.url, env: { AMQP_URL: vhost.url } }));
  const replicas = [await start(), await start()] as const;
  const stranger = connectAmqpBroker({ urls: [vhost.url], name: 'stranger', logger: silentLogger });
  stack.use({ [Symbol.asyncDispose]: async () => stranger.stop(Date.now() + 1_000) });
  const query = await connect(database.url, stack);
  const opened = stack.move();
  return { replicas, stranger, query, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
});

async function connect(url: string, stack: AsyncStack): Promise<DeadLettersUnderTest['query']> {
  const client = new pg.Client(url);
  await client.connect();
  stack.use({ [Symbol.asyncDispose]: () => client.end() });
  return async (text) => (await client.query(text)).rows as unknown[];
}
