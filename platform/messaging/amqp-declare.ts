import type { Channel, ChannelModel } from 'amqplib';
import { toMessage } from '../foundation/errors.ts';
import { toReplyCode } from './amqp-errors.ts';
import type { QueueSpec, Topology } from './topology.ts';

/**
 * RabbitMQ before version 4 has no limit when none is given; since then it is 20, and a message beyond it is dropped. No limit is a high one.
 */
const NO_DELIVERY_LIMIT = 1_000_000_000;

/**
 * Declares what is missing. A refusal closes the channel, so the rest goes on over a new one.
 * @returns a sentence for each thing that the broker refused, with what to do about it
 * @throws whatever breaks the connection
 */
export async function declareTopology(model: ChannelModel, topology: Topology): Promise<string[]> {
  const refusals: string[] = [];
  let channel = await openChannel(model);
  const attempt = async (what: string, step: (channel: Channel) => Promise<unknown>): Promise<void> => {
    try {
      await step(channel);
    } catch (error) {
      if (toReplyCode(error) === undefined) throw error;
      refusals.push(explainRefusal(what, error));
      channel = await openChannel(model);
    }
  };

  for (const { name, type } of topology.exchanges) {
    await attempt(`exchange ${name}`, (open) => open.assertExchange(name, type, { durable: true }));
  }
  for (const spec of topology.queues) {
    await attempt(`queue ${spec.name}`, (open) => open.assertQueue(spec.name, { durable: true, arguments: toArguments(spec) }));
    for (const { exchange, routingKey } of spec.bindings) {
      await attempt(`the binding of queue ${spec.name} to ${exchange}`, (open) => open.bindQueue(spec.name, exchange, routingKey));
    }
  }
  await channel.close();
  return refusals;
}

async function openChannel(model: ChannelModel): Promise<Channel> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined); // the step that caused it fails too
  return channel;
}

/** https://www.rabbitmq.com/docs/quorum-queues: at-least-once dead-lettering needs `reject-publish`. */
function toArguments({ deliveryLimit, deadLetter, messageTtlMs }: QueueSpec): Record<string, unknown> {
  return {
    'x-queue-type': 'quorum',
    'x-overflow': 'reject-publish',
    'x-delivery-limit': deliveryLimit ?? NO_DELIVERY_LIMIT,
    ...(messageTtlMs === undefined ? {} : { 'x-message-ttl': messageTtlMs }),
    ...(deadLetter === undefined
      ? {}
      : {
          'x-dead-letter-exchange': deadLetter.exchange,
          'x-dead-letter-routing-key': deadLetter.routingKey,
          'x-dead-letter-strategy': 'at-least-once',
        }),
  };
}

function explainRefusal(what: string, error: unknown): string {
  if (toReplyCode(error) !== 406) return `RabbitMQ refuses ${what}: ${toMessage(error)}`;
  const difference = /inequivalent arg .*?(?=")/.exec(toMessage(error))?.[0] ?? toMessage(error);
  return `TOPOLOGY_MISMATCH: ${what} exists with other arguments than this program declares (${difference}); give it a new name, or let it run empty and delete it`;
}
