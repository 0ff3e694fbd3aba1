import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { toMessage } from '../foundation/errors.ts';
import type { Stoppable } from '../foundation/lifecycle.ts';
import type { Logger } from '../foundation/logger.ts';
import { repeatUndone } from './repeat-undone.ts';
import { createStatementNames } from './statement-names.ts';
import { toReason, translateConnectionFailure } from './connection-failure.ts';

/** The server cancels a statement that takes longer. */
const STATEMENT_TIMEOUT_MS = 15_000;
/** A client that is frozen inside a transaction must not hold its locks for ever. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
/** How the server notices a client whose machine is gone. */
const SERVER_SIDE_KEEPALIVE = '-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=30000';

export interface ConnectionPoolOptions {
  /** As an operator knows it, for messages: `users database`. */
  readonly name: string;
  readonly url: string;
  /** Most connections at once. */
  readonly poolSize: number;
  readonly logger: Logger;
}

export interface ConnectionPool extends Stoppable {
  readonly pool: pg.Pool;
  /** Waits for connections in use until half a second before the deadline, then cuts them: what they were doing fails. */
  stop(deadlineAt: number): Promise<void>;
}

/** A pool of `pg` with a bound on every wait. A lost connection never ends the process: it is logged, once for each outage. */
export function createConnectionPool({ name, url, poolSize, logger }: ConnectionPoolOptions): ConnectionPool {
  const sockets = new Set<Socket>();
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    types: { getTypeParser },
    stream: () => openSocket(sockets),
    application_name: name,
    options: SERVER_SIDE_KEEPALIVE,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  let lost = false;
  const onLost = (error: Error): void => {
    if (!lost && !pool.ending) logger.warn(`lost the ${name}: ${toReason(error)}`);
    lost = true;
  };
  pool.on('error', onLost); // of idle connections; without a listener the process would end
  pool.on('connect', (client) => {
    client.on('error', onLost); // of connections in use, for which the pool does not listen
    if (lost) logger.info(`the ${name} is back`);
    lost = false;
  });
  return { pool, stop: (deadlineAt) => closePool(pool, sockets, deadlineAt) };
}

async function closePool(pool: pg.Pool, sockets: ReadonlySet<Socket>, deadlineAt: number): Promise<void> {
  if (pool.ending) return;
  const patience = new AbortController();
  const rude = delay(Math.max(0, deadlineAt - Date.now() - 500), undefined, { signal: patience.signal })
    .then(() => sockets.forEach((socket) => socket.destroy()))
    .catch(() => undefined);
  await pool.end();
  patience.abort();
  await rude;
}

/** One statement on its way to the server. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Stands between the services and the server, for tests that want faults at exact places: may send the statement, another one, several or none, may wait, and may
 * throw what the server could have answered. Sees `begin`, `commit` and `rollback` too.
 * @param connection the same object for all statements of one connection
 */
export type StatementSeam = (
  statement: Statement,
  send: (statement: Statement) => Promise<pg.QueryResult>,
  connection: object,
) => Promise<pg.QueryResult>;

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface KyselyPoolOptions {
  readonly name: string;
  /** When to give up on a server that does not even cancel a statement in time: its machine died, or the network swallows bytes. Default: in 24 days. */
  readonly answerTimeoutMs?: number;
  /** Statements may take as long as they need, and no connection goes back to the pool. For migrations. */
  readonly patient?: boolean;
  readonly onQuery?: ((sql: string) => void) | undefined;
  readonly onStatement?: StatementSeam | undefined;
}

/** The pool as Kysely wants it, translating connection failures into DependencyError DATABASE_UNAVAILABLE in one place. Closing it is left to the pool's owner. */
export function toKyselyPool(pool: pg.Pool, options: KyselyPoolOptions): PostgresPool {
  const nameOf = options.patient ? () => undefined : createStatementNames();
  return {
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw translateConnectionFailure(error, options.name);
      });
      const guarded = guardClient(client, options, nameOf);
      if (options.patient) {
        await guarded.query('set statement_timeout = 0', []).catch((error: unknown) => {
          guarded.release();
          throw error;
        });
      }
      return guarded;
    },
    end: () => Promise.resolve(),
  };
}

function guardClient(
  client: pg.PoolClient,
  { name, answerTimeoutMs = LONGEST_TIMER_MS, patient = false, onQuery, onStatement }: KyselyPoolOptions,
  nameOf: (text: string) => string | undefined,
): PostgresPoolClient {
  let broken: unknown;
  const query = async (text: string, values: readonly unknown[]): Promise<pg.QueryResult> => {
    if (broken !== undefined) throw broken;
    onQuery?.(text);
    const send = ({ text: sent, values: given }: Statement): Promise<pg.QueryResult> => {
      const prepared = given.length > 0 ? nameOf(sent) : undefined; // without values there is nothing to prepare
      const statement = { text: sent, values: [...given], query_timeout: answerTimeoutMs };
      return client.query((prepared === undefined ? statement : { ...statement, name: prepared }) as pg.QueryConfig);
    };
    const run = (): Promise<pg.QueryResult> => (onStatement ? onStatement({ text, values }, send, client) : send({ text, values }));
    try {
      return await (client.getTransactionStatus() === 'I' ? repeatUndone(run) : run()); // outside a transaction it is one of its own
    } catch (error) {
      const translated = translateConnectionFailure(error, name);
      // The connection still waits for the late answer: a rollback would wait behind it.
      if (toMessage(error) === 'Query read timeout') broken = translated;
      throw translated;
    }
  };
  const release = (): void => {
    const inTransaction = client.getTransactionStatus() !== 'I'; // its rollback failed
    client.release(patient || inTransaction || broken !== undefined);
  };
  return { query: query as unknown as PostgresPoolClient['query'], release }; // Kysely's cursor overload is for its own streaming only
}

const INT8 = 20;
const INT8_ARRAY = 1016;

/** `int8` is a bigint, its arrays are arrays of bigint; everything else as `pg` has it (timestamptz is a Date, numeric a string). */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (oid === INT8) return BigInt;
  const parse = pg.types.getTypeParser(oid, format as 'text');
  if (oid !== INT8_ARRAY) return parse;
  return (text: string) => (parse(text) as (string | null)[]).map((item) => (item === null ? null : BigInt(item)));
};

/** A socket that ends at once, with a plain reason, when a web server or another stranger answers: `pg` would wait for the rest of a huge message. */
function openSocket(sockets: Set<Socket>): Socket {
  const socket = new Socket();
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  socket.once('data', (bytes: Buffer) => {
    if (!isPostgresAnswer(bytes)) socket.destroy(new Error('what answers there is not PostgreSQL'));
  });
  return socket;
}

/** One byte about TLS; or Authentication, ErrorResponse or NegotiateProtocolVersion, with its length: https://www.postgresql.org/docs/18/protocol-message-formats.html */
function isPostgresAnswer(bytes: Buffer): boolean {
  const kind = String.fromCharCode(bytes[0] ?? 0);
  if (bytes.length === 1) return 'SNREv'.includes(kind);
  return 'REv'.includes(kind) && (bytes.length < 5 || bytes.readUInt32BE(1) < 100_000);
}
