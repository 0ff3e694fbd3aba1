import { setMaxListeners } from 'node:events';
import type { Stoppable } from '../foundation/lifecycle.ts';
import type { Broker, BrokerConsumer } from './broker.ts';
import { createDeliveryHandler, type DeliveryHandlerOptions } from './delivery-handler.ts';

export type { ConsumedMessage } from './delivery-handler.ts';

export interface ConsumerOptions extends DeliveryHandlerOptions {
  readonly broker: Broker;
  /** Most messages that are handled at once, and that the broker sends ahead. */
  readonly prefetch: number;
}

export interface Consumer extends Stoppable {
  /** Whether it is paused and nothing is being handled. */
  readonly paused: boolean;
  /** Takes no more messages; resolves when those that were delivered are handled. What only waits (for the database, for a retry) goes back to the queue. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Like `pause`, but waits for running handlers no longer than the deadline: their messages are delivered again. */
  stop(deadlineAt: number): Promise<void>;
}

/**
 * Handles the messages of a queue, `prefetch` at once, each until it is acknowledged, moved on or given back: see delivery-handler.ts. Works
 * without a connection: messages come when the broker is there. The caller stops it before the broker.
 */
export async function startConsumer(options: ConsumerOptions): Promise<Consumer> {
  const { broker, queue, prefetch, logger } = options;
  const handleDelivery = createDeliveryHandler(options);
  let taking: BrokerConsumer | undefined;
  let released = new AbortController();
  let stopped = false;
  let turn = Promise.resolve();

  /** One pause or resume at a time, in the order they were asked for. */
  const inTurn = (step: () => Promise<void>): Promise<void> => (turn = turn.catch(() => undefined).then(step));

  const take = async (): Promise<void> => {
    if (taking || stopped) return;
    const { signal } = (released = new AbortController());
    setMaxListeners(0, signal); // every message that waits listens
    taking = await broker.consume(queue, { prefetch, onDelivery: (delivery) => void handleDelivery(delivery, signal) });
  };
  const release = async (deadlineAt: number): Promise<void> => {
    released.abort();
    await taking?.stop(deadlineAt);
    taking = undefined;
  };

  await take();
  return {
    get paused() {
      return taking === undefined;
    },
    pause: () =>
      inTurn(async () => {
        await release(Infinity);
        logger.info(`messages of ${queue} wait: paused`);
      }),
    resume: () =>
      inTurn(async () => {
        await take();
        logger.info(`messages of ${queue} are handled again`);
      }),
    async stop(deadlineAt) {
      stopped = true;
      await release(deadlineAt); // not in turn: a pause that waits for a slow handler must not hold it up
    },
  };
}
