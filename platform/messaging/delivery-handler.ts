import { backoffDelayMs, pause } from '../foundation/backoff.ts';
import { AppError, toCode, toMessage } from '../foundation/errors.ts';
import type { Logger } from '../foundation/logger.ts';
import type { Registry } from '../foundation/metrics.ts';
import type { Broker, Delivery } from './broker.ts';
import { createConsumerMetrics } from './consumer-metrics.ts';
import { toErrorFields } from './error-fields.ts';
import { readAttempt, toParkedMessage, toRetriedMessage } from './failure-headers.ts';
import { parseCloudEvent, toForwardedMessage, type CloudEvent } from './messages.ts';

export interface ConsumedMessage {
  readonly event: CloudEvent<string, unknown>;
  /** From 1; more when handling failed before. */
  readonly attempt: number;
  /** Whether the broker delivered it before, perhaps to somebody who died after handling it. */
  readonly redelivered: boolean;
  /** W3C Trace Context of the publisher. */
  readonly traceparent: string | undefined;
}

export interface DeliveryHandlerOptions {
  readonly broker: Broker;
  readonly queue: string;
  /** Delay queues that send back to `queue`, from the shortest to the longest; the last serves all further attempts. */
  readonly retryQueues: readonly [string, ...string[]];
  /** Where messages go that need a person. */
  readonly parking: { readonly exchange: string; readonly routingKey: string };
  readonly logger: Logger;
  readonly metrics?: Registry;
  /** Attempts before a message is parked; default one and one for each retry queue. */
  readonly maxAttempts?: number;
  /** How long a message is held in place, milliseconds; default 10 minutes. RabbitMQ closes the channel after its `consumer_timeout`, 30 minutes. */
  readonly maxHoldMs?: number;
  /** Must have committed what it does when it resolves, and must bear being called twice with the same event. */
  readonly handle: (message: ConsumedMessage) => Promise<void>;
}

const DATABASE_AWAY = 'the database is away';
const CANNOT_MOVE = 'they cannot be moved on';

/** What became of a delivery. `left`: released or lost while it waited. */
type Outcome = 'handled' | 'retried' | 'parked' | 'held' | 'left';

/**
 * The life of one delivery.
 *
 * - `handle` resolves: acknowledged.
 * - It throws DATABASE_UNAVAILABLE: the message is held and tried again in place, longer and longer apart (5 s at most), since giving it back would
 *   spend a delivery each time. After ten minutes it goes to the end of the queue as a fresh copy.
 * - It throws an AppError that is not retryable, or the message is no envelope: parked at once.
 * - It throws something else, retryable or a bug: to the next retry queue; parked after `maxAttempts`.
 *
 * A message that moves on is published there, confirmed, and only then acknowledged: a crash between gives two, never none. While the broker does not
 * take it, it is held. Nothing here blocks another message.
 */
export function createDeliveryHandler(options: DeliveryHandlerOptions): (delivery: Delivery, released: AbortSignal) => Promise<void> {
  const { broker, queue, retryQueues, parking, logger, handle, maxHoldMs = 10 * 60_000 } = options;
  const maxAttempts = options.maxAttempts ?? 1 + retryQueues.length;
  const metrics = createConsumerMetrics(queue, options.metrics);
  const holding = new Set<string>();

  /** One line when it begins, one when it is over. */
  const holds = (why: string, error: unknown): void => {
    if (!holding.has(why)) logger.warn(toErrorFields(error), `messages of ${queue} are held, ${why}: ${toMessage(error)}`);
    holding.add(why);
  };
  const goesOn = (why: string): void => {
    if (holding.delete(why)) logger.info(`messages of ${queue} go on`);
  };

  /** @returns false when it was released or lost meanwhile */
  const waitBeforeTry = async (tries: number, delivery: Delivery, released: AbortSignal): Promise<boolean> => {
    await pause(backoffDelayMs(tries), released);
    return !released.aborted && !delivery.lost.aborted;
  };

  /** Publishes until the broker confirms. */
  const move = async (delivery: Delivery, released: AbortSignal, outcome: Outcome, publish: () => Promise<void>): Promise<Outcome> => {
    for (let tries = 0; ; tries += 1) {
      try {
        await publish();
        goesOn(CANNOT_MOVE);
        return outcome;
      } catch (error) {
        holds(CANNOT_MOVE, error);
        if (!(await waitBeforeTry(tries, delivery, released))) return 'left';
      }
    }
  };

  const moveAfterFailure = (delivery: Delivery, released: AbortSignal, attempt: number, error: unknown): Promise<Outcome> => {
    if (attempt < maxAttempts && mayHelp(error)) {
      const retryQueue = retryQueues[Math.min(attempt, retryQueues.length) - 1] ?? retryQueues[0];
      const message = toRetriedMessage(delivery, attempt, error);
      logger.warn(
        { ...toLabels(delivery), attempt, ...toErrorFields(error) },
        `handling a message of ${queue} failed, next try through ${retryQueue}: ${toMessage(error)}`,
      );
      return move(delivery, released, 'retried', () => broker.publish('', retryQueue, message, { mandatory: true }));
    }
    const message = toParkedMessage(delivery, attempt, error);
    logger.error({ ...toLabels(delivery), attempt, ...toErrorFields(error) }, `a message of ${queue} is parked: ${toMessage(error)}`);
    return move(delivery, released, 'parked', () => broker.publish(parking.exchange, parking.routingKey, message, { mandatory: true }));
  };

  const takeThrough = async (delivery: Delivery, released: AbortSignal): Promise<Outcome> => {
    const attempt = readAttempt(delivery.message.headers);
    const heldSince = Date.now();
    for (let tries = 0; ; tries += 1) {
      try {
        await handle(toConsumedMessage(delivery, attempt));
        goesOn(DATABASE_AWAY);
        return 'handled';
      } catch (error) {
        if (toCode(error) !== 'DATABASE_UNAVAILABLE') return moveAfterFailure(delivery, released, attempt, error);
        holds(DATABASE_AWAY, error);
        if (!(await waitBeforeTry(tries, delivery, released))) return 'left';
      }
      if (Date.now() - heldSince > maxHoldMs) {
        const message = toForwardedMessage(delivery.message, {});
        return move(delivery, released, 'held', () => broker.publish('', queue, message, { mandatory: true }));
      }
    }
  };

  return async (delivery, released) => {
    const stopTimer = metrics.startTimer();
    try {
      const outcome = await takeThrough(delivery, released);
      if (outcome === 'left') delivery.requeue();
      else delivery.ack();
      stopTimer(outcome);
    } catch (error) {
      logger.error({ err: error }, `a message of ${queue} could not be processed: ${toMessage(error)}`); // a bug of ours: the delivery limit ends it
      delivery.requeue();
    }
  };
}

/** Whether another attempt could go better. Of an error that we do not know we cannot tell. */
function mayHelp(error: unknown): boolean {
  return !(error instanceof AppError) || error.retryable;
}

function toConsumedMessage({ message, redelivered }: Delivery, attempt: number): ConsumedMessage {
  const { traceparent } = message.headers;
  return { event: parseCloudEvent(message), attempt, redelivered, traceparent: typeof traceparent === 'string' ? traceparent : undefined };
}

function toLabels({ message }: Delivery): Record<string, unknown> {
  return { message: message.messageId, type: message.type, payment: message.correlationId };
}
