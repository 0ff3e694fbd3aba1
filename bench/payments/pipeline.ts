import { join } from 'node:path';
import { startBenchProcess, type BenchProcess } from '../measure/bench-process.ts';
import { projectFolder } from '../measure/project-folder.ts';
import { readNodeOptions } from '../measure/script-node-options.ts';
import type { BenchServers } from './bench-servers.ts';
import { runSql } from './run-sql.ts';

/** users, payments and the gateway as built, each a process of its own, as in production. */
export interface Pipeline {
  /** Of the gateway: clients pay and listen there. */
  readonly port: number;
  readonly pids: Readonly<Record<'users' | 'payments' | 'gateway', number>>;
  readonly databaseUrls: Readonly<Record<'users' | 'payments', string>>;
  /** Where users and payments answer by themselves. */
  readonly urls: Readonly<Record<'users' | 'payments', string>>;
  /** Ids of the users that were made, each with money enough. */
  readonly userIds: readonly string[];
  /** Switches off these micro-batches of users and payments, and all others on; only of a pipeline that was started so. */
  withoutBatches(steps: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface PipelineOptions {
  readonly servers: BenchServers;
  /** Tells its databases from those of another pipeline on the same servers. */
  readonly name: string;
  /** How many are made. */
  readonly users: number;
  /** Databases that are there already, and who pays there, over the other virtual host; absent: new ones. */
  readonly over?: Pick<Pipeline, 'databaseUrls' | 'userIds'>;
  readonly env?: Readonly<Record<string, string>>;
  /** For `node`, of all three, beside those with which npm starts them. */
  readonly nodeOptions?: readonly string[];
  /** Runs users and payments with their micro-batches switched by `batches`, over the other virtual host. */
  readonly switched?: boolean;
}

const FIRST_USER = 1_000_001;

/** The caller stops it before the servers. */
export async function startPipeline({
  servers,
  name,
  users: count,
  env = {},
  nodeOptions = [],
  switched = false,
  over,
}: PipelineOptions): Promise<Pipeline> {
  const databaseUrls = over?.databaseUrls ?? {
    users: await servers.createDatabase(`${name}_users`),
    payments: await servers.createDatabase(`${name}_payments`),
  };
  const started: BenchProcess[] = [];
  const stop = async (): Promise<void> => void (await Promise.all(started.splice(0).map((each) => each.stop())));
  const start = async (service: string, program: readonly string[], own: Readonly<Record<string, string>>): Promise<BenchProcess> => {
    const [file = '', ...words] = program;
    const process = await startBenchProcess({
      name: service,
      args: [...readNodeOptions(`start:${service}`), ...nodeOptions, join(projectFolder, 'dist', file), ...words],
      env: { LOG_LEVEL: 'warn', ...own },
      cwd: projectFolder,
    });
    started.push(process);
    return process;
  };
  try {
    const amqpUrl = switched || over ? servers.otherAmqpUrl : servers.amqpUrl;
    if (amqpUrl === undefined) throw new Error('two pipelines at once want a private RabbitMQ: leave --postgres and --amqp away');
    const shared = { AMQP_URL: amqpUrl, ...env };
    const program = switched ? 'bench/payments/switched-program.js' : 'scripts/start-service.js';
    const [users, payments] = await Promise.all([
      start('users', [program, 'users'], { ...shared, USERS_PORT: '0', USERS_DATABASE_URL: databaseUrls.users }),
      start('payments', [program, 'payments'], { ...shared, PAYMENTS_PORT: '0', PAYMENTS_DATABASE_URL: databaseUrls.payments }),
    ]);
    const urls = { users: urlOf(users), payments: urlOf(payments) };
    const gateway = await start('gateway', ['scripts/gateway.js'], {
      GATEWAY_PORT: '0',
      USERS_URL: urls.users,
      PAYMENTS_URL: urls.payments,
    });
    return {
      port: gateway.port,
      pids: { users: users.pid, payments: payments.pid, gateway: gateway.pid },
      databaseUrls,
      urls,
      withoutBatches: async (steps) => void (await Promise.all([users.tell(steps), payments.tell(steps)])),
      userIds: over?.userIds ?? (await makePayers(databaseUrls.users, count)),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes users with money enough. @param from the first id @returns their ids */
export async function makePayers(url: string, count: number, from = FIRST_USER): Promise<string[]> {
  await runSql(
    url,
    `insert into users (id, name, currency, opening_balance_minor, balance_minor) overriding system value
     select n, 'Payer ' || n, 'MXN', 1000000000000, 1000000000000 from generate_series(${from}, ${from + count - 1}) n;
     analyze users`,
  );
  return Array.from({ length: count }, (_, index) => String(from + index));
}

function urlOf({ port }: BenchProcess): string {
  return `http://127.0.0.1:${port}/graphql`;
}
