import { ConfigError, toMessage } from '../../platform/foundation/errors.ts';
import { ReleaseStack } from '../../platform/foundation/lifecycle.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { inTransaction, openDatabase, sql, type Kysely } from '../../platform/storage/database.ts';
import { migrate, migrateOnly } from '../../platform/storage/migrate.ts';
import type { ServiceName } from '../open-both-databases.ts';
import { loadDatabase, readBackupHeader } from './load-database.ts';

export interface Restored {
  readonly service: ServiceName;
  readonly at: string;
  readonly rows: number;
  /** The name that the database has which was there before; undefined when there was none. */
  readonly kept: string | undefined;
}

const MIGRATIONS: Readonly<Record<ServiceName, readonly URL[]>> = {
  users: [new URL('../../platform/messaging/migrations/', import.meta.url), new URL('../../subgraphs/users/migrations/', import.meta.url)],
  payments: [
    new URL('../../platform/messaging/migrations/', import.meta.url),
    new URL('../../subgraphs/payments/migrations/', import.meta.url),
  ],
};

/** Ids of users that the backup does not know may live on in payments and in letters: new users get none of them. */
const USER_ID_GAP = 1_000_000;

/**
 * Makes a service's database from a backup: into a new database beside the old one, brought up to date, and then put in its place in one step; the old one is
 * kept under another name. What is outside and remembers the lost future is kept apart: events get a new identity, so that old cursors are refused and
 * no client goes on in a history that did not happen; new users get ids that nobody had; payments books nothing until reconcile has told it what it lost.
 * @param options.urlOf the URL of the service whose backup it is
 * @throws ConfigError the file is no backup, is damaged or of a newer version; a service still uses the database; the user of the URL may not make databases
 */
export async function restoreDatabase(file: string, { urlOf }: { urlOf(service: ServiceName): Promise<string> }): Promise<Restored> {
  const header = await readBackupHeader(file);
  const url = new URL(await urlOf(header.service));
  const database = decodeURIComponent(url.pathname.slice(1));
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const draft = `${database}_restoring_${stamp}`;
  const kept = `${database}_before_${stamp}`;
  const stack = new ReleaseStack();
  try {
    const server = await open(toUrl(url, 'postgres'), stack);
    if (await hasClients(server, database)) {
      throw new ConfigError([
        `somebody is connected to the database ${database}: stop the ${header.service} service, on all machines, and try again`,
      ]);
    }
    await createDatabase(server, draft);
    try {
      const rows = await fillDraft(toUrl(url, draft), header.service, header.migrations, file);
      const exists = await has(server, database);
      await inTransaction(server, async (trx) => {
        if (exists) await sql`alter database ${sql.id(database)} rename to ${sql.id(kept)}`.execute(trx);
        await sql`alter database ${sql.id(draft)} rename to ${sql.id(database)}`.execute(trx);
      });
      return { service: header.service, at: header.at, rows, kept: exists ? kept : undefined };
    } catch (error) {
      await sql`drop database if exists ${sql.id(draft)} with (force)`.execute(server);
      throw error;
    }
  } finally {
    await stack.release(Date.now() + 5_000);
  }
}

async function fillDraft(url: string, service: ServiceName, migrations: readonly string[], file: string): Promise<number> {
  const stack = new ReleaseStack();
  try {
    const db = await open(url, stack);
    await migrateOnly(db, migrations, ...MIGRATIONS[service]);
    const rows = await loadDatabase(db, file);
    await migrate(db, ...MIGRATIONS[service]);
    if (service === 'payments') {
      await sql`update system_identity set id = gen_random_uuid()`.execute(db);
      await sql`update processing_control set awaits_reconcile = true`.execute(db);
    } else {
      await sql`select setval(pg_get_serial_sequence('users', 'id'), (select coalesce(max(id), 0) from users) + ${USER_ID_GAP})`.execute(
        db,
      );
      await sql`update payment_requests set republish_at = now() where status = 'PENDING'`.execute(db);
    }
    return rows;
  } finally {
    await stack.release(Date.now() + 5_000); // a database is renamed while nobody is connected
  }
}

async function open(url: string, stack: ReleaseStack): Promise<Kysely<unknown>> {
  const options = { name: 'database to restore', url, poolSize: 1, logger: silentLogger, signal: AbortSignal.timeout(15_000) };
  return stack.use(await openDatabase<unknown>(options)).db;
}

async function createDatabase(server: Kysely<unknown>, name: string): Promise<void> {
  await sql`create database ${sql.id(name)}`.execute(server).catch((cause: unknown) => {
    throw new ConfigError(
      [`the restore wants a new database, and cannot make one: ${toMessage(cause)}; see docs/operations.md for the way without`],
      {
        cause,
      },
    );
  });
}

async function has(server: Kysely<unknown>, database: string): Promise<boolean> {
  const { rows } = await sql`select from pg_database where datname = ${database}`.execute(server);
  return rows.length > 0;
}

async function hasClients(server: Kysely<unknown>, database: string): Promise<boolean> {
  const { rows } = await sql`select from pg_stat_activity where datname = ${database} and backend_type = 'client backend'`.execute(server);
  return rows.length > 0;
}

function toUrl(url: URL, database: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(database)}`;
  return other.href;
}
