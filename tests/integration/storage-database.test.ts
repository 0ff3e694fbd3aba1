import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { pino, type Logger } from 'pino';
import { silentLogger } from '../../platform/foundation/logger.ts';
import {
  inTransaction,
  isDatabaseUnavailable,
  isUniqueViolation,
  openDatabase,
  sql,
  type OpenDatabase,
  type StatementSeam,
} from '../../platform/storage/database.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase, queryServer } from '../support/postgres.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

interface Schema {
  things: { id: number; amount: bigint };
}

const soon = (): number => Date.now() + 2_000;

describe('an open database', () => {
  it('gives bigint for int8 and its arrays, Date for timestamptz, text for numeric', async () => {
    await using database = await createTestDatabase();
    await using open = await openForTest(database.url);

    const { rows } = await sql`select 9007199254740993::int8 as whole, array[1, null, 9223372036854775807]::int8[] as many,
      timestamptz '2026-01-02 03:04:05.678Z' as moment, 12.50::numeric as money, count(*) as counted`.execute(open.db);

    expect(rows).toEqual([
      {
        whole: 9007199254740993n,
        many: [1n, null, 9223372036854775807n],
        moment: new Date('2026-01-02T03:04:05.678Z'),
        money: '12.50',
        counted: 1n,
      },
    ]);
  });

  it('takes bigint parameters', async () => {
    await using database = await createTestDatabase();
    await using open = await openForTest(database.url);

    const { rows } = await sql`select ${-9223372036854775808n}::int8 as lowest`.execute(open.db);

    expect(rows).toEqual([{ lowest: -9223372036854775808n }]);
  });

  it('tells of every statement, so that tests can count them', async () => {
    await using database = await createTestDatabase();
    const statements: string[] = [];
    await using open = await openForTest(database.url, { onQuery: (text) => statements.push(text) });

    await inTransaction(open.db, (trx) => sql`select 1`.execute(trx));

    expect(statements).toEqual(['begin', 'select 1', 'commit']);
  });

  it('lets a test stand between it and the server: another statement, an error of its own, the same connection for a transaction', async () => {
    await using database = await createTestDatabase();
    const connections: object[] = [];
    await using open = await openForTest(database.url, {
      onStatement(statement, send, connection) {
        connections.push(connection);
        if (statement.text === 'select 1 as one') return send({ text: 'select 2 as one', values: [] });
        if (statement.text === 'select 3') throw Object.assign(new Error('injected'), { code: '40P01' });
        return send(statement);
      },
    });

    const { rows } = await inTransaction(open.db, (trx) => sql`select 1 as one`.execute(trx));

    expect(rows).toEqual([{ one: 2 }]);
    expect(new Set(connections).size).toBe(1);
    await expect(sql`select 3`.execute(open.db)).rejects.toMatchObject({ code: '40P01' });
  });

  it.each(['40001', '40P01'])(
    'runs a statement again that the server undid because of another one (%s), outside of transactions',
    async (code) => {
      await using database = await createTestDatabase();
      const sent: string[] = [];
      let undone = 2;
      await using open = await openForTest(database.url, {
        onStatement(statement, send) {
          sent.push(statement.text);
          if (statement.text.startsWith('insert') && (undone -= 1) >= 0) throw Object.assign(new Error('undone'), { code });
          return send(statement);
        },
      });
      await sql`create table things (id int8, amount int8)`.execute(open.db);
      const insert = (id: bigint): Promise<unknown> => sql`insert into things values (${id}, 1)`.execute(open.db);

      await insert(1n);

      expect(sent.filter((text) => text.startsWith('insert'))).toHaveLength(3);
      expect(await open.db.selectFrom('things').selectAll().execute()).toEqual([{ id: 1n, amount: 1n }]);
      undone = 1;
      sent.length = 0;
      await inTransaction(open.db, (trx) => sql`insert into things values (2, 1)`.execute(trx)); // all of it, not the statement alone
      expect(sent.map((text) => text.split(' ', 1)[0])).toEqual(['begin', 'insert', 'rollback', 'begin', 'insert', 'commit']);
    },
  );

  it('recognises a unique violation, and of which constraint', async () => {
    await using database = await createTestDatabase();
    await using open = await openForTest(database.url);
    await sql`create table things (id int constraint one_of_each primary key, amount int8)`.execute(open.db);
    const insert = (): Promise<unknown> => open.db.insertInto('things').values({ id: 1, amount: 1n }).execute();
    await insert();

    const error = await insert().catch((thrown: unknown) => thrown);

    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'one_of_each')).toBe(true);
    expect(isUniqueViolation(error, 'another')).toBe(false);
    expect(isDatabaseUnavailable(error)).toBe(false);
  });

  it('gives no connection back to the pool that is still inside a transaction', async () => {
    await using database = await createTestDatabase();
    await using open = await openForTest(database.url, { poolSize: 1 });

    await open.db.connection().execute((connection) => sql`begin`.execute(connection));

    const { rows } = await sql`select pg_current_xact_id_if_assigned() as transaction, now() = statement_timestamp() as fresh`.execute(
      open.db,
    );
    expect(rows).toEqual([{ transaction: null, fresh: true }]);
  });
});

