import { join, relative } from 'node:path';
import type { ReleaseStack } from '../platform/foundation/lifecycle.ts';
import { maskUrl, type Logger } from '../platform/foundation/logger.ts';
import { startEmbeddedPostgres } from '../platform/storage/embedded-postgres.ts';
import type { SystemConfig } from './system-config.ts';

/** The URLs of both databases: from the environment, or of an embedded PostgreSQL that the stack stops. */
export async function openDatabases(
  config: SystemConfig,
  stack: ReleaseStack,
  logger: Logger,
  onStep: (step: string) => void,
  signal: AbortSignal,
) {
  const { usersDatabaseUrl, paymentsDatabaseUrl } = config;
  if (usersDatabaseUrl && paymentsDatabaseUrl) {
    return {
      users: usersDatabaseUrl,
      payments: paymentsDatabaseUrl,
      description: `${maskUrl(usersDatabaseUrl)} and ${maskUrl(paymentsDatabaseUrl)}`,
    };
  }
  onStep('starting the embedded PostgreSQL');
  const folder = join(config.dataDir, 'postgres');
  const databases = [...(usersDatabaseUrl ? [] : ['users']), ...(paymentsDatabaseUrl ? [] : ['payments'])];
  const server = stack.use(await startEmbeddedPostgres({ dataDir: folder, databases, logger, onProgress: onStep, signal }));
  const embedded = `embedded PostgreSQL 18 in ${relative(process.cwd(), folder) || '.'}`;
  return {
    users: usersDatabaseUrl ?? server.urlOf('users'),
    payments: paymentsDatabaseUrl ?? server.urlOf('payments'),
    description:
      databases.length === 2
        ? `${embedded}, one database each`
        : `${embedded} for ${databases.join()}; ${maskUrl(usersDatabaseUrl ?? paymentsDatabaseUrl ?? '')}`,
  };
}
