import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { openDatabase, sql, type Kysely } from '../../platform/storage/database.ts';
import { migrate } from '../../platform/storage/migrate.ts';
import { createTestDatabase, queryServer } from '../support/postgres.ts';

const PEOPLE = 'create table people (id int primary key);\ninsert into people values (1);\n';
const CITIES = 'create table cities (id int primary key, mayor int references people);\n';

describe('migrating', () => {
  it('runs the files of several directories in the order of their names, each once', async () => {
    await using database = await createTestDatabase();
    await using replica = await openReplica(database.url);
    await using people = await createMigrations({ '0001-people.sql': PEOPLE });
    await using cities = await createMigrations({ '0002-cities.sql': CITIES });

    await migrate(replica.db, cities.directory, people.directory);
    await migrate(replica.db, cities.directory, people.directory);

    expect(await namesOf(replica.db)).toEqual(['0001-people', '0002-cities']);
    expect((await sql`select * from people`.execute(replica.db)).rows).toEqual([{ id: 1 }]);
  });

  it('is done once when four replicas start at once on an empty database', async () => {
    await using database = await createTestDatabase();
    await using a = await openReplica(database.url);
    await using b = await openReplica(database.url);
    await using c = await openReplica(database.url);
    await using d = await openReplica(database.url);
    await using migrations = await createMigrations({ '0001-people.sql': `select pg_sleep(0.2);\n${PEOPLE}`, '0002-cities.sql': CITIES });

    await Promise.all([a, b, c, d].map(({ db }) => migrate(db, migrations.directory)));

    expect(await namesOf(a.db)).toEqual(['0001-people', '0002-cities']);
    expect((await sql`select * from people`.execute(a.db)).rows).toEqual([{ id: 1 }]);
  });

  it('may take longer than a statement of the program may', async () => {
    await using database = await createTestDatabase();
    await using replica = await openReplica(`${database.url}?statement_timeout=200`);
    await using migrations = await createMigrations({ '0001-slow.sql': 'select pg_sleep(0.6);' });

    await migrate(replica.db, migrations.directory);

    expect(await namesOf(replica.db)).toEqual(['0001-slow']);
    await expect(sql`select pg_sleep(0.6)`.execute(replica.db)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  it('changes nothing when a file fails, and says which file, which line and why', async () => {
    await using database = await createTestDatabase();
    await using replica = await openReplica(database.url);
    await using migrations = await createMigrations({
      '0001-people.sql': PEOPLE,
      '0002-cities.sql': 'create table cities (id int);\n\nselect nonsense;',
    });

    await expect(migrate(replica.db, migrations.directory)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringMatching(
        /^the test database at \S+ cannot be migrated: 0002-cities\.sql, line 3: column "nonsense" does not exist$/,
      ),
    });
    expect(await namesOf(replica.db)).toEqual([]);
    expect((await sql`select to_regclass('people') as people`.execute(replica.db)).rows).toEqual([{ people: null }]);
  });

  it('refuses a database that a newer version of the program has migrated, and changes nothing', async () => {
    await using database = await createTestDatabase();
    await using replica = await openReplica(database.url);
    await using newer = await createMigrations({ '0001-people.sql': PEOPLE, '0002-cities.sql': CITIES });
    await using older = await createMigrations({ '0001-people.sql': PEOPLE });
    await migrate(replica.db, newer.directory);

    await expect(migrate(replica.db, older.directory)).rejects.toMatchObject({
      code: 'SCHEMA_TOO_NEW',
      message: expect.stringMatching(/is newer than this program: it has 0002-cities; start the version that made it/),
    });
  });

  it('says what is missing when the role may not create tables', async () => {
    await using database = await createTestDatabase();
    const role = `poor_${process.pid}_${Date.now()}`;
    await queryServer(`create role ${role} login password 'x'; revoke create on schema public from public;`, database.url);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'x';
    await using migrations = await createMigrations({ '0001-people.sql': PEOPLE });
    try {
      await using replica = await openReplica(url.href);

      await expect(migrate(replica.db, migrations.directory)).rejects.toMatchObject({
        code: 'DATABASE_REFUSED',
        message: expect.stringMatching(
          /lets us in, but not migrate: permission denied for schema public; make the user of the URL the owner/,
        ),
      });
    } finally {
      await queryServer(`drop role ${role}`);
    }
  });

  it('lets a role without the right to create tables start when nothing is left to migrate', async () => {
    await using database = await createTestDatabase();
    await using owner = await openReplica(database.url);
    await using migrations = await createMigrations({ '0001-people.sql': PEOPLE });
    await migrate(owner.db, migrations.directory);
    const role = `reader_${process.pid}_${Date.now()}`;
    await queryServer(
      `create role ${role} login password 'x'; revoke create on schema public from public; grant select on all tables in schema public to ${role};`,
      database.url,
    );
    const url = new URL(database.url);
    url.username = role;
    url.password = 'x';
    try {
      await using replica = await openReplica(url.href);

      await expect(migrate(replica.db, migrations.directory)).resolves.toBeUndefined();
    } finally {
      await queryServer(`revoke select on all tables in schema public from ${role}; drop role ${role}`, database.url);
    }
  });

  it.each([
    [['1-people.sql'], 'a migration is named like 0001-users.sql, not 1-people.sql'],
    [['0001-People.sql'], 'a migration is named like 0001-users.sql, not 0001-People.sql'],
  ])('takes no file named %s', async (names, message) => {
    await using database = await createTestDatabase();
    await using replica = await openReplica(database.url);
    await using migrations = await createMigrations(Object.fromEntries(names.map((name) => [name, PEOPLE])));

    await expect(migrate(replica.db, migrations.directory)).rejects.toThrow(message);
  });

  it('asks one thing, on a connection that stays, when nothing is left to migrate', async () => {
    await using database = await createTestDatabase();
    await using migrations = await createMigrations({ '0001-people.sql': PEOPLE });
    const asked: string[] = [];
    const replica = await openDatabase<object>({
      name: 'test database',
      url: database.url,
      logger: silentLogger,
      poolSize: 1,
      onQuery: (text) => asked.push(text),
    });
    const connection = async (): Promise<unknown> => (await sql`select pg_backend_pid()`.execute(replica.db)).rows[0];
    try {
      await migrate(replica.db, migrations.directory);
      const before = await connection();
      asked.length = 0;

      await migrate(replica.db, migrations.directory);

      expect(asked).toEqual(['select name from kysely_migration']);
      expect(await connection()).toEqual(before);
    } finally {
      await replica.stop(Date.now() + 1_000);
    }
  });

  it('takes no two files of one name', async () => {
    await using database = await createTestDatabase();
    await using replica = await openReplica(database.url);
    await using one = await createMigrations({ '0001-people.sql': PEOPLE });
    await using other = await createMigrations({ '0001-people.sql': PEOPLE });

    await expect(migrate(replica.db, one.directory, other.directory)).rejects.toThrow('two migrations are named 0001-people.sql');
  });
});

async function openReplica(url: string): Promise<{ db: Kysely<unknown> } & AsyncDisposable> {
  const { db, stop } = await openDatabase<unknown>({ name: 'test database', url, logger: silentLogger });
  return { db, [Symbol.asyncDispose]: async () => stop(Date.now() + 2_000) };
}

async function createMigrations(files: Readonly<Record<string, string>>): Promise<{ directory: URL } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return { directory: pathToFileURL(`${folder}/`), [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

async function namesOf(db: Kysely<unknown>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map(({ name }) => name);
}
