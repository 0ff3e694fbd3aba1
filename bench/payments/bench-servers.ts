import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReleaseStack } from '../../platform/foundation/lifecycle.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { startEmbeddedPostgres } from '../../platform/storage/embedded-postgres.ts';
import { obtainRabbitmq } from '../../tests/support/obtain-rabbitmq.ts';
import type { RabbitmqServer } from '../../tests/support/rabbitmq-server.ts';
import { runSql } from './run-sql.ts';

/** PostgreSQL and RabbitMQ of one run. Every commit and every confirm waits for the disk. */
export interface BenchServers {
  /** Makes an empty database. @returns its URL */
  createDatabase(name: string): Promise<string>;
  /** A virtual host of the run's own. */
  readonly amqpUrl: string;
  /** Another one, for other processes of the same services; undefined where servers were given. */
  readonly otherAmqpUrl: string | undefined;
  /** The processes, by name; none of servers that somebody else runs. */
  readonly pids: Readonly<Record<string, number>>;
  /** Of a private RabbitMQ, which may be stopped and started. */
  readonly rabbitmq: RabbitmqServer | undefined;
  stop(): Promise<void>;
}

/** What a server of this size would be given; durability is PostgreSQL's default, and is written down here so that nobody has to look. */
const POSTGRES_SETTINGS = {
  max_connections: '300',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
};

const OTHER_VHOST = 'bench-other';

/** Both as private servers, on ports and in folders of their own. */
export async function startBenchServers(): Promise<BenchServers> {
  const stack = new ReleaseStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'paygraph-bench-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    await chmod(folder, 0o711); // started by root, PostgreSQL runs under an account that has to pass through
    const [postgres, rabbitmq] = await Promise.all([
      startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), databases: [], logger: silentLogger, settings: POSTGRES_SETTINGS }).then(
        (server) => stack.use(server),
      ),
      obtainRabbitmq(['/', OTHER_VHOST]).then((server) => {
        stack.defer(() => server.stop());
        return server;
      }),
    ]);
    return {
      async createDatabase(name) {
        await runSql(postgres.urlOf('postgres'), `create database ${name}`);
        return postgres.urlOf(name);
      },
      amqpUrl: rabbitmq.urlOf('/'),
      otherAmqpUrl: rabbitmq.urlOf(OTHER_VHOST),
      get pids() {
        return { PostgreSQL: postgres.pid, RabbitMQ: rabbitmq.pid ?? 0 }; // another one after a restart
      },
      rabbitmq,
      stop: () => stack.release(Date.now() + 20_000),
    };
  } catch (error) {
    await stack.release(Date.now() + 5_000);
    throw error;
  }
}

/** Servers that run already: databases are made and dropped, queues stay. What they are set to is theirs. */
export function useServers(postgresUrl: string, amqpUrl: string): BenchServers {
  const run = `bench_${process.pid}_${Date.now().toString(36)}`;
  const made: string[] = [];
  return {
    async createDatabase(name) {
      const database = `${run}_${name}`;
      await runSql(postgresUrl, `create database ${database}`);
      made.push(database);
      const url = new URL(postgresUrl);
      url.pathname = `/${database}`;
      return url.href;
    },
    amqpUrl,
    otherAmqpUrl: undefined,
    pids: {},
    rabbitmq: undefined,
    async stop() {
      for (const database of made) await runSql(postgresUrl, `drop database if exists ${database} with (force)`);
    },
  };
}
