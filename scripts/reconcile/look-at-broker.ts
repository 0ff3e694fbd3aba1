import { silentLogger } from '../../platform/foundation/logger.ts';
import { connectAmqpBroker } from '../../platform/messaging/amqp-broker.ts';
import type { Broker } from '../../platform/messaging/broker.ts';
import { PAYMENT_OUTCOMES, PAYMENT_REQUESTS, type WorkQueue } from '../../subgraphs/payment-topology.ts';

/** Messages of one work queue. */
export interface QueueCounts {
  readonly waiting: number;
  readonly retrying: number;
  readonly parked: number;
}

export interface BrokerCounts {
  readonly requests: QueueCounts;
  readonly outcomes: QueueCounts;
}

const CONNECT_WITHIN_MS = 3_000;

/** Counts what lies in RabbitMQ; declares and moves nothing. @returns undefined when it does not answer within 3 s, or has not our queues */
export async function lookAtBroker(urls: readonly string[]): Promise<BrokerCounts | undefined> {
  const broker = connectAmqpBroker({ urls, name: 'reconcile', logger: silentLogger });
  try {
    if (!(await isConnected(broker))) return undefined;
    return { requests: await countQueue(broker, PAYMENT_REQUESTS), outcomes: await countQueue(broker, PAYMENT_OUTCOMES) };
  } catch {
    return undefined;
  } finally {
    await broker.stop(Date.now() + 1_000);
  }
}

async function countQueue(broker: Broker, { queue, retryQueues, parking }: WorkQueue): Promise<QueueCounts> {
  const retrying = await Promise.all(retryQueues.map((name) => broker.countMessages(name)));
  return {
    waiting: await broker.countMessages(queue),
    retrying: retrying.reduce((sum, messages) => sum + messages, 0),
    parked: await broker.countMessages(parking.queue),
  };
}

async function isConnected(broker: Broker): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), CONNECT_WITHIN_MS);
  });
  const connected = new Promise<boolean>((resolve) => broker.onConnected(() => resolve(true)));
  return Promise.race([connected, late]).finally(() => clearTimeout(timer));
}
