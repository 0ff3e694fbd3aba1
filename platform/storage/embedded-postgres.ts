import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { AppError, ConfigError, toCode, toMessage } from '../foundation/errors.ts';
import { ReleaseStack, type Stoppable } from '../foundation/lifecycle.ts';
import type { Logger } from '../foundation/logger.ts';
import { lockFolder } from './folder-lock.ts';
import { findEmbeddedBinaries, makeRunnable, type PostgresBinaries } from './postgres-binaries.ts';
import { ensureCluster, SUPERUSER } from './postgres-cluster.ts';
import { PostgresNotStarted } from './postgres-process.ts';
import { supervisePostgres } from './postgres-supervisor.ts';
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
    const lastPort = await readPort(dataDir);
    await rm(join(dataDir, PORT_FILE), { force: true }); // until it is known to be the right one
    const server = stack.use(await supervisePostgres({ binaries, cluster, account, settings, logger, signal, lastPort }));
    const urlOf = (database: string): string => toUrl(password, server.port, database);
    await createDatabases(urlOf('postgres'), databases);
    await writeFile(join(dataDir, PORT_FILE), String(server.port)); // others come in from here on, and find their databases
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

/** The port that the server has, or had last: it takes the same again when it is free. Written when the server answers there and has its databases. */
const PORT_FILE = 'port';

/**
 * The URL of a database of the server that another process runs in `dataDir`; undefined when none has started there yet, or its files
 * cannot be read. Whether it runs now is for the caller to find out.
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
