import type { Broker, Delivery } from '../../../platform/messaging/broker.ts';
import { COMMANDS_EXCHANGE, EVENTS_EXCHANGE, PAYMENT_OUTCOMES, PAYMENT_REQUESTS } from '../../../subgraphs/payment-topology.ts';
import type { Defect } from './defects.ts';
import type { Failpoints } from './failpoints.ts';

/** A broker with failpoints around everything that is published, delivered and acknowledged. */
export function createFaultyBroker(inner: Broker, { failpoints, defect }: { failpoints: Failpoints; defect: Defect | undefined }): Broker {
  const decorated: Pick<Broker, 'publish' | 'consume'> = {
    async publish(exchange, routingKey, message, options) {
      const what = namePublish(exchange, routingKey);
      await failpoints.visit(`${what}: before`);
      const confirmed = inner.publish(exchange, routingKey, message, options);
      if (defect === 'confirm not awaited') return void confirmed.catch(() => undefined);
      const sent = failpoints.visit(`${what}: sent`);
      if (sent) {
        confirmed.catch(() => undefined); // nobody is there any more
        await sent;
      }
      await confirmed;
      await failpoints.visit(`${what}: confirmed`);
    },
    consume(queue, options) {
      const what = nameQueue(queue);
      const acknowledge = (delivery: Delivery): void => {
        const go = (): void => {
          delivery.ack();
          void failpoints.visit(`ack ${what}: done`);
        };
        const waiting = failpoints.visit(`ack ${what}: before`);
        if (waiting) void waiting.then(go);
        else go();
      };
      return inner.consume(queue, {
        ...options,
        onDelivery(delivery) {
          void failpoints.visit(`receive ${what}`);
          if (defect === 'ack before commit') delivery.ack();
          options.onDelivery({ ...delivery, ack: () => acknowledge(delivery) });
        },
      });
    },
  };
  return Object.assign(Object.create(inner) as Broker, decorated); // what it does not name is the inner one's, getters too
}

function namePublish(exchange: string, routingKey: string): string {
  if (exchange === COMMANDS_EXCHANGE) return 'publish request';
  if (exchange === EVENTS_EXCHANGE) return 'publish outcome';
  if (exchange === PAYMENT_REQUESTS.parking.exchange) return 'park request';
  if (exchange === PAYMENT_OUTCOMES.parking.exchange) return 'park outcome';
  if (PAYMENT_REQUESTS.retryQueues.includes(routingKey)) return 'retry request';
  if (exchange === '' && (routingKey === PAYMENT_REQUESTS.queue || routingKey === PAYMENT_OUTCOMES.queue)) return 'send back';
  return `publish to ${exchange || routingKey}`;
}

function nameQueue(queue: string): string {
  if (queue === PAYMENT_REQUESTS.queue) return 'request';
  if (queue === PAYMENT_OUTCOMES.queue) return 'outcome';
  return `from ${queue}`;
}
