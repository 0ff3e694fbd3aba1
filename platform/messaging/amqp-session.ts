import type { Channel, ChannelModel } from 'amqplib';
import { browseQueue } from './amqp-browse.ts';
import { toDelivery } from './amqp-messages.ts';
import { AmqpPublisher, type AmqpPublisherOptions } from './amqp-publisher.ts';
import type { Browsing, Delivery } from './broker.ts';
import { DeliveriesInHand } from './deliveries-in-hand.ts';

/** What one connection is used for besides consuming, as long as it lives. */
export interface AmqpSession {
  readonly model: ChannelModel;
  readonly publisher: AmqpPublisher;
  /** Why RabbitMQ takes no messages now (memory or disk is short); undefined when it does. */
  readonly blocked: string | undefined;
  /** @throws an error with code 404 when there is no such queue */
  take(queue: string): Promise<Delivery | null>;
  browse(queue: string, browsing: Browsing): Promise<void>;
  countMessages(queue: string): Promise<number>;
}

export interface AmqpSessionOptions extends Pick<AmqpPublisherOptions, 'confirmTimeoutMs' | 'maxUnconfirmed' | 'onReturned'> {
  readonly fail: (error: Error) => void;
  readonly onBlocked: (reason: string) => void;
  readonly onUnblocked: () => void;
}

export async function openAmqpSession(model: ChannelModel, options: AmqpSessionOptions): Promise<AmqpSession> {
  const { fail, onBlocked, onUnblocked } = options;
  let blocked: string | undefined;
  let failure = new Error('the channel was closed');

  const channel = await model.createConfirmChannel();
  channel.on('error', (error) => (failure = error));
  channel.on('close', () => setImmediate(fail, failure)); // the reason of a broken connection comes a moment later and is the better one
  const publisher = new AmqpPublisher(channel, { ...options, onStuck: () => fail(new Error('confirms stay away')) });

  model.on('blocked', (reason) => {
    blocked = `RabbitMQ takes no messages: ${reason}`;
    publisher.giveUp(blocked);
    onBlocked(reason);
  });
  model.on('unblocked', () => {
    blocked = undefined;
    onUnblocked();
  });

  return {
    model,
    publisher,
    get blocked() {
      return blocked;
    },
    take: createTaking(model),
    browse: async (queue, browsing) => browseQueue(await openChannel(model), queue, browsing, () => countMessages(model, queue)),
    countMessages: (queue) => countMessages(model, queue),
  };
}

/** Takes over one channel, which stays open until a refusal closes it: what was taken is settled over it. */
function createTaking(model: ChannelModel): AmqpSession['take'] {
  let open: Promise<{ channel: Channel; inHand: DeliveriesInHand }> | undefined;

  const start = async (): Promise<{ channel: Channel; inHand: DeliveriesInHand }> => {
    const channel = await openChannel(model);
    const inHand = new DeliveriesInHand();
    channel.on('close', () => {
      open = undefined;
      inHand.lose();
    });
    return { channel, inHand };
  };
  return async (queue) => {
    const { channel, inHand } = await (open ??= start());
    const message = await channel.get(queue);
    return message ? inHand.add(toDelivery(channel, message)) : null;
  };
}

async function countMessages(model: ChannelModel, queue: string): Promise<number> {
  const own = await openChannel(model);
  const { messageCount } = await own.checkQueue(queue); // a refusal closes the channel
  await own.close();
  return messageCount;
}

async function openChannel(model: ChannelModel): Promise<Channel> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined); // the request that caused it fails too
  return channel;
}
