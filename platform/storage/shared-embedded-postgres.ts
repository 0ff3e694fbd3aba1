import { pause, retryWithBackoff } from '../foundation/backoff.ts';
import { toCode, toMessage } from '../foundation/errors.ts';
import type { Stoppable } from '../foundation/lifecycle.ts';
import { findEmbeddedDatabase, startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.ts';

/** How soon a process takes over after the owner of the server is gone. */
const TAKE_OVER_EVERY_MS = 500;

/**
 * The embedded PostgreSQL of a data folder, for several processes: the first one runs the server, the others use it, and one of them
 * takes over, on the same port, when the first one ends. The caller stops it; that ends the server only where this process runs it.
 * @throws ConfigError as `startEmbeddedPostgres`, except DATA_DIR_IN_USE
 */
export async function shareEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<Stoppable & { urlOf(database: string): Promise<string> }> {
  const { dataDir, logger, onProgress } = options;
  const stopping = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal;
  let own = await startUnlessInUse({ ...options, signal });
  if (!own) onProgress?.(`using the embedded PostgreSQL that another process runs in ${dataDir}`);

  const takeOver = async (): Promise<void> => {
    while (!own && !signal.aborted) {
      await pause(TAKE_OVER_EVERY_MS, signal);
      own = await startUnlessInUse({ ...options, signal }).catch((error: unknown) => {
        if (!signal.aborted) logger.error(`the embedded PostgreSQL could not be taken over: ${toMessage(error)}`);
        return undefined;
      });
      if (own) logger.info(`this process runs the embedded PostgreSQL in ${dataDir} from now on`);
    }
  };
  const watching = takeOver();
  return {
    urlOf: (database) =>
      retryWithBackoff(
        async () => {
          const url = own?.urlOf(database) ?? (await findEmbeddedDatabase(dataDir, database));
          if (url === undefined) throw new Error(`the embedded PostgreSQL in ${dataDir} is not there yet`);
          return url;
        },
        { signal, onFailure: (error, waitMs) => logger.info(`${toMessage(error)}; next look in ${Math.ceil(waitMs)} ms`) },
      ),
    async stop(deadlineAt) {
      stopping.abort();
      await watching;
      await own?.stop(deadlineAt);
    },
  };
}

async function startUnlessInUse(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres | undefined> {
  return startEmbeddedPostgres(options).catch((error: unknown) => {
    if (toCode(error) === 'DATA_DIR_IN_USE') return undefined;
    throw error;
  });
}
