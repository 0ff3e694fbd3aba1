import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { withDeadline, type Stoppable } from '../foundation/lifecycle.ts';
import { AmqpAcks } from './amqp-acks.ts';
import type { AmqpLinkOptions } from './amqp-link.ts';
import { toDelivery, toReceivedMessage } from './amqp-messages.ts';
import type { BrokerConsumer, Delivery, ReceivedMessage } from './broker.ts';
import { DeliveriesInHand } from './deliveries-in-hand.ts';

/** Most messages in a queue of one's own. */
const BROADCAST_BOUND = 1_000;
/** How long the server may take for an answer while we stop. */
const ANSWER_MS = 1_000;

/** Opens a link that does this with each connection. */
export type OpenLink = (calls: Pick<AmqpLinkOptions, 'setup' | 'onDown'>) => Stoppable;

/**
 * A consumer with a connection of its own: a queue that cannot be consumed (541) breaks the whole connection each time it is tried, and
 * other consumers would pay for that with deliveries.
 */
export function startAmqpConsumer(
  openLink: OpenLink,
  queue: string,
  prefetch: number,
  onDelivery: (delivery: Delivery) => void,
): BrokerConsumer {
  let inHand = new DeliveriesInHand();
  let taking: { channel: Channel; consumerTag: string; acks: AmqpAcks } | undefined;
  let stopping = false;

  const setup: AmqpLinkOptions['setup'] = async (model, fail) => {
    const channel = await openWatchedChannel(model, fail);
    const deliveries = (inHand = new DeliveriesInHand());
    const acks = new AmqpAcks(channel);
    await channel.prefetch(prefetch);
    const onMessage = (message: ConsumeMessage | null): void => {
      if (message === null) fail(new Error(`RabbitMQ cancelled the consumer of queue ${queue}`));
      else if (!stopping) {
        acks.add(message);
        onDelivery(deliveries.add(toDelivery(acks, message)));
      }
    };
    const { consumerTag } = await channel.consume(queue, onMessage);
    taking = { channel, consumerTag, acks };
  };
  const onDown = (): void => {
    taking = undefined;
    inHand.lose();
  };
  const link = openLink({ setup, onDown });

  return {
    async stop(deadlineAt) {
      // What the server sent before it heard of the cancelling is still handed out: giving it back would cost deliveries.
      const cancelled = await isAnswered(taking?.channel.cancel(taking.consumerTag));
      stopping = true;
      await inHand.whenIdle(deadlineAt);
      taking?.acks.flush();
      if (cancelled) await isAnswered(taking?.channel.prefetch(prefetch)); // an answer proves that the acks before it arrived
      await link.stop(deadlineAt);
    },
  };
}

/** A server-named queue that goes with its connection. */
export function startAmqpBroadcastConsumer(
  openLink: OpenLink,
  exchange: string,
  routingKeys: readonly string[],
  onMessage: (message: ReceivedMessage) => void,
): BrokerConsumer {
  let stopping = false;

  const setup: AmqpLinkOptions['setup'] = async (model, fail) => {
    const channel = await openWatchedChannel(model, fail);
    const bound = { 'x-max-length': BROADCAST_BOUND, 'x-overflow': 'drop-head' };
    const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false, arguments: bound });
    for (const routingKey of routingKeys) await channel.bindQueue(queue, exchange, routingKey);
    const onDelivery = (message: ConsumeMessage | null): void => {
      if (message === null) fail(new Error(`RabbitMQ cancelled the consumer of exchange ${exchange}`));
      else if (!stopping) onMessage(toReceivedMessage(message));
    };
    await channel.consume(queue, onDelivery, { noAck: true });
  };
  const link = openLink({ setup, onDown: () => undefined });

  return {
    async stop(deadlineAt) {
      stopping = true;
      await link.stop(deadlineAt);
    },
  };
}

/** A channel whose end is the end of its connection. */
async function openWatchedChannel(model: ChannelModel, fail: (error: Error) => void): Promise<Channel> {
  const channel = await model.createChannel();
  let failure = new Error('the channel was closed');
  channel.on('error', (error) => (failure = error));
  channel.on('close', () => setImmediate(fail, failure)); // when the connection broke, its reason comes a moment later and is the better one
  return channel;
}

/** Waits for an answer, not for ever; a lost connection gives none. */
async function isAnswered(request: Promise<unknown> | undefined): Promise<boolean> {
  if (!request) return false;
  return withDeadline(request, Date.now() + ANSWER_MS).then(
    () => true,
    () => false,
  );
}
