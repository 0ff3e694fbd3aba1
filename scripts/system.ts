import { createGatewayService } from '../gateway/service.ts';
import { readGatewayConfig } from '../gateway/config.ts';
import type { Environment } from '../platform/foundation/config.ts';
import { createService, type ReleaseStack, type Service } from '../platform/foundation/lifecycle.ts';
import { createLogger, maskUrl } from '../platform/foundation/logger.ts';
import { answersAmqp } from '../platform/messaging/amqp-probe.ts';
import type { Broker } from '../platform/messaging/broker.ts';
import { createMemoryBroker } from '../platform/messaging/memory-broker.ts';
import { readPaymentsConfig } from '../subgraphs/payments/config.ts';
import { createPaymentsService } from '../subgraphs/payments/service.ts';
import { readUsersConfig } from '../subgraphs/users/config.ts';
import { createUsersService } from '../subgraphs/users/service.ts';
import { openDatabases } from './open-databases.ts';
import { withOwnDefaults } from './own-defaults.ts';
import { readSystemConfig, type SystemConfig } from './system-config.ts';

const LOCAL_RABBITMQ = 'amqp://localhost:5672';
/** AMQP_URL for those who have a RabbitMQ on its usual port and do not want it used. */
const IN_PROCESS = 'memory:';

/** What runs and where, for the table that `npm start` prints. */
export interface RunningSystem {
  readonly graphqlUrl: string;
  readonly gatewayUrl: string;
  readonly usersUrl: string;
  readonly paymentsUrl: string;
  readonly broker: string;
  readonly databases: string;
}

/**
 * Users, payments and the gateway in one process, on what the contract chooses: PostgreSQL from the environment or embedded,
 * RabbitMQ from the environment, on its usual port, or the broker in this process.
 * @param onStep told of each step as it begins
 * @param onReady told once everything answers
 */
export function createSystem(env: Environment, onStep: (step: string) => void, onReady: (system: RunningSystem) => void): Service {
  const config = readSystemConfig(env);
  const logger = createLogger('paygraph', { level: config.logLevel, format: config.logFormat });
  const logging = { LOG_LEVEL: config.logLevel, LOG_FORMAT: config.logFormat };

  return createService('paygraph', async (stack, signal) => {
    const databases = await openDatabases(config, stack, logger, onStep, signal);
    const broker = await chooseBroker(config, stack, onStep);
    const serviceEnv = {
      ...env,
      ...logging,
      ...broker.env,
      USERS_DATABASE_URL: databases.users,
      PAYMENTS_DATABASE_URL: databases.payments,
    };

    onStep('starting users and payments');
    let usersUrl = '';
    let paymentsUrl = '';
    const users = createUsersService(readUsersConfig(serviceEnv), { ...broker.seams, onListening: (url) => (usersUrl = url) });
    const payments = createPaymentsService(readPaymentsConfig(serviceEnv), { ...broker.seams, onListening: (url) => (paymentsUrl = url) });
    await startWhile(signal, stack, users, payments);

    onStep('starting the gateway');
    let graphqlUrl = '';
    const gatewayEnv = {
      ...withOwnDefaults(env),
      ...logging,
      USERS_URL: env.USERS_URL || usersUrl,
      PAYMENTS_URL: env.PAYMENTS_URL || paymentsUrl,
    };
    const gatewayConfig = readGatewayConfig(gatewayEnv);
    if (gatewayConfig.workers > 1) logger.warn('GATEWAY_WORKERS is for npm run start:gateway: here the gateway runs in this process');
    const gateway = createGatewayService(gatewayConfig, { onListening: (url) => (graphqlUrl = url) });
    await startWhile(signal, stack, gateway);
    onReady({
      graphqlUrl,
      gatewayUrl: new URL('/', graphqlUrl).href,
      usersUrl,
      paymentsUrl,
      broker: broker.description,
      databases: databases.description,
    });
  });
}

/** Starts them side by side; a stop of the whole system in the meantime stops them, so that nobody waits for a start that waits. */
async function startWhile(signal: AbortSignal, stack: ReleaseStack, ...services: readonly Service[]): Promise<void> {
  for (const service of services) stack.use({ stop: (deadlineAt) => service.stop({ deadlineMs: Math.max(0, deadlineAt - Date.now()) }) });
  signal.addEventListener('abort', () => services.forEach((service) => void service.stop().catch(() => undefined)), { once: true }); // the stack tells of failures
  await Promise.all(services.map((service) => service.start()));
}

interface ChosenBroker {
  readonly description: string;
  readonly env: Environment;
  readonly seams: { readonly connectBroker?: () => Broker };
}

async function chooseBroker(config: SystemConfig, stack: ReleaseStack, onStep: (step: string) => void): Promise<ChosenBroker> {
  if (config.amqpUrl === IN_PROCESS) return inProcess(stack);
  if (config.amqpUrl)
    return { description: `RabbitMQ at ${maskUrl(config.amqpUrl)} (AMQP_URL)`, env: { AMQP_URL: config.amqpUrl }, seams: {} };
  onStep('looking for RabbitMQ');
  if (await answersAmqp(LOCAL_RABBITMQ))
    return { description: `RabbitMQ at ${LOCAL_RABBITMQ}, found there`, env: { AMQP_URL: LOCAL_RABBITMQ }, seams: {} };
  return inProcess(stack);
}

function inProcess(stack: ReleaseStack): ChosenBroker {
  const broker = stack.use(createMemoryBroker());
  return {
    description: 'in this process, volatile (the databases are durable, so nothing accepted is lost); set AMQP_URL for RabbitMQ',
    env: { AMQP_URL: undefined },
    seams: { connectBroker: () => broker.connect() }, // each service closes its own connection
  };
}
