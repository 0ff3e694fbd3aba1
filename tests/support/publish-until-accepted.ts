import { setTimeout as delay } from 'node:timers/promises';
import { toCode } from '../../platform/foundation/errors.ts';
import type { Broker } from '../../platform/messaging/broker.ts';

const NOT_NOW = new Set(['BROKER_REFUSED', 'BROKER_UNAVAILABLE']);
const WITHIN_MS = 30_000;

/**
 * Publishes as the product's relay does: again while the broker refuses. RabbitMQ refuses what comes for a quorum queue whose leader is not
 * elected yet, which on a busy machine is a while after its declaration. A message may arrive twice.
 */
export async function publishUntilAccepted(broker: Broker, ...message: Parameters<Broker['publish']>): Promise<void> {
  const deadlineAt = Date.now() + WITHIN_MS;
  for (;;) {
    try {
      return await broker.publish(...message);
    } catch (error) {
      if (!NOT_NOW.has(toCode(error) ?? '') || Date.now() >= deadlineAt) throw error;
      await delay(50);
    }
  }
}
