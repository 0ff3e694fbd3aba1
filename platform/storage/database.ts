import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import type pg from 'pg';
import { retryWithBackoff } from '../foundation/backoff.ts';
import { ConfigError, toCode } from '../foundation/errors.ts';
import type { Stoppable } from '../foundation/lifecycle.ts';
import type { Logger } from '../foundation/logger.ts';
import { isConnectionFailure, toReason, translateConnectionFailure } from './connection-failure.ts';
import { createConnectionPool, toKyselyPool, type StatementSeam } from './connection-pool.ts';
import { repeatUndone } from './repeat-undone.ts';

export type { Statement, StatementSeam } from './connection-pool.ts';

export {
  sql,
  type ColumnType,
  type Generated,
  type Insertable,
  type Kysely,
  type RawBuilder,
  type Selectable,
  type Transaction,
  type Updateable,
} from 'kysely';

export interface OpenDatabase<Schema> extends Stoppable {
  readonly db: Kysely<Schema>;
}

export interface DatabaseOptions {
  /** As an operator knows it, for messages: `users database`. */
  readonly name: string;
  /** `postgres://user:password@host:port/database`; query parameters as `pg` has them (`sslmode`, `statement_timeout` …) win over our defaults. */
  readonly url: string;
  /** Most connections at once; default 10. */
  readonly poolSize?: number;
  /** When a statement that got no answer at all fails; default 20,000, more than the 15,000 after which the server itself cancels it. */
  readonly answerTimeoutMs?: number;
  readonly logger: Logger;
  /** Ends the wait for a database that does not answer. */
  readonly signal?: AbortSignal;
  /** Told of every statement before it is sent, `begin` and `commit` included; for tests that count. */
  readonly onQuery?: (sql: string) => void;
  /** For tests that put faults between us and the server. */
  readonly onStatement?: StatementSeam;
}

/** What stands behind a Kysely instance that `openDatabase` made. */
interface Backing {
  readonly name: string;
  readonly address: string;
  readonly pool: pg.Pool;
}

const backings = new WeakMap<object, Backing>();

/**
 * Opens a pool and proves that it works. While nothing answers at the address it waits with back-off, and logs what it waits for.
 *
 * `int8` comes back as bigint, `timestamptz` as Date, `numeric` as string. A statement that meets a lost, refused or silent connection
 * fails with DependencyError DATABASE_UNAVAILABLE; the pool recovers by itself. Statements are cancelled after 15 s.
 * The caller stops it, after everything that uses `db`.
 * @throws ConfigError DATABASE_REFUSED something answers and refuses: wrong password, no such database, no right to connect, not PostgreSQL
 * @throws DependencyError DATABASE_UNAVAILABLE the signal aborted the wait
 */
export async function openDatabase<Schema>(options: DatabaseOptions): Promise<OpenDatabase<Schema>> {
  const {
    name,
    url,
    logger,
    onQuery,
    onStatement,
    poolSize = 10,
    answerTimeoutMs = 20_000,
    signal = new AbortController().signal,
  } = options;
  const address = toAddress(url);
  const { pool, stop } = createConnectionPool({ name, url, poolSize, logger });
  let lastReason: string | undefined;
  const onFailure = (error: unknown, waitMs: number, attempt: number): void => {
    const reason = toReason(error);
    if (!isConnectionFailure(error)) throw refused(`the ${name} at ${address} refuses us: ${reason}`, error);
    if (reason !== lastReason || attempt % 10 === 0)
      logger.warn(`waiting for the ${name} at ${address}: ${reason}; next try in ${Math.ceil(waitMs)} ms`);
    lastReason = reason;
  };
  try {
    await retryWithBackoff(() => pool.query('select 1'), { signal, onFailure });
  } catch (error) {
    await stop(Date.now());
    throw translateConnectionFailure(error, name);
  }
  if (lastReason !== undefined) logger.info(`the ${name} answers`);
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: toKyselyPool(pool, { name, answerTimeoutMs, onQuery, onStatement }) }),
  });
  backings.set(db, { name, address, pool });
  return { db, stop };
}

/** The same database for statements that take their time, with the names for messages. Its connections come from the same pool and are closed after use. */
export function toPatientDatabase<Schema>(db: Kysely<Schema>): { db: Kysely<Schema>; name: string; address: string } {
  const backing = backings.get(db);
  if (!backing) throw new Error('this database was not opened by openDatabase');
  const { name, address, pool } = backing;
  return { db: new Kysely<Schema>({ dialect: new PostgresDialect({ pool: toKyselyPool(pool, { name, patient: true }) }) }), name, address };
}

/** The start cannot go on until a person changes something at the database. */
export function refused(problem: string, cause?: unknown): ConfigError {
  return new ConfigError([problem], { code: 'DATABASE_REFUSED', cause });
}

/** True when an insert or update met a row that is there already; of any constraint, or of the one that is named. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (toCode(error) !== '23505') return false;
  return constraint === undefined || (error as { constraint?: unknown }).constraint === constraint;
}

/** True when the database could not be reached, went away or did not answer in time: the same call may succeed later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  return toCode(error) === 'DATABASE_UNAVAILABLE' || isConnectionFailure(error);
}

/**
 * Runs `work` in one transaction: all of it or nothing. After a serialisation failure or a deadlock, which undo everything, it runs `work`
 * again, five times at most; so `work` must touch nothing but `trx`.
 * @throws DependencyError DATABASE_UNAVAILABLE the connection was lost; when that was during the commit, it is unknown whether it took place
 */
export function inTransaction<Schema, T>(db: Kysely<Schema>, work: (trx: Transaction<Schema>) => Promise<T>): Promise<T> {
  return repeatUndone(() => db.transaction().execute(work));
}

/** `host:port/database`, without user and password. */
function toAddress(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname || 'localhost'}:${port || '5432'}${decodeURIComponent(pathname)}`;
}