describe('a transaction', () => {
  it('runs again after a deadlock until both sides are through', async () => {
    await using database = await createTestDatabase();
    await using open = await openForTest(database.url);
    await sql`create table things (id int primary key, amount int8 not null)`.execute(open.db);
    await sql`insert into things values (1, 0), (2, 0)`.execute(open.db);
    let runs = 0;
    const add = (first: number, second: number, met: () => Promise<void>): Promise<void> =>
      inTransaction(open.db, async (trx) => {
        runs += 1;
        await sql`update things set amount = amount + 1 where id = ${first}`.execute(trx);
        await met();
        await sql`update things set amount = amount + 1 where id = ${second}`.execute(trx);
      });
    const meet = meeting(2);

    await Promise.all([add(1, 2, meet), add(2, 1, meet)]);

    const { rows } = await sql`select amount from things order by id`.execute(open.db);
    expect(rows).toEqual([{ amount: 2n }, { amount: 2n }]);
    expect(runs).toBe(3);
  });

  it('is undone when its work throws, and is not run again', async () => {
    await using database = await createTestDatabase();
    await using open = await openForTest(database.url);
    await sql`create table things (id int primary key, amount int8)`.execute(open.db);
    let runs = 0;

    const work = inTransaction(open.db, async (trx) => {
      runs += 1;
      await sql`insert into things values (1, 1)`.execute(trx);
      throw new Error('changed my mind');
    });

    await expect(work).rejects.toThrow('changed my mind');
    expect(runs).toBe(1);
    expect((await sql`select * from things`.execute(open.db)).rows).toEqual([]);
  });

  it('fails with DATABASE_UNAVAILABLE when its connection is cut, without a second run, and the pool goes on', async () => {
    await using database = await createTestDatabase();
    await using open = await openForTest(database.url);
    let runs = 0;

    const work = inTransaction(open.db, async (trx) => {
      runs += 1;
      await queryServer(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        database.url,
      );
      await sql`select 1`.execute(trx);
    });

    await expect(work).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', dependency: 'test database', retryable: true });
    expect(runs).toBe(1);
    expect((await sql`select 1 as one`.execute(open.db)).rows).toEqual([{ one: 1 }]);
  });
});

describe('a database behind a network that swallows bytes', () => {
  it('fails a statement in time, in a transaction too, and serves again when the network is back', async () => {
    await using database = await createTestDatabase();
    const url = new URL(database.url);
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    [url.hostname, url.port] = [proxy.host, String(proxy.port)];
    const log: string[] = [];
    try {
      await using open = await openForTest(url.href, { answerTimeoutMs: 300, logger: recordingLogger(log) });
      const startedAt = Date.now();

      const work = inTransaction(open.db, async (trx) => {
        await sql`create table things (id int)`.execute(trx);
        proxy.hold(true);
        await sql`insert into things values (1)`.execute(trx);
      });

      await expect(work).rejects.toMatchObject({
        code: 'DATABASE_UNAVAILABLE',
        message: 'the test database did not answer: Query read timeout',
      });
      expect(Date.now() - startedAt).toBeLessThan(2_000);
      proxy.hold(false);
      expect((await sql`select to_regclass('things') as things`.execute(open.db)).rows).toEqual([{ things: null }]);
    } finally {
      await proxy.stop();
    }
  });

  it('is closed in time although a statement has no answer', async () => {
    await using database = await createTestDatabase();
    const open = await openForTest(database.url);
    const slow = sql`select pg_sleep(10)`.execute(open.db).catch((error: unknown) => error);
    await eventually(
      async () => (await sql`select 1 from pg_stat_activity where query like 'select pg_sleep%'`.execute(open.db)).rows.length > 0,
    );
    const startedAt = Date.now();

    await open.stop(startedAt + 800);

    expect(Date.now() - startedAt).toBeLessThan(800);
    expect(await slow).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });
});

