import { connect, type Channel, type ChannelModel, type GetMessage } from 'amqplib';
import { PAYMENT_OUTCOMES, PAYMENT_REQUESTS, PAYMENT_TOPOLOGY } from '../../../subgraphs/payment-topology.ts';

/** All work and retry queues: empty when everything is quiet. */
const PASSING = [PAYMENT_REQUESTS, PAYMENT_OUTCOMES].flatMap(({ queue, retryQueues }) => [queue, ...retryQueues]);
export const PARKING = [PAYMENT_REQUESTS.parking.queue, PAYMENT_OUTCOMES.parking.queue];

export interface ParkedMessage {
  readonly queue: string;
  readonly messageId: string;
  readonly reason: string;
}

/** Does something over a connection of its own, past all of our code. */
export async function withChannel<T>(url: string, work: (channel: Channel, model: ChannelModel) => Promise<T>): Promise<T> {
  const model = await connect(url, { timeout: 20_000 });
  model.on('error', () => undefined); // the work fails too
  try {
    const channel = await model.createChannel();
    channel.on('error', () => undefined);
    return await work(channel, model);
  } finally {
    await model.close().catch(() => undefined);
  }
}

/** Messages that lie in queues where none should stay, by queue; empty when there are none. */
export async function countWaiting(url: string): Promise<Record<string, number>> {
  return withChannel(url, async (channel) => {
    const waiting: Record<string, number> = {};
    for (const queue of PASSING) {
      const { messageCount } = await channel.checkQueue(queue);
      if (messageCount > 0) waiting[queue] = messageCount;
    }
    return waiting;
  });
}

/** What is set aside for a person; it stays there. */
export async function listParked(url: string): Promise<ParkedMessage[]> {
  return withChannel(url, async (channel) => {
    const parked: ParkedMessage[] = [];
    for (const queue of PARKING) {
      for (let message = await get(channel, queue); message; message = await get(channel, queue)) {
        const { messageId, headers } = message.properties;
        parked.push({ queue, messageId: String(messageId ?? ''), reason: String(headers?.['x-reason'] ?? '') });
      }
    }
    return parked; // the end of the connection gives them back
  });
}

async function get(channel: Channel, queue: string): Promise<GetMessage | false> {
  return channel.get(queue, { noAck: false });
}

/** Names of all queues that the services declare. */
export const QUEUE_NAMES: readonly string[] = PAYMENT_TOPOLOGY.queues.map(({ name }) => name);

/** Rejects with 404 while one is missing. */
export function haveAllQueues(url: string): Promise<boolean> {
  return withChannel(url, async (channel) => {
    for (const name of QUEUE_NAMES) await channel.checkQueue(name);
    return true;
  });
}

/** RabbitMQ 3.10 may lose a quorum queue that is younger than this when it is killed: what was confirmed is gone, or all publishing is refused for minutes. */
export const QUEUE_SETTLING_MS = 4_000;
