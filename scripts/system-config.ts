import { resolve } from 'node:path';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../platform/foundation/logger.ts';
import { oneOf, readAll, readVariables, text, type Environment } from '../platform/foundation/config.ts';
import { ConfigError } from '../platform/foundation/errors.ts';
import { readGatewayConfig } from '../gateway/config.ts';
import { readPaymentsConfig } from '../subgraphs/payments/config.ts';
import { readUsersConfig } from '../subgraphs/users/config.ts';

/** What `npm start` adds to the services' own variables. */
export interface SystemConfig {
  /** Absolute folder of the embedded PostgreSQL. */
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Set by the user, so that the embedded one is not started for it. */
  readonly usersDatabaseUrl: string | undefined;
  readonly paymentsDatabaseUrl: string | undefined;
  readonly amqpUrl: string | undefined;
}

/** Stands in for the embedded database's URL, which is known only once the server runs. */
const NOT_YET_KNOWN = 'postgres://embedded.invalid/database';

/**
 * Checks the whole environment before anything is started.
 * @throws ConfigError with the problems of all three services in one list
 */
export function readSystemConfig(env: Environment): SystemConfig {
  const checked = { ...env, AMQP_URL: env.AMQP_URL === 'memory:' ? undefined : env.AMQP_URL };
  const complete = {
    ...checked,
    USERS_DATABASE_URL: env.USERS_DATABASE_URL || NOT_YET_KNOWN,
    PAYMENTS_DATABASE_URL: env.PAYMENTS_DATABASE_URL || NOT_YET_KNOWN,
  };
  const [shared] = readAll(
    () =>
      readVariables(env, {
        DATA_DIR: { schema: text, description: 'folder of everything that is kept', default: '.data' },
        LOG_LEVEL: { schema: oneOf(...LOG_LEVELS), description: 'what is logged', default: 'warn' },
        LOG_FORMAT: { schema: oneOf(...LOG_FORMATS), description: 'for people or for machines', default: 'text' },
      }),
    () => readUsersConfig(complete),
    () => readPaymentsConfig(complete),
    () => readGatewayConfig(env),
  );
  if (env.USERS_DATABASE_URL && env.USERS_DATABASE_URL === env.PAYMENTS_DATABASE_URL) {
    throw new ConfigError(['USERS_DATABASE_URL and PAYMENTS_DATABASE_URL are the same: each service needs a database of its own']);
  }
  return Object.freeze({
    dataDir: resolve(shared.DATA_DIR),
    logLevel: shared.LOG_LEVEL,
    logFormat: shared.LOG_FORMAT,
    usersDatabaseUrl: env.USERS_DATABASE_URL || undefined,
    paymentsDatabaseUrl: env.PAYMENTS_DATABASE_URL || undefined,
    amqpUrl: env.AMQP_URL || undefined,
  });
}
