import { expect, it } from '@jest/globals';
import { createMetrics } from '../../../../platform/foundation/metrics.ts';
import type { Delivery, WireMessage } from '../../../../platform/messaging/broker.ts';
import { startConsumerWatch } from '../../../../platform/messaging/consumer-watch.ts';
import { createMemoryBroker } from '../../../../platform/messaging/memory-broker.ts';
import { eventually } from '../../../support/eventually.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';

const MESSAGE: WireMessage = {
  body: Buffer.from('{}'),
  contentType: 'application/json',
  messageId: 'm',
  correlationId: 'm',
  type: 'x',
  timestamp: 0,
  appId: 'test',
  headers: {},
};

it('a stuck consumer is told in the log once when it begins, and once when it is over', async () => {
  const broker = createMemoryBroker();
  await broker.declare({
    exchanges: [{ name: 'work', type: 'topic' }],
    queues: [{ name: 'work', bindings: [{ exchange: 'work', routingKey: '#' }] }],
  });
  const { logger, lines } = createRecordingLogger();
  const watch = startConsumerWatch({ broker, queue: 'work', stuckAfterMs: 40, logger, metrics: createMetrics('test') });
  const inHand: Delivery[] = [];
  const consumer = await watch.broker.consume('work', { prefetch: 1, onDelivery: (delivery) => void inHand.push(delivery) });
  await broker.publish('work', 'x', MESSAGE, { mandatory: true });

  await eventually(() => lines.length > 0);
  await eventually(() => Number(/(\d\.\d) s$/.exec(watch.problem ?? '')?.[1]) >= 0.2);
  inHand[0]?.ack();
  await eventually(() => watch.problem === undefined);

  expect(lines).toEqual([
    expect.stringMatching(/^error: a consumer is stuck: a message of work has been in hand for \d\.\d s$/),
    'info: the consumer of work goes on',
  ]);
  await consumer.stop(Date.now());
  await watch.stop(Date.now());
  await broker.stop(Date.now());
});
