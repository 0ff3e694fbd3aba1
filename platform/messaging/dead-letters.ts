import type { Broker } from './broker.ts';
import { toRedrivenMessage } from './failure-headers.ts';

export interface RedriveOptions {
  readonly broker: Broker;
  /** The queue that holds the dead letters. */
  readonly parking: string;
  /** The queue whose consumer parked them; they go there and nowhere else. */
  readonly queue: string;
  /** Most messages to move. */
  readonly limit: number;
}

/**
 * Moves dead letters back to their queue, oldest first, each as new: published, confirmed, then taken out. Moves no more than there were at the
 * beginning, so what is parked again meanwhile stays parked. A crash between leaves a message in both queues, never in none.
 * @returns how many were moved
 * @throws DependencyError BROKER_UNAVAILABLE | QUEUE_NOT_FOUND | MESSAGE_UNROUTABLE | BROKER_REFUSED; what was moved stays moved
 */
export async function redriveDeadLetters({ broker, parking, queue, limit }: RedriveOptions): Promise<number> {
  const most = Math.min(limit, await broker.countMessages(parking));
  for (let moved = 0; moved < most; moved += 1) {
    const delivery = await broker.take(parking);
    if (!delivery) return moved; // another replica was faster
    try {
      await broker.publish('', queue, toRedrivenMessage(delivery), { mandatory: true });
    } catch (error) {
      delivery.requeue();
      throw error;
    }
    delivery.ack();
  }
  return most;
}
