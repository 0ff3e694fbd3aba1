import { describe, expect, it } from '@jest/globals';
import { connect as connectDirectly } from 'amqplib';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { connectAmqpBroker } from '../../platform/messaging/amqp-broker.ts';
import { startConsumer } from '../../platform/messaging/consumer.ts';
import { toWireMessage } from '../../platform/messaging/messages.ts';
import { describeConsumer } from '../support/consumer-suite.ts';
import { eventually } from '../support/eventually.ts';
import { createTestVhost } from '../support/rabbitmq.ts';

describeConsumer('RabbitMQ', async () => {
  const vhost = await createTestVhost();
  return {
    connect: () => connectAmqpBroker({ urls: [vhost.url], name: 'consumer suite', logger: silentLogger }),
    [Symbol.asyncDispose]: () => vhost[Symbol.asyncDispose](),
  };
});

describe('strangers on RabbitMQ', () => {
  it.each([
    [
      'of every type that AMQP has',
      {
        'x-attempt': { '!': 'timestamp', value: 5 },
        nothing: null,
        price: { '!': 'decimal', value: { digits: 25, places: 1 } },
        bytes: Buffer.from([0, 255]),
        far: 2 ** 40,
        list: [1, [null], { a: true }],
      },
    ],
    ['almost too large', { huge: '€'.repeat(18_000), many: Array.from({ length: 900 }, () => 0.5) }],
    ['that RabbitMQ would act on', { CC: ['somewhere.else'], 'x-death': [{ queue: 'strangers.work', reason: 'rejected' }] }],
  ])('may set headers %s: the message is parked, and the next one is handled', async (_what, headers) => {
    await using vhost = await createTestVhost();
    const work = 'strangers.work';
    const broker = connectAmqpBroker({ urls: [vhost.url], name: 'strangers', logger: silentLogger });
    await broker.declare({
      exchanges: [{ name: 'strangers.dlx', type: 'topic' }],
      queues: [
        { name: work, bindings: [], deliveryLimit: 3, deadLetter: { exchange: 'strangers.dlx', routingKey: 'dead' } },
        { name: 'strangers.retry', bindings: [], messageTtlMs: 50, deadLetter: { exchange: '', routingKey: work } },
        { name: 'strangers.parking', bindings: [{ exchange: 'strangers.dlx', routingKey: 'dead' }] },
      ],
    });
    await eventually(() => broker.connected);
    const handled: string[] = [];
    const consumer = await startConsumer({
      broker,
      queue: work,
      retryQueues: ['strangers.retry'],
      parking: { exchange: 'strangers.dlx', routingKey: 'dead' },
      prefetch: 1,
      logger: silentLogger,
      handle: async ({ event }) => void handled.push(event.id),
    });

    const stranger = await connectDirectly(vhost.url);
    const channel = await stranger.createConfirmChannel();
    channel.sendToQueue(work, Buffer.from('?'), { headers, expiration: 60_000, replyTo: 'me', priority: 5 });
    await channel.waitForConfirms();
    await stranger.close();
    const event = {
      specversion: '1.0',
      id: 'good',
      source: '/x',
      type: 't',
      subject: 's',
      time: '2026-03-01T12:00:00Z',
      datacontenttype: 'application/json',
      data: {},
    } as const;
    await broker.publish('', work, toWireMessage(event), { mandatory: true });

    await eventually(() => handled.includes('good'));
    const parked = await eventually(() => broker.take('strangers.parking'));
    expect(parked.message.headers).toMatchObject({ 'x-reason': expect.stringMatching(/^MESSAGE_MALFORMED/), 'x-attempt': 1 });
    expect(parked.message.headers['x-death']).toBeUndefined();
    parked.ack();
    await consumer.stop(Date.now() + 1_000);
    await broker.stop(Date.now() + 1_000);
  });
});
