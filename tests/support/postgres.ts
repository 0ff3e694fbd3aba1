import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { toCode } from '../../platform/foundation/errors.ts';

const SYNTAX_ERROR = '42601';

/** The services whose tables a database can have from the beginning; `database-templates.ts` makes what is copied. */
export type TemplateName = 'users' | 'payments';

export interface TestDatabase {
  readonly url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A fresh database of the run's PostgreSQL; dropped with all its connections when disposed of. Global setup provides the server.
 * @param like whose tables it has; absent: it is empty
 */
export async function createTestDatabase(like?: TemplateName): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = like ? ` template ${process.env['TEST_DATABASE_TEMPLATES']}${like}` : '';
  // Copying the template's files takes a third of the time that writing them to the log takes; PostgreSQL before 15 does so anyway, and knows no strategy.
  await queryServer(`create database ${name}${template} strategy file_copy`).catch((error: unknown) => {
    if (toCode(error) !== SYNTAX_ERROR) throw error;
    return queryServer(`create database ${name}${template}`);
  });
  return {
    url: toDatabaseUrl(name),
    [Symbol.asyncDispose]: () => queryServer(`drop database if exists ${name} with (force)`),
  };
}

let ownDatabase: pg.Pool | undefined;

/** Runs statements as the server's user: in its own database, or in the one of the URL. */
export async function queryServer(text: string, url?: string): Promise<void> {
  if (url === undefined) {
    // Kept for the next database that a test makes or drops; closed when none comes for a second.
    await (ownDatabase ??= openPool()).query(text);
    return;
  }
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // a lost connection fails the query too
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

function openPool(): pg.Pool {
  const pool = new pg.Pool({ connectionString: serverUrl(), idleTimeoutMillis: 1_000, allowExitOnIdle: true });
  pool.on('error', () => undefined); // a lost connection fails the query too
  return pool;
}

function toDatabaseUrl(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  return url.href;
}

function serverUrl(): string {
  const url = process.env['TEST_POSTGRES_URL'];
  if (!url) throw new Error('no PostgreSQL: this test wants the projects integration, e2e or fault, whose global setup provides it');
  return url;
}
