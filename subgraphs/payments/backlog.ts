import type { Broker } from '../../platform/messaging/broker.ts';
import { redriveDeadLetters } from '../../platform/messaging/dead-letters.ts';
import { badInput } from '../client-input.ts';
import { PAYMENT_OUTCOMES, PAYMENT_REQUESTS } from '../payment-topology.ts';

/** What lies in the broker's queues, as an operator sees it. All throw DependencyError BROKER_UNAVAILABLE while the broker is away. */
export interface Backlog {
  /** Requests that wait, those that wait for another attempt included. */
  countWaiting(): Promise<number>;
  /** Messages that were set aside: requests by payments, and outcomes by users, since an operator has one place to look. */
  countDeadLettered(): Promise<number>;
  /**
   * Sends what was set aside back to where it was, oldest first: requests, then outcomes.
   * @throws DomainError BAD_USER_INPUT the limit is not 1..10,000
   */
  redrive(limit: number): Promise<void>;
}

const MAX_REDRIVEN = 10_000;
const WORK_QUEUES = [PAYMENT_REQUESTS, PAYMENT_OUTCOMES];

export function createBacklog(broker: Broker): Backlog {
  const count = async (queues: readonly string[]): Promise<number> =>
    (await Promise.all(queues.map((queue) => broker.countMessages(queue)))).reduce((sum, messages) => sum + messages, 0);
  return {
    countWaiting: () => count([PAYMENT_REQUESTS.queue, ...PAYMENT_REQUESTS.retryQueues]),
    countDeadLettered: () => count(WORK_QUEUES.map(({ parking }) => parking.queue)),
    async redrive(limit) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_REDRIVEN)
        throw badInput('limit', `must be 1 to ${MAX_REDRIVEN}, got ${limit}`);
      let left = limit;
      for (const { queue, parking } of WORK_QUEUES) {
        if (left > 0) left -= await redriveDeadLetters({ broker, parking: parking.queue, queue, limit: left });
      }
    },
  };
}
