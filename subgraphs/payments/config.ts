import * as z from 'zod';
import { integer, port, readVariables, text, url, type Environment } from '../../platform/foundation/config.ts';
import type { LogFormat, LogLevel } from '../../platform/foundation/logger.ts';
import { parseDecimal, type Decimal } from '../money.ts';
import { daysVariable, pollVariable, sharedVariables } from '../service-variables.ts';

export interface PaymentsConfig {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly amqpUrls: readonly string[];
  /** Requests that are processed at once. */
  readonly prefetch: number;
  /** Largest amount of one payment, in whatever currency it is. */
  readonly limit: Decimal;
  readonly relayPollMs: number;
  readonly eventsPollMs: number;
  readonly controlPollMs: number;
  readonly stuckAfterMs: number;
  readonly retention: { readonly eventsMs: number; readonly pollMs: number };
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
}

const decimal: z.ZodType<Decimal, string> = z.string().transform((value, context) => {
  try {
    return parseDecimal(value, 'value');
  } catch {
    context.addIssue('must be a plain decimal such as 10000.00');
    return z.NEVER;
  }
});

/** Every variable of the payments service, for `.env.example` too. */
export const paymentsVariables = {
  PAYMENTS_HOST: { schema: text, description: 'address to listen on', default: '127.0.0.1' },
  PAYMENTS_PORT: { schema: port, description: 'port to listen on; 0 lets the system choose', default: '4002' },
  PAYMENTS_DATABASE_URL: {
    schema: url('postgres', 'postgresql'),
    description: 'the payments database, postgres://user:password@host:port/database; npm start brings one along',
    default: undefined,
    secret: true,
  },
  PAYMENTS_POOL_SIZE: { schema: integer(2, 200), description: 'most connections to the database', default: '10' },
  PAYMENTS_PREFETCH: { schema: integer(1, 1_000), description: 'requests that are processed at once', default: '200' },
  PAYMENTS_LIMIT: {
    schema: decimal,
    description: 'largest amount of one payment, in its own currency; a larger one fails with LIMIT_EXCEEDED',
    default: '10000.00',
  },
  PAYMENTS_RELAY_POLL_MS: pollVariable('how often the relay looks for messages without being woken', 1_000),
  PAYMENTS_EVENTS_POLL_MS: pollVariable('how often subscriptions look for events without being woken', 1_000),
  PAYMENTS_CONTROL_POLL_MS: pollVariable('how often a replica looks whether processing was paused elsewhere', 250),
  PAYMENTS_STUCK_AFTER_MS: {
    schema: integer(200, 3_600_000),
    description:
      'when a message in hand, or messages of which none is handled, count as stuck: log, metric and health say so, milliseconds',
    default: '60000',
  },
  PAYMENTS_EVENTS_RETENTION_DAYS: daysVariable('how long events are kept: an older cursor is refused with CURSOR_EXPIRED', 30),
  PAYMENTS_RETENTION_POLL_MS: pollVariable('how often it looks for what need not be kept any more', 60_000),
  ...sharedVariables,
};

/** Belongs to `supergraph.yaml`; known here because it has our prefix. */
const PAYMENTS_URL = {
  PAYMENTS_URL: { schema: text, description: 'where the gateway finds payments; see supergraph.yaml', default: 'unused' },
};

/** @throws ConfigError CONFIG_INVALID with all problems */
export function readPaymentsConfig(env: Environment): PaymentsConfig {
  const values = readVariables(env, { ...paymentsVariables, ...PAYMENTS_URL }, ['PAYMENTS_']);
  return Object.freeze({
    host: values.PAYMENTS_HOST,
    port: values.PAYMENTS_PORT,
    databaseUrl: values.PAYMENTS_DATABASE_URL,
    poolSize: values.PAYMENTS_POOL_SIZE,
    amqpUrls: values.AMQP_URL,
    prefetch: values.PAYMENTS_PREFETCH,
    limit: values.PAYMENTS_LIMIT,
    relayPollMs: values.PAYMENTS_RELAY_POLL_MS,
    eventsPollMs: values.PAYMENTS_EVENTS_POLL_MS,
    controlPollMs: values.PAYMENTS_CONTROL_POLL_MS,
    stuckAfterMs: values.PAYMENTS_STUCK_AFTER_MS,
    retention: Object.freeze({ eventsMs: values.PAYMENTS_EVENTS_RETENTION_DAYS, pollMs: values.PAYMENTS_RETENTION_POLL_MS }),
    log: Object.freeze({ level: values.LOG_LEVEL, format: values.LOG_FORMAT }),
  });
}