describe('opening a database', () => {
  it('refuses at once when the database does not exist', async () => {
    await using database = await createTestDatabase();
    const url = database.url.replace(/\/test_/, '/no_such_');

    await expect(openForTest(url)).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      message: expect.stringMatching(/the test database at .*\/no_such_\w+ refuses us: database "no_such_\w+" does not exist/),
    });
  });

  it('refuses at once when the password is wrong, without printing it', async () => {
    await using database = await createTestDatabase();
    await using role = await createRole('the-right-one');
    const url = withUser(database.url, role.name, 'the-wrong-one');

    const error: unknown = await openForTest(url).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'DATABASE_REFUSED', message: expect.stringContaining('password authentication failed') });
    expect(String(error)).not.toContain('the-wrong-one');
  });

  it('refuses at once when the role may not connect', async () => {
    await using database = await createTestDatabase();
    await using role = await createRole('secret');
    await queryServer(`revoke connect on database ${new URL(database.url).pathname.slice(1)} from public`);

    await expect(openForTest(withUser(database.url, role.name, 'secret'))).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      message: expect.stringContaining('permission denied for database'),
    });
  });

  it.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a message broker', 'AMQP\x00\x00\x09\x01'],
    ['a secure shell', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ])('refuses at once when %s answers', async (_name, greeting) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(greeting);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await expect(openForTest(`postgres://u:p@127.0.0.1:${port}/d`)).rejects.toMatchObject({
        code: 'DATABASE_REFUSED',
        message: expect.stringContaining('not PostgreSQL'),
      });
    } finally {
      server.close();
    }
  });

  it('waits while nothing answers, says so, and gives up when told to', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve)); // nobody listens there now
    const log: string[] = [];
    const giveUp = new AbortController();

    const opening = openForTest(`postgres://u:hidden@127.0.0.1:${port}/d`, { logger: recordingLogger(log), signal: giveUp.signal }).catch(
      (error: unknown) => error,
    );
    await eventually(() => log.length > 0);
    giveUp.abort();

    expect(await opening).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(log[0]).toMatch(new RegExp(`^waiting for the test database at 127.0.0.1:${port}/d: .*ECONNREFUSED.*; next try in \\d+ ms$`));
    expect(log.join()).not.toContain('hidden');
  });
});

type Opened = OpenDatabase<Schema> & AsyncDisposable;

async function openForTest(
  url: string,
  options: {
    onQuery?: (text: string) => void;
    onStatement?: StatementSeam;
    poolSize?: number;
    answerTimeoutMs?: number;
    logger?: Logger;
    signal?: AbortSignal;
  } = {},
): Promise<Opened> {
  const { db, stop } = await openDatabase<Schema>({ name: 'test database', url, logger: silentLogger, ...options });
  return { db, stop, [Symbol.asyncDispose]: async () => stop(soon()) };
}

async function createRole(password: string): Promise<{ name: string } & AsyncDisposable> {
  const name = `role_${process.pid}_${Math.trunc(performance.now() * 1000)}`;
  await queryServer(`create role ${name} login password '${password}'`);
  return { name, [Symbol.asyncDispose]: () => queryServer(`drop role ${name}`) };
}

function withUser(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}

function recordingLogger(lines: string[]): Logger {
  return pino({}, { write: (line: string) => lines.push((JSON.parse(line) as { msg: string }).msg) });
}

/** Gives a function that waits until it was called `count` times; afterwards it waits no more. */
function meeting(count: number): () => Promise<void> {
  let arrived = 0;
  return async () => {
    arrived += 1;
    await eventually(() => arrived >= count);
  };
}
