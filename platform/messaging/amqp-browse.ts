import type { Channel, ConsumeMessage } from 'amqplib';
import { pause } from '../foundation/backoff.ts';
import { toDelivery } from './amqp-messages.ts';
import type { Browsing } from './broker.ts';
import { DeliveriesInHand } from './deliveries-in-hand.ts';

/** How long to look. */
export const BROWSE_MS = 5_000;
/** How long to wait for the next message before taking it that somebody else has it. */
const QUIET_MS = 1_000;
/** How long messages may take to be back. */
const RETURN_MS = 2_000;

/**
 * See `Broker.browse`. The channel is nobody else's: closing it is what gives the messages back, since RabbitMQ then returns all of them at once and in their order;
 * one by one, or with a multiple nack, it does not promise an order.
 * @param countMessages of the queue, over another channel
 */
export async function browseQueue(
  channel: Channel,
  queue: string,
  browsing: Browsing,
  countMessages: () => Promise<number>,
): Promise<void> {
  const { messageCount } = await channel.checkQueue(queue);
  const expected = Math.min(messageCount, browsing.limit);
  let acked = 0;
  try {
    if (expected === 0) return;
    await visitAll(channel, queue, expected, browsing, () => (acked += 1));
    await browsing.settle?.();
  } finally {
    await close(channel);
    await whenBack(async () => (await countMessages()) >= messageCount - acked);
  }
}

async function close(channel: Channel): Promise<void> {
  try {
    await channel.close();
  } catch {
    // closed already: the messages are on their way back
  }
}

/** RabbitMQ answers the closing before the messages are back. */
async function whenBack(isBack: () => Promise<boolean>): Promise<void> {
  const backBy = Date.now() + RETURN_MS;
  try {
    while (Date.now() < backBy && !(await isBack())) await pause(10);
  } catch {
    // the connection is lost, and they come back with that
  }
}

function visitAll(channel: Channel, queue: string, expected: number, { visit }: Browsing, onAck: () => void): Promise<void> {
  const inHand = new DeliveriesInHand();
  channel.once('close', () => inHand.lose());
  return new Promise<void>((resolve, reject) => {
    let seen = 0;
    const enough = setTimeout(resolve, BROWSE_MS);
    let quiet = setTimeout(resolve, QUIET_MS);
    const end = (finish: () => void): void => {
      clearTimeout(enough);
      clearTimeout(quiet);
      finish();
    };
    const onMessage = (message: ConsumeMessage | null): void => {
      if (message === null) return end(() => reject(new Error(`RabbitMQ cancelled the look into queue ${queue}`)));
      if (seen === expected) return;
      const delivery = toDelivery(channel, message);
      const ack = (): void => {
        onAck();
        delivery.ack();
      };
      try {
        visit(inHand.add({ ...delivery, ack }));
      } catch (error) {
        return end(() => reject(error));
      }
      seen += 1;
      clearTimeout(quiet);
      quiet = setTimeout(resolve, QUIET_MS);
      if (seen === expected) end(resolve);
    };
    channel.once('close', () => end(() => reject(new Error('the channel was closed'))));
    // No more than expected are sent ahead, and none is acked, so this is all that comes.
    channel
      .prefetch(expected)
      .then(() => channel.consume(queue, onMessage))
      .catch((error: unknown) => end(() => reject(error)));
  });
}
