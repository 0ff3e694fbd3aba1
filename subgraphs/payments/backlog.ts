import type { Broker } from '../../platform/messaging/broker.ts';
import { PAYMENT_REQUESTS } from '../payment-topology.ts';

/** What waits in the broker's queues. */
export interface Backlog {
  /** Requests that wait, those that wait for another attempt included. @throws DependencyError BROKER_UNAVAILABLE */
  countWaiting(): Promise<number>;
}

export function createBacklog(broker: Broker): Backlog {
  return {
    async countWaiting() {
      const queues = [PAYMENT_REQUESTS.queue, ...PAYMENT_REQUESTS.retryQueues];
      const counts = await Promise.all(queues.map((queue) => broker.countMessages(queue)));
      return counts.reduce((sum, messages) => sum + messages, 0);
    },
  };
}
