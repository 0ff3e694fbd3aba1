import { describe, expect, it } from '@jest/globals';
import type { Channel, Message } from 'amqplib';
import { setImmediate as turnEnds } from 'node:timers/promises';
import { AmqpAcks } from '../../../../platform/messaging/amqp-acks.ts';

function open(count: number) {
  const sent: string[] = [];
  const tagOf = ({ fields }: Message): number => fields.deliveryTag;
  const channel = {
    ack: (message: Message, upTo = false) => sent.push(`ack ${upTo ? 'up to ' : ''}${tagOf(message)}`),
    nack: (message: Message) => sent.push(`nack ${tagOf(message)}`),
  };
  const acks = new AmqpAcks(channel as unknown as Channel);
  const messages = Array.from({ length: count }, (_, index) => ({ fields: { deliveryTag: index + 1 } }) as Message);
  for (const message of messages) acks.add(message);
  const message = (tag: number): Message => messages[tag - 1] as Message;
  return { acks, channel, sent, message };
}

describe('acks', () => {
  it('of one turn of the event loop are one, in whatever order they are given', async () => {
    const { acks, sent, message } = open(4);

    for (const tag of [3, 1, 2]) acks.ack(message(tag));
    expect(sent).toEqual([]);
    await turnEnds();
    expect(sent).toEqual(['ack up to 3']);

    acks.ack(message(4));
    await turnEnds();
    expect(sent).toEqual(['ack up to 3', 'ack up to 4']);
  });

  it('never include a delivery that is still in hand, and do not wait for it', async () => {
    const { acks, sent, message } = open(5);

    for (const tag of [1, 3, 5]) acks.ack(message(tag));
    await turnEnds();
    expect(sent).toEqual(['ack up to 1', 'ack 3', 'ack 5']);

    acks.ack(message(2));
    await turnEnds();
    acks.ack(message(4));
    await turnEnds();
    expect(sent.slice(3)).toEqual(['ack up to 2', 'ack up to 4']);
  });

  it('do not wait for a delivery that was given back', async () => {
    const { acks, sent, message } = open(3);

    acks.nack(message(1), false, true);
    acks.ack(message(2));
    acks.ack(message(3));
    await turnEnds();

    expect(sent).toEqual(['nack 1', 'ack up to 3']);
  });

  it('can be sent at once, and are not sent twice then', async () => {
    const { acks, sent, message } = open(2);

    acks.ack(message(1));
    acks.flush();
    expect(sent).toEqual(['ack up to 1']);
    await turnEnds();
    expect(sent).toEqual(['ack up to 1']);
  });

  it('are forgotten when the channel is closed: the broker delivers again', async () => {
    const { acks, channel, message } = open(1);
    channel.ack = () => {
      throw new Error('Channel closed');
    };

    acks.ack(message(1));
    expect(() => acks.flush()).not.toThrow();
    await turnEnds();
  });
});
