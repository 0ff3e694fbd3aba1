import { silentLogger } from '../../platform/foundation/logger.ts';
import { openServiceDatabase } from '../../subgraphs/open-service-database.ts';
import type { BenchServers } from './bench-servers.ts';

/** An empty database with a service's tables. @param name tells it from others of the run @returns its URL */
export async function openMigrated(servers: BenchServers, service: 'users' | 'payments', name: string): Promise<string> {
  const url = await servers.createDatabase(`${name}_${service}`);
  const database = await openServiceDatabase({
    name: `${service} database of ${name}`,
    url,
    migrations: new URL(`../../subgraphs/${service}/migrations/`, import.meta.url),
    logger: silentLogger,
    signal: new AbortController().signal,
    onQuery: undefined,
  });
  await database.stop(Date.now() + 5_000);
  return url;
}
