import type { Stoppable } from '../foundation/lifecycle.ts';
import type { Logger } from '../foundation/logger.ts';
import { Gauge, type Registry } from '../foundation/metrics.ts';
import type { Broker, BrokerConsumer, Delivery } from './broker.ts';
import { startWakeLoop } from './wake-loop.ts';

export interface ConsumerWatchOptions {
  readonly broker: Broker;
  readonly queue: string;
  /** How long a message may be in hand, or wait while none is settled, milliseconds. */
  readonly stuckAfterMs: number;
  readonly logger: Logger;
  readonly metrics: Registry;
}

export interface ConsumerWatch extends Stoppable {
  /** Hand this one to the consumer: the same broker, and what is consumed through it from the queue is watched. */
  readonly broker: Broker;
  /** For health: what is wrong, in one sentence; undefined while all is well, and while nothing is consumed because it is paused. */
  readonly problem: string | undefined;
}

/**
 * Notices a consumer that is stuck: a message that is in hand for too long, or messages that wait in the queue while none is settled and nobody paused. Says so
 * in the log when it begins and when it is over, in a metric all along, and in `problem`. It ends nothing: what is in hand may be working, and a
 * restart is for whoever is told.
 */
export function startConsumerWatch({ broker, queue, stuckAfterMs, logger, metrics }: ConsumerWatchOptions): ConsumerWatch {
  const inHand = new Map<Delivery, number>(); // in the order in which they came
  let consumers = 0;
  let lastProgressAt = performance.now();
  let waitingSince: number | undefined;
  let problem: string | undefined;

  /** Since when the oldest message is in hand; those of a lost channel are not in hand any more. */
  const oldestSince = (): number | undefined => {
    for (const [delivery, since] of inHand) {
      if (!delivery.lost.aborted) return since;
      inHand.delete(delivery);
    }
    return undefined;
  };
  const progress = (): void => {
    lastProgressAt = performance.now();
    waitingSince = undefined;
  };
  const watch = (delivery: Delivery): Delivery => {
    const settled = (settle: () => void) => (): void => {
      inHand.delete(watched);
      progress();
      settle();
    };
    const watched: Delivery = { ...delivery, ack: settled(delivery.ack), requeue: settled(delivery.requeue) };
    inHand.set(watched, performance.now());
    return watched;
  };

  const consume: Broker['consume'] = async (from, options) => {
    if (from !== queue) return broker.consume(from, options);
    const consumer = await broker.consume(from, { ...options, onDelivery: (delivery) => options.onDelivery(watch(delivery)) });
    consumers += 1;
    progress();
    const stop: BrokerConsumer['stop'] = async (deadlineAt) => {
      await consumer.stop(deadlineAt);
      consumers -= 1;
      inHand.clear(); // what was left is back in the queue
    };
    return { stop };
  };

  /** Asks the broker only after a while without progress. */
  const look = async (): Promise<string | undefined> => {
    const now = performance.now();
    const since = oldestSince();
    if (since !== undefined && now - since > stuckAfterMs) return `a message of ${queue} has been in hand for ${toSeconds(now - since)}`;
    if (consumers === 0 || !broker.connected || now - lastProgressAt < stuckAfterMs / 4) return undefined;
    const waiting = await broker.countMessages(queue).catch(() => 0); // that the broker is away is told elsewhere
    if (waiting === 0) waitingSince = undefined;
    else waitingSince ??= now;
    if (waitingSince === undefined || now - waitingSince <= stuckAfterMs) return undefined;
    return `${waiting} messages wait in ${queue}, and none was settled for ${toSeconds(now - lastProgressAt)}`;
  };

  const [age, stuck] = [
    gauge('paygraph_message_in_hand_seconds', 'Age of the message that is in hand for the longest', metrics),
    gauge('paygraph_consumer_stuck', '1 while a consumer is stuck', metrics),
  ];
  const loop = startWakeLoop(async () => {
    const was = problem;
    problem = await look();
    if (problem !== undefined && was === undefined) logger.error({ queue }, `a consumer is stuck: ${problem}`);
    if (problem === undefined && was !== undefined) logger.info({ queue }, `the consumer of ${queue} goes on`);
    const since = oldestSince();
    age.set({ queue }, since === undefined ? 0 : (performance.now() - since) / 1_000);
    stuck.set({ queue }, problem === undefined ? 0 : 1);
    return { waitMs: Math.max(20, stuckAfterMs / 8) };
  });

  return {
    broker: withConsume(broker, consume),
    get problem() {
      return problem;
    },
    stop: (deadlineAt) => loop.stop(deadlineAt),
  };
}

function toSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** Consumers of one registry share the gauges and differ by the label `queue`. */
function gauge(name: string, help: string, registry: Registry): Gauge {
  return (registry.getSingleMetric(name) as Gauge | undefined) ?? new Gauge({ name, help, labelNames: ['queue'], registers: [registry] });
}

/** The same broker with another way to consume. */
function withConsume(broker: Broker, consume: Broker['consume']): Broker {
  return {
    kind: broker.kind,
    get connected() {
      return broker.connected;
    },
    get problem() {
      return broker.problem;
    },
    consume,
    onConnected: (listener) => broker.onConnected(listener),
    declare: (topology) => broker.declare(topology),
    publish: (...message) => broker.publish(...message),
    consumeBroadcast: (...events) => broker.consumeBroadcast(...events),
    take: (queue) => broker.take(queue),
    browse: (queue, browsing) => broker.browse(queue, browsing),
    countMessages: (queue) => broker.countMessages(queue),
    stop: (deadlineAt) => broker.stop(deadlineAt),
  };
}
