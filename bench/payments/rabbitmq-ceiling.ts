import { connect, type Channel, type ConfirmChannel, type ConsumeMessage } from 'amqplib';
import { toWireMessage, type CloudEvent } from '../../platform/messaging/messages.ts';
import type { BenchServers } from './bench-servers.ts';
import { makePayment, type CeilingPayment, type CeilingRound } from './ceiling-payments.ts';
import { startCpuMeter } from './measure-round.ts';

/** RabbitMQ alone: what one process can send through it and take from it. */
export interface RabbitmqCeiling {
  measure(seconds: number): Promise<CeilingRound>;
  stop(): Promise<void>;
}

/** Payments under way at once. More did not raise the figure where it was tried. */
const IN_FLIGHT = 600;
const PREFETCH = 200;
const EXCHANGE = 'bench.ceiling';

/**
 * Two messages a payment, as our services send them: the same bytes and properties, persistent, confirmed, through quorum queues, each message acknowledged; and
 * the outcome also to a queue of the subscriber's own. Nothing else: no database, no checks. The acks of what came together are one.
 */
export async function openRabbitmqCeiling(servers: BenchServers): Promise<RabbitmqCeiling> {
  const model = await connect(servers.amqpUrl, { noDelay: true });
  const publisher = await model.createConfirmChannel();
  await publisher.assertExchange(EXCHANGE, 'topic', { durable: true });
  let stopping = false;
  let finished: (payment: string) => void = () => undefined;
  const underWay = new Map<string, CeilingPayment>();

  const onCancelled = (): void => {
    if (!stopping) throw new Error('RabbitMQ cancelled a consumer of the ceiling');
  };
  const consume = async (kind: string, onMessage: (id: string) => void): Promise<void> =>
    consumeTogether(await model.createChannel(), kind, onMessage, onCancelled);
  await consume('requested', (id) => {
    const payment = underWay.get(id);
    if (payment) publish(publisher, 'outcome', payment.outcome);
  });
  await consume('outcome', (id) => finished(id));
  const wakes = await model.createChannel();
  const own = await wakes.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
  await wakes.bindQueue(own.queue, EXCHANGE, 'outcome');
  await wakes.consume(own.queue, () => undefined, { noAck: true });

  return {
    async measure(seconds) {
      const readCpu = startCpuMeter({ ...servers.pids, load: process.pid });
      const begunAt = performance.now();
      const endAt = begunAt + seconds * 1_000;
      let count = 0;
      const send = (): void => {
        const payment = makePayment('1000001');
        underWay.set(payment.id, payment);
        publish(publisher, 'requested', payment.request);
      };
      await new Promise<void>((resolve) => {
        finished = (id) => {
          if (!underWay.delete(id)) return; // of an earlier run
          count += 1;
          if (performance.now() < endAt) send();
          else if (underWay.size === 0) resolve();
        };
        for (let n = 0; n < IN_FLIGHT; n += 1) send();
      });
      await publisher.waitForConfirms();
      const took = performance.now() - begunAt;
      const cpuMs = Object.fromEntries(Object.entries(readCpu()).map(([name, ms]) => [name, ms / count]));
      return { payments: count, perSecond: count / (took / 1_000), cpuMs };
    },
    async stop() {
      stopping = true;
      for (const kind of ['requested', 'outcome']) await publisher.deleteQueue(`${EXCHANGE}.${kind}`);
      await publisher.deleteExchange(EXCHANGE);
      await model.close();
    },
  };
}

function publish(channel: ConfirmChannel, routingKey: string, event: CloudEvent<string, unknown>): void {
  const { body, ...properties } = toWireMessage({ ...event, sequence: '1' }, { 'x-attempt': 1 });
  channel.publish(EXCHANGE, routingKey, body, { ...properties, persistent: true, mandatory: true });
}

/** Acknowledges what came together at once. @param onMessage told the id of the payment */
async function consumeTogether(channel: Channel, kind: string, onMessage: (id: string) => void, onCancelled: () => void): Promise<void> {
  const queue = `${EXCHANGE}.${kind}`;
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindQueue(queue, EXCHANGE, kind);
  await channel.prefetch(PREFETCH);
  let last: ConsumeMessage | undefined;
  await channel.consume(queue, (message) => {
    if (!message) return onCancelled();
    if (!last) {
      setImmediate(() => {
        if (last) channel.ack(last, true);
        last = undefined;
      });
    }
    last = message;
    onMessage(String(message.properties.messageId));
  });
}
