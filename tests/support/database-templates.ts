import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { openServiceDatabase } from '../../subgraphs/open-service-database.ts';

/** Whose tables a database can have. */
export const TEMPLATES = ['users', 'payments'] as const;
export type TemplateName = (typeof TEMPLATES)[number];

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
  await Promise.all(TEMPLATES.map((service) => make(serverUrl, prefix + service, service)));
  return {
    prefix,
    async stop() {
      const server = new pg.Client(serverUrl);
      await server.connect();
      for (const service of TEMPLATES) {
        await server.query(`alter database ${prefix}${service} is_template false`);
        await server.query(`drop database ${prefix}${service} with (force)`);
      }
      await server.end();
    },
  };
}

async function make(serverUrl: string, name: string, service: TemplateName): Promise<void> {
  const server = new pg.Client(serverUrl);
  await server.connect();
  await server.query(`create database ${name}`);
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
  await server.query(`alter database ${name} is_template true allow_connections false`); // nobody who looks in may be in the way of a copy
  await server.end();
}
