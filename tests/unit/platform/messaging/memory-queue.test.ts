import { describe, expect, it } from '@jest/globals';
import type { Delivery, WireMessage } from '../../../../platform/messaging/broker.ts';
import { DeliveriesInHand } from '../../../../platform/messaging/deliveries-in-hand.ts';
import { MemoryQueue, type MemoryQueueOptions } from '../../../../platform/messaging/memory-queue.ts';
import { eventually } from '../../../support/eventually.ts';

function createQueue(options: Partial<MemoryQueueOptions> = {}): MemoryQueue {
  return new MemoryQueue({ name: 'q', bound: 3, dropOldest: false, onDead: () => true, ...options });
}

function toStored(text: string) {
  const message: WireMessage = {
    body: Buffer.from(text),
    contentType: '',
    messageId: text,
    correlationId: '',
    type: '',
    timestamp: 0,
    appId: '',
    headers: {},
  };
  return { message, exchange: 'e', routingKey: 'k', returns: 0 };
}

const textOf = (delivery: Delivery | null): string | undefined => delivery?.message.body.toString();

describe('a queue of the memory broker', () => {
  it('refuses messages beyond its bound', () => {
    const queue = createQueue();

    expect(['a', 'b', 'c', 'd'].map((text) => queue.push(toStored(text)))).toEqual([true, true, true, false]);
    expect(queue.size).toBe(3);
  });

  it('that drops the oldest takes every message and keeps the newest', () => {
    const queue = createQueue({ dropOldest: true });
    const inHand = new DeliveriesInHand();

    for (const text of ['a', 'b', 'c', 'd']) queue.push(toStored(text));

    expect([queue.take(inHand), queue.take(inHand), queue.take(inHand), queue.take(inHand)].map(textOf)).toEqual([
      'b',
      'c',
      'd',
      undefined,
    ]);
  });

  it('hands out again, before all others, what was given back', () => {
    const queue = createQueue();
    const inHand = new DeliveriesInHand();
    for (const text of ['a', 'b']) queue.push(toStored(text));

    const first = queue.take(inHand);
    expect(first?.redelivered).toBe(false);
    first?.requeue();
    const again = queue.take(inHand);

    expect([textOf(again), again?.redelivered, again?.message.headers['x-delivery-count']]).toEqual(['a', true, 1]);
  });

  it('gives turns to its consumers, and none to one that left', async () => {
    const queue = createQueue({ bound: 100 });
    const got: string[] = [];
    const consumers = ['one', 'two', 'three'].map((name) => ({
      prefetch: 10,
      inHand: new DeliveriesInHand(),
      onDelivery: () => got.push(name),
    }));
    consumers.forEach((consumer) => queue.addConsumer(consumer));
    if (consumers[1]) queue.removeConsumer(consumers[1]);

    for (const text of ['a', 'b', 'c', 'd']) queue.push(toStored(text));

    await eventually(() => got.length === 4);
    expect(got).toEqual(['one', 'three', 'one', 'three']);
  });

  it('keeps a dead letter that no queue takes, and offers it again', async () => {
    const offered: string[] = [];
    const queue = createQueue({ messageTtlMs: 5, onDead: (_stored, reason) => offered.push(reason) > 1 });

    queue.push(toStored('a'));

    await eventually(() => offered.length === 2);
    expect(offered).toEqual(['expired', 'expired']);
  });

  it('lets a message that was taken from a delay queue and given back expire all the same', async () => {
    const dead: (string | undefined)[] = [];
    const queue = createQueue({ messageTtlMs: 20, onDead: ({ message }) => dead.push(message.messageId) > 0 });
    queue.push(toStored('a'));

    queue.take(new DeliveriesInHand())?.requeue();

    await eventually(() => dead.length === 1);
    expect(queue.size).toBe(0);
  });
});
