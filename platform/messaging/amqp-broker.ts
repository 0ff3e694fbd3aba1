import type { ChannelModel } from 'amqplib';
import { AppError, toMessage } from '../foundation/errors.ts';
import { withDeadline } from '../foundation/lifecycle.ts';
import type { Logger } from '../foundation/logger.ts';
import { BROWSE_MS } from './amqp-browse.ts';
import { startAmqpBroadcastConsumer, startAmqpConsumer, type OpenLink } from './amqp-consumer.ts';
import { declareTopology } from './amqp-declare.ts';
import { toReplyCode } from './amqp-errors.ts';
import { startAmqpLink } from './amqp-link.ts';
import { createLinkReport, type Problems } from './amqp-reports.ts';
import { openAmqpSession, type AmqpSession } from './amqp-session.ts';
import { brokerUnavailable, messageUnroutable, queueNotFound, RABBITMQ } from './broker-errors.ts';
import type { Broker, BrokerConsumer } from './broker.ts';
import type { Topology } from './topology.ts';

export interface AmqpBrokerOptions {
  /** `amqp://user:password@host:port/vhost`; several are the nodes of a cluster, tried in turn. */
  readonly urls: readonly string[];
  /** Who connects, for RabbitMQ's tools: `users`. */
  readonly name: string;
  readonly logger: Logger;
  /** Default 5. A silent server is noticed after two to three heartbeats. */
  readonly heartbeatSeconds?: number;
  /** How long a publish waits for its confirm, milliseconds; default 10,000. */
  readonly confirmTimeoutMs?: number;
  /** Most publishes without a confirm; more are refused with BROKER_UNAVAILABLE. Default 2,000. */
  readonly maxUnconfirmed?: number;
}

/** How often the declaration of a queue that exists with other arguments is tried again. */
const REDECLARE_MS = 30_000;
/** How soon after a message came back without a route: somebody may have deleted a queue or a binding. */
const REPAIR_MS = 1_000;

/**
 * RabbitMQ. Returns at once and connects in the background, for ever, with back-off; says what it waits for. One connection publishes, declares,
 * takes and counts; each consumer has its own, so that neither a blocked publisher nor a broken queue disturbs the others.
 */
