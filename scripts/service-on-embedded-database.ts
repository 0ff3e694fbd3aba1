import { join, resolve } from 'node:path';
import type { Environment } from '../platform/foundation/config.ts';
import { createService, type Service } from '../platform/foundation/lifecycle.ts';
import { createLogger, LOG_FORMATS, LOG_LEVELS } from '../platform/foundation/logger.ts';
import { oneOf, readVariables, text } from '../platform/foundation/config.ts';
import { shareEmbeddedPostgres } from '../platform/storage/shared-embedded-postgres.ts';

/**
 * One service whose database URL is not set: on the embedded PostgreSQL below DATA_DIR, which it shares with the other services of this folder.
 * @param options.database its database
 * @param options.folder of the server, below DATA_DIR; default `postgres`, which the services of the system share
 * @param options.databases everything that may be made on that server
 * @param options.variable where its URL goes in the environment that `create` gets
 * @throws ConfigError when the rest of the environment is wrong; nothing is started then
 */
export function createServiceOnEmbeddedDatabase(options: {
  readonly env: Environment;
  readonly database: string;
  readonly folder?: string;
  readonly databases?: readonly string[];
  readonly variable: string;
  readonly create: (env: Environment) => Service;
}): Service {
  const { env, database, folder = 'postgres', databases = ['users', 'payments'], variable, create } = options;
  create({ ...env, [variable]: 'postgres://embedded.invalid/not-known-yet' }); // opens nothing, but refuses a wrong environment now
  const config = readVariables(env, {
    DATA_DIR: { schema: text, description: 'folder of everything that is kept', default: '.data' },
    LOG_LEVEL: { schema: oneOf(...LOG_LEVELS), description: 'what is logged', default: 'info' },
    LOG_FORMAT: { schema: oneOf(...LOG_FORMATS), description: 'for people or for machines', default: 'text' },
  });
  const logger = createLogger(`${database} database`, { level: config.LOG_LEVEL, format: config.LOG_FORMAT });
  return createService(database, async (stack, signal) => {
    const dataDir = join(resolve(config.DATA_DIR), folder);
    const server = stack.use(await shareEmbeddedPostgres({ dataDir, databases, logger, onProgress: (step) => logger.info(step), signal }));
    const service = create({ ...env, [variable]: await server.urlOf(database) });
    stack.use({ stop: (deadlineAt) => service.stop({ deadlineMs: Math.max(0, deadlineAt - Date.now()) }) });
    signal.addEventListener('abort', () => void service.stop().catch(() => undefined), { once: true }); // ends its waits; the stack tells of failures
    await service.start();
  });
}
