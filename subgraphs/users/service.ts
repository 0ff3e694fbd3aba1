import { createService, type Service } from '../../platform/foundation/lifecycle.ts';
import { createLogger } from '../../platform/foundation/logger.ts';
import { Counter, createMetrics } from '../../platform/foundation/metrics.ts';
import { connectAmqpBroker } from '../../platform/messaging/amqp-broker.ts';
import type { Broker } from '../../platform/messaging/broker.ts';
import { startConsumerWatch } from '../../platform/messaging/consumer-watch.ts';
import { startConsumer } from '../../platform/messaging/consumer.ts';
import { startRelay } from '../../platform/messaging/relay.ts';
import { sql, type StatementSeam } from '../../platform/storage/database.ts';
import { toBrokerCheck, toConsumerCheck } from '../health.ts';
import { parsePaymentOutcome } from '../payment-messages.ts';
import { PAYMENT_OUTCOMES, PAYMENT_TOPOLOGY } from '../payment-topology.ts';
import { openServiceDatabase, untilDatabaseAnswers } from '../open-service-database.ts';
import { startRetention } from '../retention.ts';
import { startSubgraphServer } from '../subgraph-server.ts';
import type { UsersConfig } from './config.ts';
import { createRequestContext } from './context.ts';
import { createPay } from './pay.ts';
import { republishAllPending, startReconcile } from './reconcile.ts';
import { resolvers } from './resolvers.ts';
import { createSettlePayment } from './settle-payment.ts';
import { usersRetention } from './users-retention.ts';

/** What a composition or a test replaces. */
export interface UsersSeams {
  /** The service closes it. Default: RabbitMQ at `config.amqpUrls`. */
  readonly connectBroker?: (config: UsersConfig) => Broker;
  /** Told where operations go, once they are answered. */
  readonly onListening?: (url: string) => void;
  /** Told of every statement before it is sent, for tests that count. */
  readonly onQuery?: (sql: string) => void;
  /** For tests that put faults between the service and its database. */
  readonly onStatement?: StatementSeam;
  /** Whether a step does many at once, asked each time, for measuring what that gains. Default always. */
  readonly isBatched?: (step: 'debit' | 'settle' | 'relay') => boolean;
}

/**
 * Owns users, their balances, and the acceptance of payments. The start waits for the database, and does not wait for the broker.
 * @throws by `start`: ConfigError of the database, the migrations and the port
 */
export function createUsersService(config: UsersConfig, seams: UsersSeams = {}): Service {
  return createService('users', async (stack, signal) => {
    const logger = createLogger('users', config.log);
    const { isBatched = () => true } = seams;
    const metrics = createMetrics('users');

    const database = { name: 'users database', logger, signal };
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
    const broker = stack.use(seams.connectBroker?.(config) ?? connectAmqpBroker({ urls: config.amqpUrls, name: 'users', logger }));
    await broker.declare(PAYMENT_TOPOLOGY);
    if (broker.kind === 'memory') await untilDatabaseAnswers(() => republishAllPending(db), database); // what it knew died with its process

    const relay = stack.use(startRelay({ db, broker, logger, metrics, pollMs: config.relayPollMs, isBatched: () => isBatched('relay') }));
    stack.use(startReconcile({ db, reconcileAfterMs: config.reconcileAfterMs, logger, onDue: relay.wake }));
    stack.use(startRetention({ db, tasks: usersRetention(config.retention), logger, metrics, pollMs: config.retention.pollMs }));
    const settled = new Counter({
      name: 'paygraph_payments_settled_total',
      help: 'Outcomes of payments that were recorded',
      labelNames: ['status'],
      registers: [metrics],
    });
    const watch = stack.use(
      startConsumerWatch({ broker, queue: PAYMENT_OUTCOMES.queue, stuckAfterMs: config.stuckAfterMs, logger, metrics }),
    );
    const settlePayment = createSettlePayment(db, () => isBatched('settle'));
    stack.use(
      await startConsumer({
        broker: watch.broker,
        ...PAYMENT_OUTCOMES,
        prefetch: config.prefetch,
        logger,
        metrics,
        async handle({ event }) {
          const outcome = parsePaymentOutcome(event);
          if (await settlePayment(outcome)) settled.inc({ status: outcome.failureReason === null ? 'PROCESSED' : 'FAILED' });
        },
      }),
    );

    const pay = createPay({
      db,
      reconcileAfterMs: config.reconcileAfterMs,
      onCommitted: relay.wake,
      isBatched: () => isBatched('debit'),
    });
    const server = stack.use(
      await startSubgraphServer({
        name: 'users',
        host: config.host,
        port: config.port,
        schema: new URL('../../schema/users.graphql', import.meta.url),
        resolvers,
        createContext: (caller) => createRequestContext(caller, { db, pay }),
        checks: {
          required: { database: () => sql`select 1`.execute(db) },
          reported: { broker: () => toBrokerCheck(broker), consumer: () => toConsumerCheck(watch) },
        },
        metrics,
        logger,
      }),
    );
    logger.info(`users answers at ${server.url}`);
    seams.onListening?.(server.url);
  });
}
