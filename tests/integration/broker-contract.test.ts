import { silentLogger } from '../../platform/foundation/logger.ts';
import { connectAmqpBroker } from '../../platform/messaging/amqp-broker.ts';
import { createMemoryBroker, type MemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { describeBrokerContract } from '../support/broker-contract.ts';
import { createTestVhost } from '../support/rabbitmq.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

describeBrokerContract('the memory broker', async () => {
  const broker = createMemoryBroker();
  const clients: MemoryBroker[] = [];
  return {
    connect() {
      const client = broker.connect();
      clients.push(client);
      return client;
    },
    breakConnections: () => clients.forEach((client) => client.disconnect()),
    mendConnections: () => clients.forEach((client) => client.reconnect()),
    [Symbol.asyncDispose]: async () => undefined,
  };
});

describeBrokerContract('RabbitMQ', async () => {
  const vhost = await createTestVhost();
  const url = new URL(vhost.url);
  const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 5672) });
  url.host = `${proxy.host}:${proxy.port}`;
  return {
    connect: () => connectAmqpBroker({ urls: [url.href], name: 'contract suite', logger: silentLogger }),
    breakConnections() {
      proxy.refuse(true);
      proxy.reset();
    },
    mendConnections: () => proxy.refuse(false),
    async [Symbol.asyncDispose]() {
      await proxy.stop();
      await vhost[Symbol.asyncDispose]();
    },
  };
});
