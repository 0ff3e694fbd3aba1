import { createService, type Service } from '../../platform/foundation/lifecycle.ts';
import { createLogger } from '../../platform/foundation/logger.ts';
import { Counter, createMetrics } from '../../platform/foundation/metrics.ts';
import { connectAmqpBroker } from '../../platform/messaging/amqp-broker.ts';
import type { Broker } from '../../platform/messaging/broker.ts';
import { startConsumerWatch } from '../../platform/messaging/consumer-watch.ts';
import { startConsumer, type Consumer } from '../../platform/messaging/consumer.ts';
import { startRelay } from '../../platform/messaging/relay.ts';
import { sql, type StatementSeam } from '../../platform/storage/database.ts';
import { toBrokerCheck, toConsumerCheck } from '../health.ts';
import { PAYMENT_FAILED, PAYMENT_PROCESSED, parsePaymentRequested } from '../payment-messages.ts';
import { EVENTS_EXCHANGE, PAYMENT_REQUESTS, PAYMENT_TOPOLOGY } from '../payment-topology.ts';
import { openServiceDatabase, untilDatabaseAnswers } from '../open-service-database.ts';
import { startRetention } from '../retention.ts';
import { startSubgraphServer } from '../subgraph-server.ts';
import { createBacklog } from './backlog.ts';
import type { PaymentsConfig } from './config.ts';
import { createRequestContext } from './context.ts';
import { openEventLog } from './event-log.ts';
import { createParkingLot } from './parking-lot.ts';
import { paymentsRetention } from './payments-retention.ts';
import { createProcessPayment } from './process-payment.ts';
import { startProcessedEvents } from './processed-events.ts';
import { startProcessingControl } from './processing-control.ts';
import { resolvers } from './resolvers.ts';

/** What a composition or a test replaces. */
export interface PaymentsSeams {
  /** The service closes it. Default: RabbitMQ at `config.amqpUrls`. */
  readonly connectBroker?: (config: PaymentsConfig) => Broker;
  /** Told where operations go, once they are answered. */
  readonly onListening?: (url: string) => void;
  /** Told of every statement before it is sent, for tests that count. */
  readonly onQuery?: (sql: string) => void;
  /** For tests that put faults between the service and its database. */
  readonly onStatement?: StatementSeam;
  /** Whether a step does many at once, asked each time, for measuring what that gains. Default always. */
  readonly isBatched?: (step: 'book' | 'relay') => boolean;
}

/**
 * Owns the life of a payment after its acceptance, the ledger, and the stream of outcomes. The start waits for the database, and does not wait for the broker.
 * @throws by `start`: ConfigError of the database, the migrations and the port
 */
export function createPaymentsService(config: PaymentsConfig, seams: PaymentsSeams = {}): Service {
  return createService('payments', async (stack, signal) => {
    const logger = createLogger('payments', config.log);
    const { isBatched = () => true } = seams;
    const metrics = createMetrics('payments');

    const database = { name: 'payments database', logger, signal };
    const { db } = stack.use(
      await openServiceDatabase({
        ...database,
        url: config.databaseUrl,
        poolSize: config.poolSize,
        migrations: new URL('./migrations/', import.meta.url),
        onQuery: seams.onQuery,
        onStatement: seams.onStatement,
      }),
    );
    const broker = stack.use(seams.connectBroker?.(config) ?? connectAmqpBroker({ urls: config.amqpUrls, name: 'payments', logger }));
    await broker.declare(PAYMENT_TOPOLOGY);

    const log = await untilDatabaseAnswers(() => openEventLog(db), database);
    const events = stack.use(startProcessedEvents({ log, logger, pollMs: config.eventsPollMs }));
    const relay = stack.use(
      startRelay({
        db,
        broker,
        logger,
        metrics,
        pollMs: config.relayPollMs,
        onPositioned: events.wake,
        isBatched: () => isBatched('relay'),
      }),
    );
    stack.use(await broker.consumeBroadcast(EVENTS_EXCHANGE, [PAYMENT_PROCESSED, PAYMENT_FAILED], events.wake)); // positions that another replica gave

    stack.use(startRetention({ db, tasks: paymentsRetention(config.retention), logger, metrics, pollMs: config.retention.pollMs }));

    const processed = new Counter({
      name: 'paygraph_payments_processed_total',
      help: 'Requests by what became of them',
      labelNames: ['outcome'],
      registers: [metrics],
    });
    const processPayment = createProcessPayment({
      db,
      limit: config.limit,
      onCommitted: relay.wake,
      isBatched: () => isBatched('book'),
    });
    const watch = stack.use(
      startConsumerWatch({ broker, queue: PAYMENT_REQUESTS.queue, stuckAfterMs: config.stuckAfterMs, logger, metrics }),
    );
    const startProcessing = (): Promise<Consumer> =>
      startConsumer({
        broker: watch.broker,
        ...PAYMENT_REQUESTS,
        prefetch: config.prefetch,
        logger,
        metrics,
        handle: async ({ event }) => processed.inc({ outcome: await processPayment(parsePaymentRequested(event)) }),
      });
    const control = stack.use(await startProcessingControl({ db, startConsumer: startProcessing, pollMs: config.controlPollMs, logger }));

    const backlog = createBacklog(broker);
    const parkingLot = createParkingLot({ broker, db });
    const server = stack.use(
      await startSubgraphServer({
        name: 'payments',
        host: config.host,
        port: config.port,
        schema: new URL('../../schema/payments.graphql', import.meta.url),
        resolvers,
        createContext: (caller) => createRequestContext(caller, { db, control, backlog, parkingLot, events }),
        checks: {
          required: { database: () => sql`select 1`.execute(db) },
          reported: { broker: () => toBrokerCheck(broker), consumer: () => toConsumerCheck(watch) },
        },
        metrics,
        logger,
      }),
    );
    logger.info(`payments answers at ${server.url}`);
    seams.onListening?.(server.url);
  });
}
