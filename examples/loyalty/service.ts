import { createService, type Service } from '../../platform/foundation/lifecycle.ts';
import { createLogger } from '../../platform/foundation/logger.ts';
import { Counter, createMetrics } from '../../platform/foundation/metrics.ts';
import { connectAmqpBroker } from '../../platform/messaging/amqp-broker.ts';
import type { Broker } from '../../platform/messaging/broker.ts';
import { startConsumer } from '../../platform/messaging/consumer.ts';
import { sql, type RawBuilder } from '../../platform/storage/database.ts';
import { toBrokerCheck, type Check } from '../../subgraphs/health.ts';
import { openServiceDatabase } from '../../subgraphs/open-service-database.ts';
import { parsePaymentOutcome } from '../../subgraphs/payment-messages.ts';
import { startSubgraphServer } from '../../subgraphs/subgraph-server.ts';
import type { LoyaltyConfig } from './config.ts';
import { createRequestContext } from './context.ts';
import { countPoints, type ProcessedPayment } from './count-points.ts';
import { createGraphClient } from './graph-client.ts';
import { startGraphFollower } from './graph-follower.ts';
import { createGraphPayments } from './graph-payments.ts';
import { LOYALTY_TOPOLOGY, PROCESSED_PAYMENTS } from './loyalty-topology.ts';
import { createPointsEvents } from './points-events.ts';
import { resolvers } from './resolvers.ts';

/** What a composition or a test replaces. */
export interface LoyaltySeams {
  /** The service closes it. Default: RabbitMQ at `config.amqpUrls`, or none. */
  readonly connectBroker?: (config: LoyaltyConfig) => Broker;
  /** Told where operations go, once they are answered. */
  readonly onListening?: (url: string) => void;
  /** Told of every statement before it is sent, for tests that count. */
  readonly onQuery?: (sql: string) => void;
}

/**
 * Points for processed payments. The start waits for the database, and neither for the broker nor for the graph.
 * @throws by `start`: ConfigError of the database, the migrations and the port
 */
export function createLoyaltyService(config: LoyaltyConfig, seams: LoyaltySeams = {}): Service {
  return createService('loyalty', async (stack, signal) => {
    const logger = createLogger('loyalty', config.log);
    const metrics = createMetrics('loyalty');
    const reported: Record<string, () => Check> = {};

    const { db } = stack.use(
      await openServiceDatabase<Record<never, never>>({
        name: 'loyalty database',
        url: config.databaseUrl,
        poolSize: config.poolSize,
        migrations: new URL('./migrations/', import.meta.url),
        outbox: false,
        logger,
        signal,
        onQuery: seams.onQuery,
      }),
    );
    const events = stack.use(createPointsEvents({ db, pollMs: config.eventsPollMs }));
    const earned = new Counter({ name: 'paygraph_points_earned_total', help: 'Points that were counted', registers: [metrics] });
    const count = async (payments: readonly ProcessedPayment[], moving?: RawBuilder<unknown>): Promise<void> => {
      const counted = await countPoints(db, payments, moving);
      earned.inc(counted.points);
      if (counted.points > 0) events.wake();
    };

    const broker = seams.connectBroker?.(config) ?? connectRabbitmq(config, logger);
    if (broker) {
      stack.use(broker);
      reported['broker'] = () => toBrokerCheck(broker);
      await broker.declare(LOYALTY_TOPOLOGY);
      stack.use(
        await startConsumer({
          broker,
          ...PROCESSED_PAYMENTS,
          prefetch: config.prefetch,
          logger,
          metrics,
          async handle({ event }) {
            const outcome = parsePaymentOutcome(event);
            if (outcome.failureReason === null) await count([outcome]);
          },
        }),
      );
    }

    // Behind the consumer: what is processed after we looked lies in the queue, which exists by then.
    const follower = stack.use(
      startGraphFollower({
        db,
        payments: createGraphPayments(createGraphClient(config.graphUrl)),
        count,
        mode: broker ? config.catchUpMs : 'live',
        logger,
      }),
    );
    reported['graph'] = () => follower.check;
    broker?.onConnected(follower.wake); // it may have lost the queue

    const server = stack.use(
      await startSubgraphServer({
        name: 'loyalty',
        host: config.host,
        port: config.port,
        schema: new URL('./loyalty.graphql', import.meta.url),
        resolvers,
        createContext: (caller) => createRequestContext(caller, { db, events }),
        checks: { required: { database: () => sql`select 1`.execute(db) }, reported },
        metrics,
        logger,
      }),
    );
    logger.info(`loyalty answers at ${server.url}; payments come from ${broker ? PROCESSED_PAYMENTS.queue : 'the graph'}`);
    seams.onListening?.(server.url);
  });
}

function connectRabbitmq({ amqpUrls }: LoyaltyConfig, logger: ReturnType<typeof createLogger>): Broker | undefined {
  return amqpUrls.length === 0 ? undefined : connectAmqpBroker({ urls: amqpUrls, name: 'loyalty', logger });
}