export function connectAmqpBroker(options: AmqpBrokerOptions): Broker {
  const { urls, name, logger, heartbeatSeconds = 5, confirmTimeoutMs = 10_000, maxUnconfirmed = 2_000 } = options;
  const topologies: Topology[] = [];
  const listeners: (() => void)[] = [];
  const consumers = new Set<BrokerConsumer>();
  const problems: Problems = new Map();
  let session: AmqpSession | undefined;
  let redeclaring: NodeJS.Timeout | undefined;

  const isConnected = (): boolean => session !== undefined && !session.blocked;
  const tellConnected = (): void => {
    for (const listener of listeners) listener();
  };

  const declareAll = async (model: ChannelModel): Promise<void> => {
    const refusals: string[] = [];
    for (const topology of topologies) refusals.push(...(await declareTopology(model, topology)));
    reportRefusals([...new Set(refusals)]);
  };
  const reportRefusals = (refusals: readonly string[]): void => {
    const problem = refusals.length === 0 ? undefined : refusals.join('; ');
    if (problem !== undefined && problem !== problems.get('topology')) logger.error(problem);
    problems.set('topology', problem);
    if (problem !== undefined) redeclareAfter(REDECLARE_MS);
  };
  const redeclareAfter = (ms: number): void => {
    redeclaring ??= setTimeout(() => {
      redeclaring = undefined;
      if (session) declareAll(session.model).catch(() => undefined); // a lost connection declares anew
    }, ms).unref();
  };

  const report = createLinkReport({ logger, problems, source: 'connection', purpose: 'RabbitMQ', level: 'warn' });
  const link = startAmqpLink({
    urls,
    name: `${name}: publisher`,
    heartbeatSeconds,
    async setup(model, fail) {
      await declareAll(model);
      session = await openAmqpSession(model, {
        fail,
        confirmTimeoutMs,
        maxUnconfirmed,
        onUnblocked: tellConnected,
        onBlocked: (reason) => logger.warn(`RabbitMQ blocks publishing: ${reason}`),
        onReturned: () => redeclareAfter(REPAIR_MS),
      });
      report.up();
      tellConnected();
    },
    onDown: () => (session = undefined),
    onWait: report.waits,
  });

  const useConsumer = (purpose: string, start: (openLink: OpenLink) => BrokerConsumer, onUp: () => void): BrokerConsumer => {
    const own = createLinkReport({ logger, problems, source: purpose, purpose, level: 'debug' });
    const openLink: OpenLink = ({ setup, onDown }) =>
      startAmqpLink({
        urls,
        name: `${name}: ${purpose}`,
        heartbeatSeconds,
        async setup(model, fail) {
          for (const topology of topologies) await declareTopology(model, topology); // what is refused, the publishing connection reports
          await setup(model, fail);
          own.up();
          onUp();
        },
        onDown,
        onWait: own.waits,
      });
    const consumer = start(openLink);
    const registered: BrokerConsumer = {
      async stop(deadlineAt) {
        consumers.delete(registered);
        await consumer.stop(deadlineAt);
        problems.delete(purpose);
      },
    };
    consumers.add(registered);
    return registered;
  };

  /** Asks the broker something that names a queue. */
  const ask = async <T>(queue: string, request: (open: AmqpSession) => Promise<T>, withinMs = confirmTimeoutMs): Promise<T> => {
    if (!session) throw brokerUnavailable(RABBITMQ, 'there is no connection');
    try {
      return await withDeadline(request(session), Date.now() + withinMs);
    } catch (error) {
      if (error instanceof AppError) throw error; // of a publish in between
      if (toReplyCode(error) !== 404) throw brokerUnavailable(RABBITMQ, toMessage(error), error);
      redeclareAfter(REPAIR_MS);
      throw queueNotFound(RABBITMQ, queue);
    }
  };

  return {
    kind: 'rabbitmq',
    get connected() {
      return isConnected();
    },
    get problem() {
      const known = [...problems.values(), session?.blocked].filter((problem) => problem !== undefined);
      return known.length === 0 ? undefined : known.join('; ');
    },
    onConnected(listener) {
      listeners.push(listener);
      if (isConnected()) queueMicrotask(listener);
    },
    async declare(topology) {
      topologies.push(topology);
      if (session) await declareAll(session.model).catch(() => undefined); // the connection was lost: declared with the next one
    },
    async publish(exchange, routingKey, message, { mandatory }) {
      if (exchange !== '' && !isDeclared(topologies, exchange))
        throw messageUnroutable(RABBITMQ, exchange, routingKey, 'no such exchange was declared'); // would cost the connection
      if (!session) throw brokerUnavailable(RABBITMQ, 'there is no connection');
      if (session.blocked) throw brokerUnavailable(RABBITMQ, session.blocked);
      await session.publisher.publish(exchange, routingKey, message, mandatory);
    },
    async consume(queue, { prefetch, onDelivery }) {
      return useConsumer(
        `consumer of ${queue}`,
        (openLink) => startAmqpConsumer(openLink, queue, prefetch, onDelivery),
        () => undefined,
      );
    },
    async consumeBroadcast(exchange, routingKeys, onMessage) {
      const start = (openLink: OpenLink): BrokerConsumer => startAmqpBroadcastConsumer(openLink, exchange, routingKeys, onMessage);
      return useConsumer(`broadcast consumer of ${exchange}`, start, tellConnected); // messages may have been missed
    },
    take: (queue) => ask(queue, (open) => open.take(queue)),
    browse: (queue, browsing) => ask(queue, (open) => open.browse(queue, browsing), BROWSE_MS + confirmTimeoutMs),
    countMessages: (queue) => ask(queue, (open) => open.countMessages(queue)),
    async stop(deadlineAt) {
      clearTimeout(redeclaring);
      await Promise.all([...consumers].map((consumer) => consumer.stop(deadlineAt)));
      await session?.publisher.whenIdle(deadlineAt);
      await link.stop(deadlineAt);
    },
  };
}

function isDeclared(topologies: readonly Topology[], exchange: string): boolean {
  return topologies.some(({ exchanges }) => exchanges.some(({ name }) => name === exchange));
}
