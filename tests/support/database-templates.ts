import { randomBytes } from 'node:crypto';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { openServiceDatabase } from '../../subgraphs/open-service-database.ts';
import { queryServer, type TemplateName } from './postgres.ts';

const SERVICES: readonly TemplateName[] = ['users', 'payments'];

export interface DatabaseTemplates {
  /** A template's name is this and the service's. */
  readonly prefix: string;
  /** Drops them: the server may be somebody else's. */
  stop(): Promise<void>;
}

/**
 * One database of each service with all its migrations, to copy: to migrate a new one takes a third of a second of processor time, and tests open hundreds.
 * Copies share what the migrations drew at random: the identity of the event log.
 * @param serverUrl of a user who may create databases
 */
export async function makeDatabaseTemplates(serverUrl: string): Promise<DatabaseTemplates> {
  const prefix = `test_${randomBytes(6).toString('hex')}_`;
  const stop = async (): Promise<void> => {
    for (const service of SERVICES) await queryServer(`drop database if exists ${prefix}${service} with (force)`, serverUrl);
  };
  try {
    for (const service of SERVICES) await make(serverUrl, prefix + service, service);
    return { prefix, stop };
  } catch (error) {
    await stop().catch(() => undefined); // the first failure is the one to read
    throw error;
  }
}

async function make(serverUrl: string, name: string, service: TemplateName): Promise<void> {
  await queryServer(`create database ${name}`, serverUrl);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const database = await openServiceDatabase({
    name,
    url: url.href,
    migrations: new URL(`../../subgraphs/${service}/migrations/`, import.meta.url),
    logger: silentLogger,
    signal: AbortSignal.timeout(60_000),
    onQuery: undefined,
  });
  await database.stop(Date.now() + 1_000);
  await queryServer(`alter database ${name} allow_connections false`, serverUrl); // nobody who looks in may be in the way of a copy
}
