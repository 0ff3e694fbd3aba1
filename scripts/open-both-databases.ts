import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Environment } from '../platform/foundation/config.ts';
import { ConfigError } from '../platform/foundation/errors.ts';
import type { ReleaseStack } from '../platform/foundation/lifecycle.ts';
import { silentLogger } from '../platform/foundation/logger.ts';
import { openDatabase, type OpenDatabase } from '../platform/storage/database.ts';
import { shareEmbeddedPostgres } from '../platform/storage/shared-embedded-postgres.ts';

export const SERVICES = ['users', 'payments'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** How long a database may take to answer. */
const ANSWER_WITHIN_MS = 15_000;

/**
 * The URLs of the services' databases for a command beside them: `USERS_DATABASE_URL` and `PAYMENTS_DATABASE_URL`, or those of the embedded PostgreSQL under
 * DATA_DIR, which the running services and this command share; when none runs, the stack's does.
 * @param options.create makes an embedded PostgreSQL when there is none
 * @throws ConfigError DATABASE_REFUSED there is none
 */
export async function findDatabaseUrls(
  env: Environment,
  names: readonly ServiceName[],
  stack: ReleaseStack,
  { create = false }: { readonly create?: boolean } = {},
): Promise<ReadonlyMap<ServiceName, string>> {
  const variableOf = (name: ServiceName): string => `${name.toUpperCase()}_DATABASE_URL`;
  const urls = new Map<ServiceName, string>();
  for (const name of names) {
    const url = env[variableOf(name)];
    if (url) urls.set(name, url);
  }
  const missing = names.filter((name) => !urls.has(name));
  if (missing.length === 0) return urls;
  const dataDir = join(resolve(env.DATA_DIR || '.data'), 'postgres');
  if (!create && !existsSync(join(dataDir, 'cluster'))) {
    const problem = `there is no database: ${missing.map(variableOf).join(' and ')} not set, and no embedded PostgreSQL in ${dataDir}`;
    throw new ConfigError([problem], { code: 'DATABASE_REFUSED' });
  }
  const server = stack.use(await shareEmbeddedPostgres({ dataDir, databases: [...SERVICES], logger: silentLogger }));
  for (const name of missing) urls.set(name, await server.urlOf(name));
  return urls;
}

/** One of them, opened; the stack closes it. Gives up after 15 s. @throws DependencyError DATABASE_UNAVAILABLE, ConfigError DATABASE_REFUSED */
export async function openServiceDatabaseFor<Schema>(name: ServiceName, url: string, stack: ReleaseStack): Promise<OpenDatabase<Schema>> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  return stack.use(await openDatabase<Schema>({ name: `${name} database`, url, poolSize: 2, logger: silentLogger, signal }));
}
