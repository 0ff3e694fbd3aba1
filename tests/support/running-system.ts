import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from './postgres.ts';
import { createTestVhost } from './rabbitmq.ts';
import { createServiceProcess, type Program, type ServiceProcess } from './service-process.ts';

export const BROKERS = ['embedded broker', 'RabbitMQ'] as const;

/** The whole system as real processes, as a user runs it. Disposing stops it and removes its data. */
export interface RunningSystem {
  /** The gateway's GraphQL. */
  readonly url: string;
  readonly processes: readonly ServiceProcess[];
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * `npm start` with its embedded broker, or one process for each service on RabbitMQ. On the run's PostgreSQL; without one, `npm start` on its embedded one,
 * which takes seconds to make.
 */
export function startSystem(broker: (typeof BROKERS)[number], env: Readonly<Record<string, string>> = {}): Promise<RunningSystem> {
  return broker === 'RabbitMQ' ? startSeparately(env) : startTogether(env);
}

/** `npm start` with a data folder and ports of its own; as one file, or as `program` runs it. */
export function createStart(dataDir: string, env: Readonly<Record<string, string>> = {}, program?: Program): ServiceProcess {
  const ports = { USERS_PORT: '0', PAYMENTS_PORT: '0', AMQP_URL: 'memory:' };
  return createServiceProcess(
    'npm start',
    ['start'],
    'GATEWAY_PORT',
    { ...ports, DATA_DIR: dataDir, LOG_LEVEL: 'warn', ...env },
    /Sandbox in a browser\s+http:\/\/127\.0\.0\.1:(\d+)\/graphql/,
    program,
  );
}

async function startTogether(env: Readonly<Record<string, string>>): Promise<RunningSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'paygraph-e2e-'));
  const databases = process.env['TEST_POSTGRES_URL'] ? [await createTestDatabase('users'), await createTestDatabase('payments')] : [];
  const [users, payments] = databases;
  const urls = users && payments ? { USERS_DATABASE_URL: users.url, PAYMENTS_DATABASE_URL: payments.url } : {};
  const start = createStart(folder, { ...urls, ...env });
  const dispose = async (): Promise<void> => {
    await start.kill('SIGTERM');
    for (const database of databases) await database[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  await start.start().catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  return { url: start.url, processes: [start], [Symbol.asyncDispose]: dispose };
}

async function startSeparately(env: Readonly<Record<string, string>>): Promise<RunningSystem> {
  const stack: { [Symbol.asyncDispose](): Promise<void> }[] = [];
  const dispose = async (): Promise<void> => {
    for (const resource of stack.splice(0).reverse()) await resource[Symbol.asyncDispose]();
  };
  try {
    const [usersDatabase, paymentsDatabase, vhost] = await Promise.all([
      createTestDatabase('users'),
      createTestDatabase('payments'),
      createTestVhost(),
    ]);
    stack.push(usersDatabase, paymentsDatabase, vhost);
    const shared = { AMQP_URL: vhost.url, ...env };
    const users = createServiceProcess('users', ['start-service', 'users'], 'USERS_PORT', {
      ...shared,
      USERS_DATABASE_URL: usersDatabase.url,
    });
    const payments = createServiceProcess('payments', ['start-service', 'payments'], 'PAYMENTS_PORT', {
      ...shared,
      PAYMENTS_DATABASE_URL: paymentsDatabase.url,
    });
    stack.push(users, payments);
    await Promise.all([users.start(), payments.start()]);
    const gateway = createServiceProcess('gateway', ['gateway'], 'GATEWAY_PORT', {
      ...env,
      USERS_URL: users.url,
      PAYMENTS_URL: payments.url,
    });
    stack.push(gateway);
    await gateway.start();
    return { url: gateway.url, processes: [users, payments, gateway], [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
