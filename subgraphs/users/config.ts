import { integer, port, readVariables, text, url, type Environment } from '../../platform/foundation/config.ts';
import type { LogFormat, LogLevel } from '../../platform/foundation/logger.ts';
import { daysVariable, pollVariable, sharedVariables } from '../service-variables.ts';

export interface UsersConfig {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly amqpUrls: readonly string[];
  /** Outcomes that are handled at once. */
  readonly prefetch: number;
  readonly relayPollMs: number;
  readonly reconcileAfterMs: number;
  readonly stuckAfterMs: number;
  readonly retention: { readonly keysMs: number; readonly outboxMs: number; readonly pollMs: number };
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
}

/** Every variable of the users service, for `.env.example` too. */
export const usersVariables = {
  USERS_HOST: { schema: text, description: 'address to listen on', default: '127.0.0.1' },
  USERS_PORT: { schema: port, description: 'port to listen on; 0 lets the system choose', default: '4001' },
  USERS_DATABASE_URL: {
    schema: url('postgres', 'postgresql'),
    description: 'the users database, postgres://user:password@host:port/database; npm start brings one along',
    default: undefined,
    secret: true,
  },
  USERS_POOL_SIZE: { schema: integer(2, 200), description: 'most connections to the database', default: '10' },
  USERS_PREFETCH: { schema: integer(1, 1_000), description: 'outcomes of payments that are handled at once', default: '200' },
  USERS_RELAY_POLL_MS: pollVariable('how often the relay looks for messages without being woken', 1_000),
  USERS_RECONCILE_AFTER_MS: {
    schema: integer(50, 86_400_000),
    description: 'how long to wait for the outcome of a payment before its request is sent again, milliseconds',
    default: '60000',
  },
  USERS_STUCK_AFTER_MS: {
    schema: integer(200, 3_600_000),
    description:
      'when a message in hand, or messages of which none is handled, count as stuck: log, metric and health say so, milliseconds',
    default: '60000',
  },
  USERS_IDEMPOTENCY_RETENTION_DAYS: daysVariable('how long an idempotency key means the payment or deposit that it came with first', 30),
  USERS_OUTBOX_RETENTION_DAYS: daysVariable('how long requests that were published stay in the outbox', 7),
  USERS_RETENTION_POLL_MS: pollVariable('how often it looks for what need not be kept any more', 60_000),
  ...sharedVariables,
};

/** Belongs to `supergraph.yaml`; known here because it has our prefix. */
const USERS_URL = { USERS_URL: { schema: text, description: 'where the gateway finds users; see supergraph.yaml', default: 'unused' } };

/** @throws ConfigError CONFIG_INVALID with all problems */
export function readUsersConfig(env: Environment): UsersConfig {
  const values = readVariables(env, { ...usersVariables, ...USERS_URL }, ['USERS_']);
  return Object.freeze({
    host: values.USERS_HOST,
    port: values.USERS_PORT,
    databaseUrl: values.USERS_DATABASE_URL,
    poolSize: values.USERS_POOL_SIZE,
    amqpUrls: values.AMQP_URL,
    prefetch: values.USERS_PREFETCH,
    relayPollMs: values.USERS_RELAY_POLL_MS,
    reconcileAfterMs: values.USERS_RECONCILE_AFTER_MS,
    stuckAfterMs: values.USERS_STUCK_AFTER_MS,
    retention: Object.freeze({
      keysMs: values.USERS_IDEMPOTENCY_RETENTION_DAYS,
      outboxMs: values.USERS_OUTBOX_RETENTION_DAYS,
      pollMs: values.USERS_RETENTION_POLL_MS,
    }),
    log: Object.freeze({ level: values.LOG_LEVEL, format: values.LOG_FORMAT }),
  });
}
