import { createMemoryBroker } from '../../../../platform/messaging/memory-broker.ts';
import { describeConsumer } from '../../../support/consumer-suite.ts';

describeConsumer('the memory broker', async () => {
  const broker = createMemoryBroker();
  return { connect: () => broker.connect(), [Symbol.asyncDispose]: async () => undefined };
});
