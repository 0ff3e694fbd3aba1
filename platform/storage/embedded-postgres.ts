import { randomInt } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { backoffDelayMs, pause, retryWithBackoff } from '../foundation/backoff.ts';
import { AppError, ConfigError, toCode, toMessage } from '../foundation/errors.ts';
import { ReleaseStack, type Stoppable } from '../foundation/lifecycle.ts';
import type { Logger } from '../foundation/logger.ts';
import { lockFolder } from './folder-lock.ts';
import { clearLeftovers } from './leftover-postgres.ts';
import { findEmbeddedBinaries, makeRunnable, type PostgresBinaries } from './postgres-binaries.ts';
import { ensureCluster, SUPERUSER } from './postgres-cluster.ts';
import { launchPostgres, PostgresNotStarted, type LaunchOptions, type PostgresProcess } from './postgres-process.ts';
import { chooseServerAccount } from './server-account.ts';

export interface EmbeddedPostgresOptions {
  /** Absolute; made when it does not exist. Holds the cluster, the password (mode 600) and the lock. */
  readonly dataDir: string;
  /** Made when they do not exist. */
  readonly databases: readonly string[];
  readonly logger: Logger;
  /** Told of each step that takes time, as it begins. */
  readonly onProgress?: (step: string) => void;
  /** Gives the start up. */
  readonly signal?: AbortSignal;
  /** Other binaries than those of npm. */
  readonly binaries?: PostgresBinaries;
  /** Server settings besides ours: https://www.postgresql.org/docs/18/runtime-config.html */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres extends Stoppable {
  /** Of the server as it runs now; another one after a crash. */
  readonly pid: number;
  /** `postgres://…` with user and password; stays the same as long as this server is not stopped. */
  urlOf(database: string): string;
  /** Shuts down and gives the folder back. */
  stop(deadlineAt: number): Promise<void>;
}

/** Small and safe: every commit is on the disk before it is answered. */
const SETTINGS = {
  cluster_name: SUPERUSER, // what `ps` shows
  max_connections: '100',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  fsync: 'on',
  log_min_messages: 'log', // what clients get wrong is theirs to log
  log_line_prefix: '',
};

/**
 * A private PostgreSQL, on the loopback address, a port of its choice and with a generated password. It starts where the last one ended, however
 * that ended; when it crashes it is started again on the same port, which is logged.
 * The caller stops it, after everything that uses its databases.
 * @throws ConfigError DATA_DIR_IN_USE another live process uses the folder
 * @throws ConfigError DATA_DIR_UNUSABLE the folder cannot be made, entered or written
 * @throws ConfigError EMBEDDED_POSTGRES_UNAVAILABLE no binaries that run on this machine
 * @throws ConfigError EMBEDDED_POSTGRES_FAILED it did not start, with what it said
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, databases, logger, onProgress = () => undefined, signal = new AbortController().signal } = options;
  const stack = new ReleaseStack();
  try {
    await mkdir(dataDir, { recursive: true });
    const release = await lockFolder(dataDir);
    stack.defer(release);
    const cluster = join(dataDir, 'cluster');
    const account = await chooseServerAccount(cluster);
    const binaries = await makeRunnable(options.binaries ?? (await findEmbeddedBinaries()), account, onProgress);
    const password = await ensureCluster(dataDir, { binaries, account, signal, onProgress });
    onProgress(`starting PostgreSQL ${binaries.version}`);
    const settings = { ...SETTINGS, ...options.settings };
    const server = stack.use(
      await keepRunning({ binaries, cluster, account, settings, logger, signal, lastPort: await readPort(dataDir) }),
    );
    await writeFile(join(dataDir, PORT_FILE), String(server.port));
    const urlOf = (database: string): string => toUrl(password, server.port, database);
    await createDatabases(urlOf('postgres'), databases);
    return {
      get pid() {
        return server.pid;
      },
      urlOf,
      stop: (deadlineAt) => stack.release(deadlineAt),
    };
  } catch (error) {
    await stack.release(Date.now() + 5_000).catch(() => undefined); // the first error is the one to tell
    throw explain(error, dataDir);
  }
}

/** The port that the server has, or had last: it takes the same again when it is free. */
const PORT_FILE = 'port';

/**
 * The URL of a database of the server that another process runs in `dataDir`; undefined when none ever ran there or its files cannot be read.
 * Whether it runs now is for the caller to find out.
 */
export async function findEmbeddedDatabase(dataDir: string, database: string): Promise<string | undefined> {
  const port = await readPort(dataDir);
  const password = await readFile(join(dataDir, 'password'), 'utf8').catch(() => undefined);
  return port === undefined || password === undefined ? undefined : toUrl(password, port, database);
}

async function readPort(dataDir: string): Promise<number | undefined> {
  const text = await readFile(join(dataDir, PORT_FILE), 'utf8').catch(() => '');
  return /^\d{4,5}$/.test(text) ? Number(text) : undefined;
}

function toUrl(password: string, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

interface RunningServer extends Stoppable {
  readonly pid: number;
  readonly port: number;
}

/** Starts the server on a port that is free, and again on the same port whenever it ends by itself. */
async function keepRunning(options: Omit<LaunchOptions, 'port'> & { readonly lastPort: number | undefined }): Promise<RunningServer> {
  const { logger } = options;
  const stopping = new AbortController();
  const { port, first } = await launchOnFreePort(options);
  let current: PostgresProcess = first;

  const supervise = async (): Promise<void> => {
    for (let crashes = 0; ; crashes += 1) {
      const startedAt = Date.now();
      const how = await current.ended;
      if (stopping.signal.aborted) return;
      if (Date.now() - startedAt > 60_000) crashes = 0;
      logger.error(`the embedded PostgreSQL is gone (${how}): starting it again`);
      await pause(crashes === 0 ? 0 : backoffDelayMs(crashes), stopping.signal);
      current = await retryWithBackoff(() => relaunch({ ...options, port, signal: stopping.signal }), {
        signal: stopping.signal,
        onFailure: (error, waitMs) => logger.error(`${toMessage(error)}\nnext try in ${Math.ceil(waitMs)} ms`),
      });
      if (stopping.signal.aborted) return current.stop(Date.now() + 3_000); // it came up in the moment of our stop
      logger.info('the embedded PostgreSQL runs again');
    }
  };
  const supervising = supervise().catch((error: unknown) => {
    if (!stopping.signal.aborted) logger.error(error, 'the embedded PostgreSQL is not watched any more');
  });
  return {
    port,
    get pid() {
      return current.pid;
    },
    async stop(deadlineAt) {
      stopping.abort();
      await current.stop(deadlineAt);
      await supervising;
    },
  };
}

/** PostgreSQL cannot be told to listen on port 0. Asking the system for a free port and letting go of it is a race; so is guessing, but this one we notice. */
async function launchOnFreePort(
  options: Omit<LaunchOptions, 'port'> & { readonly lastPort: number | undefined },
): Promise<{ port: number; first: PostgresProcess }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = attempt === 1 && options.lastPort !== undefined ? options.lastPort : randomInt(20_000, 32_000); // below the range from which the system takes ports for outgoing connections
    try {
      return { port, first: await relaunch({ ...options, port }) };
    } catch (error) {
      if (!(error instanceof PostgresNotStarted) || options.signal.aborted || attempt === 10) throw error;
      // The processes of a killed server take a moment to notice that it is gone.
      const leftover = /pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(error.message);
      if (!leftover && !error.message.includes('could not create any TCP/IP sockets')) throw error;
      if (leftover) await pause(backoffDelayMs(attempt), options.signal);
    }
  }
}

async function relaunch(options: LaunchOptions): Promise<PostgresProcess> {
  await clearLeftovers(options.cluster, options.logger);
  return launchPostgres(options);
}

async function createDatabases(url: string, names: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // a lost connection fails the query too
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    const missing = names.filter((name) => !rows.some(({ datname }) => datname === name));
    for (const name of missing) await client.query(`create database ${pg.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

/** What a person can do something about becomes a ConfigError. */
function explain(error: unknown, dataDir: string): unknown {
  if (error instanceof AppError) return error;
  if (error instanceof PostgresNotStarted) {
    return new ConfigError([`the embedded ${error.message}\nits data is in ${dataDir}`], {
      code: 'EMBEDDED_POSTGRES_FAILED',
      cause: error,
    });
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST'].includes(toCode(error) ?? '')) {
    return new ConfigError(
      [
        `the data folder ${dataDir} cannot be used: ${toMessage(error)}; choose another DATA_DIR, or give this user the right to write there`,
      ],
      {
        code: 'DATA_DIR_UNUSABLE',
        cause: error,
      },
    );
  }
  return error;
}
