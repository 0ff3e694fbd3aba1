import { retryWithBackoff } from '../platform/foundation/backoff.ts';
import { toMessage } from '../platform/foundation/errors.ts';
import type { OutboxSchema } from '../platform/messaging/outbox.ts';
import { isDatabaseUnavailable, openDatabase, type DatabaseOptions, type OpenDatabase } from '../platform/storage/database.ts';
import { migrate } from '../platform/storage/migrate.ts';

const OUTBOX_MIGRATIONS = new URL('../platform/messaging/migrations/', import.meta.url);

export interface ServiceDatabaseOptions extends Omit<DatabaseOptions, 'onQuery' | 'onStatement' | 'signal'> {
  /** The service's own migrations. */
  readonly migrations: URL;
  /** Whether it publishes from the platform's outbox; default true. */
  readonly outbox?: boolean;
  /** Ends the wait for a database that does not answer. */
  readonly signal: AbortSignal;
  readonly onQuery: DatabaseOptions['onQuery'] | undefined;
  readonly onStatement?: DatabaseOptions['onStatement'] | undefined;
}

/**
 * The database of a service, brought up to date. Waits with back-off while it does not answer, also in the middle of the migrations.
 * @throws ConfigError DATABASE_REFUSED | SCHEMA_TOO_NEW | MIGRATION_FAILED
 */
export async function openServiceDatabase<Schema = OutboxSchema>({
  migrations,
  outbox = true,
  onQuery,
  onStatement,
  ...options
}: ServiceDatabaseOptions): Promise<OpenDatabase<Schema>> {
  const folders = outbox ? [OUTBOX_MIGRATIONS, migrations] : [migrations];
  const database = await openDatabase<Schema>({ ...options, ...(onQuery && { onQuery }), ...(onStatement && { onStatement }) });
  try {
    await untilDatabaseAnswers(() => migrate(database.db, ...folders), options);
    return database;
  } catch (error) {
    await database.stop(Date.now());
    throw error;
  }
}

/**
 * What a start reads or writes, until the database has answered, with back-off.
 * @param work may be called again after it was done half
 * @throws what `work` throws for another reason; DependencyError DATABASE_UNAVAILABLE the signal aborted the wait
 */
export function untilDatabaseAnswers<T>(
  work: () => Promise<T>,
  { name, logger, signal }: Pick<ServiceDatabaseOptions, 'name' | 'logger' | 'signal'>,
): Promise<T> {
  return retryWithBackoff(work, {
    signal,
    onFailure(error) {
      if (!isDatabaseUnavailable(error)) throw error;
      logger.warn(`lost the ${name} during the start, trying again: ${toMessage(error)}`);
    },
  });
}
