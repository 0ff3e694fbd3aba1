import { readdir, readFile } from 'node:fs/promises';
import { Migrator, sql, type Kysely, type Migration } from 'kysely';
import { AppError, ConfigError, DependencyError, toCode, toMessage } from '../foundation/errors.ts';
import { refused, toPatientDatabase } from './database.ts';

const FILE_NAME = /^\d{4}-[a-z0-9]+(-[a-z0-9]+)*\.sql$/;
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Brings the schema up to date: the `.sql` files of all directories (`0001-users.sql` …), ordered by name, each run once, all that is
 * missing in one transaction. Safe when several replicas start at once: one migrates, the others wait for it.
 * Statements that cannot run inside a transaction (`create index concurrently`) have no place here.
 * @throws ConfigError SCHEMA_TOO_NEW the database has migrations that this code lacks
 * @throws ConfigError DATABASE_REFUSED the role has no right to create tables
 * @throws ConfigError MIGRATION_FAILED a file failed, with its name, the line and PostgreSQL's reason; nothing was changed
 * @throws DependencyError DATABASE_UNAVAILABLE
 */
export async function migrate<Schema>(db: Kysely<Schema>, ...directories: readonly URL[]): Promise<void> {
  await run(db, await readMigrations(directories));
}

/**
 * Brings an empty database to where another one was: like `migrate`, with only the migrations that are named.
 * @throws also ConfigError SCHEMA_TOO_NEW this program lacks one of them
 */
export async function migrateOnly<Schema>(db: Kysely<Schema>, names: readonly string[], ...directories: readonly URL[]): Promise<void> {
  const all = await readMigrations(directories);
  const lacking = names.filter((name) => !Object.hasOwn(all, name));
  if (lacking.length > 0) {
    const problem = `it was made by a newer program: it has ${lacking.join(', ')}; use the version that made it, or a later one`;
    throw new ConfigError([problem], { code: 'SCHEMA_TOO_NEW' });
  }
  await run(db, Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name))));
}

async function run<Schema>(db: Kysely<Schema>, migrations: Record<string, Migration>): Promise<void> {
  const known = Object.keys(migrations);
  if (await isUpToDate(db, known)) return; // one statement; to look whether there is anything to do costs Kysely a dozen, two of them over the whole catalogue
  const patient = toPatientDatabase(db);
  const { error } = await patient.db
    .connection()
    .execute((one) => new Migrator({ db: one, provider: { getMigrations: () => Promise.resolve(migrations) } }).migrateToLatest());
  if (error === undefined) return;
  if (error instanceof AppError) throw error;
  if (toCode(error) === INSUFFICIENT_PRIVILEGE) {
    throw refused(
      `the ${patient.name} at ${patient.address} lets us in, but not migrate: ${toMessage(error)}; make the user of the URL the owner of the database`,
      error,
    );
  }
  const applied = await findApplied(patient.db).catch(() => []);
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const problem = `the ${patient.name} at ${patient.address} is newer than this program: it has ${unknown.join(', ')}; start the version that made it, or a later one`;
    throw new ConfigError([problem], { code: 'SCHEMA_TOO_NEW' });
  }
  throw new ConfigError([`the ${patient.name} at ${patient.address} cannot be migrated: ${toMessage(error)}`], {
    code: 'MIGRATION_FAILED',
    cause: error,
  });
}

/** What cannot be read is not up to date: migrating tells why. */
async function isUpToDate<Schema>(db: Kysely<Schema>, known: readonly string[]): Promise<boolean> {
  const applied = await findApplied(db).catch((error: unknown) => {
    if (error instanceof DependencyError) throw error;
    return [];
  });
  return applied.length > 0 && applied.join() === known.toSorted().join();
}

async function readMigrations(directories: readonly URL[]): Promise<Record<string, Migration>> {
  const migrations: Record<string, Migration> = {};
  for (const directory of directories) {
    for (const file of (await readdir(directory)).filter((name) => name.endsWith('.sql'))) {
      const name = file.slice(0, -'.sql'.length);
      if (!FILE_NAME.test(file)) throw new Error(`a migration is named like 0001-users.sql, not ${file}`);
      if (name in migrations) throw new Error(`two migrations are named ${file}`);
      const text = await readFile(new URL(file, directory), 'utf8');
      migrations[name] = { up: (trx) => runFile(trx, file, text) };
    }
  }
  return migrations;
}

async function runFile(trx: Kysely<unknown>, file: string, text: string): Promise<void> {
  try {
    await sql.raw(text).execute(trx);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw Object.assign(new Error(`${file}${toLine(error, text)}: ${toMessage(error)}`, { cause: error }), { code: toCode(error) });
  }
}

/** PostgreSQL tells the position of an error as a character, counted from 1. */
function toLine(error: unknown, text: string): string {
  const position = typeof error === 'object' && error !== null && 'position' in error ? Number(error.position) : NaN;
  return position > 0 ? `, line ${text.slice(0, position - 1).split('\n').length}` : '';
}

/** Committed, and with them all that they made. */
async function findApplied<Schema>(db: Kysely<Schema>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return rows.map(({ name }) => name).sort();
}
