import { DependencyError, toCode, toMessage } from '../foundation/errors.ts';

/** Node's codes for a peer that cannot be reached or went away. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT', // a Unix socket that is not there yet
]);

/** SQLSTATEs besides the classes 08 (connection), 53 (resources) and 58 (system): https://www.postgresql.org/docs/18/errcodes-appendix.html */
const STATE_CODES = new Set([
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: starting up or in recovery
  '57P04', // database_dropped: a restore makes it anew
  '57P05', // idle_session_timeout
  '57014', // query_canceled: statement_timeout
  '25P03', // idle_in_transaction_session_timeout
  '25006', // read_only_sql_transaction: we talk to a standby, a failover is going on
]);

/** `pg` gives these no code. */
const DRIVER_MESSAGES = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Query read timeout',
  'timeout exceeded when trying to connect',
  'timeout expired',
];

/** True when the database could not be reached, went away or did not answer in time; false when it answered and refused. */
export function isConnectionFailure(error: unknown): boolean {
  const code = toCode(error);
  if (code === undefined) return DRIVER_MESSAGES.some((message) => toMessage(error).startsWith(message));
  if (NETWORK_CODES.has(code) || STATE_CODES.has(code)) return true;
  return /^(08|53|58)...$/.test(code);
}

/** The reason in a few words. */
export function toReason(error: unknown): string {
  return toMessage(error) || toCode(error) || 'no reason given';
}

/** The error as the rest of the program knows it: DependencyError DATABASE_UNAVAILABLE for a connection failure, anything else as it is. */
export function translateConnectionFailure(error: unknown, database: string): unknown {
  if (!isConnectionFailure(error)) return error;
  return new DependencyError('DATABASE_UNAVAILABLE', database, `the ${database} did not answer: ${toReason(error)}`, { cause: error });
}
