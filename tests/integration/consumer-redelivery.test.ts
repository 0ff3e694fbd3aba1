import { silentLogger } from '../../platform/foundation/logger.ts';
import { connectAmqpBroker } from '../../platform/messaging/amqp-broker.ts';
import { describeConsumer } from '../support/consumer-suite.ts';
import { createTestVhost } from '../support/rabbitmq.ts';

describeConsumer('RabbitMQ', async () => {
  const vhost = await createTestVhost();
  return {
    connect: () => connectAmqpBroker({ urls: [vhost.url], name: 'consumer suite', logger: silentLogger }),
    [Symbol.asyncDispose]: () => vhost[Symbol.asyncDispose](),
  };
});
