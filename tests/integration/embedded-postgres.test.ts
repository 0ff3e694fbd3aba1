import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { toCode, toMessage } from '../../platform/foundation/errors.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { readProcessIdentity } from '../../platform/foundation/process-identity.ts';
import { openDatabase, sql } from '../../platform/storage/database.ts';
import { findEmbeddedDatabase, startEmbeddedPostgres, type EmbeddedPostgres } from '../../platform/storage/embedded-postgres.ts';
import { bundleProgram } from '../support/bundle-program.ts';
import { eventually } from '../support/eventually.ts';
import { queryServer } from '../support/postgres.ts';
import { SHORT_LIVED_NODE } from '../support/short-lived.ts';

jest.setTimeout(90_000); // most tests start two servers, and some a process of their own; a busy machine takes its time

let made: string;
let parent: string;
let dataDir: string;

/** Made once: most tests are about a folder that is there, and to copy it takes a tenth of the time. */
beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'paygraph embedded '));
  dataDir = join(made, 'postgres');
  await (await start()).stop(Date.now() + 5_000);
});
afterAll(() => rm(made, { recursive: true, force: true }));

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'paygraph embedded ')); // mode 700, and a path with spaces
  dataDir = join(parent, 'data', 'postgres');
  await mkdir(join(parent, 'data'));
  await copy(join(made, 'postgres'), dataDir);
});
afterEach(() => rm(parent, { recursive: true, force: true }));

/** With owners and rights. */
async function copy(from: string, to: string): Promise<void> {
  expect(await once(spawn('cp', ['-a', from, to], { stdio: 'inherit' }), 'exit')).toEqual([0, null]);
}
/** For the tests of how a folder is made. */
function useFreshFolder(): void {
  dataDir = join(parent, 'fresh', 'postgres');
}

describe('the embedded PostgreSQL', () => {
  it('makes its databases, and keeps what is in them over a restart', async () => {
    useFreshFolder();
    const steps: string[] = [];
    const first = await start({ databases: ['users', "it's"], onProgress: (step) => steps.push(step) });
    await queryServer('create table t (n int); insert into t values (42)', first.urlOf("it's"));
    await first.stop(Date.now() + 5_000);

    await using second = await start({ databases: ['users', "it's", 'payments'], onProgress: (step) => steps.push(step) });

    expect(await select('select n from t', second.urlOf("it's"))).toEqual([{ n: 42 }]);
    expect(await select('select 1 as one', second.urlOf('payments'))).toEqual([{ one: 1 }]);
    expect(steps).toEqual([`initialising PostgreSQL 18.4 in ${dataDir}`, 'starting PostgreSQL 18.4', 'starting PostgreSQL 18.4']);
  });

  it('is found by other processes only when all its databases are there', async () => {
    useFreshFolder();
    const databases = Array.from({ length: 4 }, (_, index) => `database${index}`);
    const starting = start({ databases });
    try {
      const url = await eventually(() => findEmbeddedDatabase(dataDir, 'database3'), 60_000);

      expect(await select('select 1 as one', url)).toEqual([{ one: 1 }]);
    } finally {
      await (await starting).stop(Date.now() + 5_000);
    }
  });

  it('listens on the loopback address only, asks for the password, and writes through to the disk', async () => {
    await using server = await start();
    const url = new URL(server.urlOf('users'));

    const settings =
      'listen_addresses unix_socket_directories fsync synchronous_commit full_page_writes data_checksums server_encoding'.split(' ');
    const rows = await select(
      `select name, setting from pg_settings where name in (${settings.map((name) => `'${name}'`).join()})`,
      url.href,
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      data_checksums: 'on',
      server_encoding: 'UTF8',
    });
    expect((await stat(join(dataDir, 'password'))).mode & 0o777).toBe(0o600);
    url.password = 'guessed';
    await expect(select('select 1', url.href)).rejects.toMatchObject({ code: '28P01' });
  });

  it('leaves no process and no lock behind when it is stopped, also with a client in a transaction', async () => {
    const server = await start();
    const client = new pg.Client({ connectionString: server.urlOf('users') });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin');
    const startedAt = Date.now();

    await server.stop(startedAt + 30_000);

    expect(Date.now() - startedAt).toBeLessThan(15_000); // it did not wait for the client
    expect(await readProcessIdentity(server.pid)).toBeUndefined();
    expect((await readdir(dataDir)).filter((name) => name.startsWith('lock'))).toEqual([]);
    expect(await readdir(join(dataDir, 'cluster'))).not.toContain('postmaster.pid');
  });

  it('ends its watchdog too before it has stopped, however slow that is to end', async () => {
    const server = await start();
    const watchdog = await findWatchdog(process.pid, server.pid);
    process.kill(watchdog, 'SIGSTOP'); // as on a machine with no time for it

    await server.stop(Date.now() + 30_000);

    expect(await readProcessIdentity(watchdog)).toBeUndefined();
  });

  it('works in a folder whose path is longer than that of a socket may be', async () => {
    dataDir = join(parent, 'a-rather-long-name-of-a-folder'.repeat(5), 'postgres');

    await using server = await start();

    expect(await select('select 1 as one', server.urlOf('users'))).toEqual([{ one: 1 }]);
  });

  it('takes another port when its last one is taken', async () => {
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const { port } = stranger.address() as AddressInfo;
    await writeFile(join(dataDir, 'port'), String(port));
    try {
      await using server = await start();

      expect(new URL(server.urlOf('users')).port).not.toBe(String(port));
      expect(await select('select 1 as one', server.urlOf('users'))).toEqual([{ one: 1 }]);
    } finally {
      stranger.close();
    }
  });

  it('says in one line that the folder is in use, and by which process', async () => {
    const owner = await startOwner();

    await expect(start()).rejects.toMatchObject({
      code: 'DATA_DIR_IN_USE',
      message: `${dataDir} is in use by process ${owner.ownerPid}: stop that one, or choose another DATA_DIR`,
    });
    expect(await select('select 1 as one', owner.url)).toEqual([{ one: 1 }]);
    await owner.end('SIGTERM');
  });

  it('has exactly one owner when four processes start at once', async () => {
    const starts = await Promise.allSettled([startOwner(), startOwner(), startOwner(), startOwner()]);

    const winners = starts.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const losers = starts.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(winners).toHaveLength(1);
    expect(losers).toEqual(Array(3).fill(expect.objectContaining({ code: 'DATA_DIR_IN_USE' })));
    expect(await select('select 1 as one', winners[0]?.url ?? '')).toEqual([{ one: 1 }]);
    await winners[0]?.end('SIGTERM');
  });

  it('refuses a folder that cannot be made, with the way out', async () => {
    await writeFile(join(parent, 'file'), '');
    dataDir = join(parent, 'file', 'postgres');

    const error: unknown = await start().catch((thrown: unknown) => thrown);

    expect(toCode(error)).toBe('DATA_DIR_UNUSABLE');
    expect(toMessage(error)).toMatch(/cannot be used: ENOTDIR.*; choose another DATA_DIR/);
  });

  it('says what PostgreSQL said when it does not start', async () => {
    await writeFile(join(dataDir, 'cluster', 'PG_VERSION'), '12\n');

    await expect(start()).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringMatching(
        /did not start: it ended with exit code 1\n[^]*was initialized by PostgreSQL version 12[^]*its data is in /,
      ),
    });
  });

  it('gives up at once when told to', async () => {
    useFreshFolder();
    const giveUp = new AbortController();

    const starting = start({ signal: giveUp.signal, onProgress: () => giveUp.abort() });

    await expect(starting).rejects.toThrow();
    await using server = await start();
    expect(await select('select 1 as one', server.urlOf('users'))).toEqual([{ one: 1 }]);
  });
});

describe('the embedded PostgreSQL after an accident', () => {
  it('ends by itself when its owner is killed, and the next start has every committed row', async () => {
    const owner = await startOwner();
    await queryServer('create table t (n int); insert into t values (1)', owner.url);

    await owner.end('SIGKILL');

    await eventually(async () => (await readProcessIdentity(owner.serverPid)) === undefined, 15_000);
    await using next = await start();
    expect(await select('select n from t', next.urlOf('shop'))).toEqual([{ n: 1 }]);
  });

  it('recovers when owner, watchdog and server are killed together', async () => {
    const owner = await startOwner();
    await queryServer('create table t (n int); insert into t values (1)', owner.url);

    process.kill(owner.watchdogPid, 'SIGKILL');
    const ended = owner.end('SIGKILL'); // before the server: it would start it again
    process.kill(owner.serverPid, 'SIGKILL');
    await ended;

    expect(await readdir(join(dataDir, 'cluster'))).toContain('postmaster.pid');
    await using next = await start();
    expect(await select('select n from t', next.urlOf('shop'))).toEqual([{ n: 1 }]);
  });

  it('shuts down the server that a killed owner left running, and starts its own', async () => {
    const owner = await startOwner();
    await queryServer('create table t (n int); insert into t values (1)', owner.url);
    process.kill(owner.watchdogPid, 'SIGKILL');
    await owner.end('SIGKILL');
    expect(await readProcessIdentity(owner.serverPid)).toBeDefined();

    await using next = await start();

    expect(await readProcessIdentity(owner.serverPid)).toBeUndefined();
    expect(await select('select n from t', next.urlOf('shop'))).toEqual([{ n: 1 }]);
  });

  it('does not take a stranger for its server because it has its number', async () => {
    const stranger = spawn('sleep', ['60']);
    await writeFile(join(dataDir, 'cluster', 'postmaster.pid'), `${stranger.pid}\n/somewhere\n1\n5432\n\n127.0.0.1\n 1 2\nready\n`);
    try {
      await using next = await start();

      expect(await select('select 1 as one', next.urlOf('users'))).toEqual([{ one: 1 }]);
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    } finally {
      stranger.kill();
    }
  });

  it('starts afresh when the owner was killed while the cluster was being made', async () => {
    useFreshFolder();
    const owner = await spawnOwner();
    await eventually(async () => (await readdir(dataDir).catch(() => [])).some((name) => name.startsWith('cluster-draft')), 30_000, 5);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect(await readdir(dataDir)).not.toContain('cluster');

    await using next = await start();

    expect(await select('select 1 as one', next.urlOf('users'))).toEqual([{ one: 1 }]);
    expect(await readdir(dataDir)).toContain('cluster'); // the killed one's draft may still be written to by its orphan: the next start removes it
  });

  it('is started again on the same port when it crashes, and an open pool goes on', async () => {
    await using server = await start();
    const { db, stop } = await openDatabase<unknown>({ name: 'users database', url: server.urlOf('users'), logger: silentLogger });
    await sql`create table t (n int)`.execute(db);
    await sql`insert into t values (7)`.execute(db);
    const killed = server.pid;

    const slow = sql`select pg_sleep(30)`.execute(db);
    const fate = expect(slow).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: true });
    await eventually(
      async () =>
        (await select(`select 1 from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'`, server.urlOf('users')))
          .length > 0,
    );
    process.kill(killed, 'SIGKILL');

    await fate;
    const rows = await eventually(async () => (await sql`select n from t`.execute(db)).rows, 20_000);
    expect(rows).toEqual([{ n: 7 }]);
    expect(server.pid).not.toBe(killed);
    await stop(Date.now() + 2_000);
  });

  it('can be stopped while it is being started again', async () => {
    const server = await start();
    process.kill(server.pid, 'SIGKILL');
    await eventually(async () => (await readProcessIdentity(server.pid)) === undefined);

    await server.stop(Date.now() + 4_000);

    await using next = await start();
    expect(await select('select 1 as one', next.urlOf('users'))).toEqual([{ one: 1 }]);
  });

  it('opens a copy of the folder that was made by somebody else', async () => {
    const first = await start();
    await queryServer('create table t (n int); insert into t values (3)', first.urlOf('users'));
    await first.stop(Date.now() + 5_000);
    const copy = join(parent, 'copy');
    await once(spawn('cp', ['-r', dataDir, copy]), 'exit'); // the copier owns it, root when we are root
    await chmod(join(copy, 'cluster'), 0o700);
    dataDir = copy;

    await using next = await start();

    expect(await select('select n from t', next.urlOf('users'))).toEqual([{ n: 3 }]);
  });
});

type Started = EmbeddedPostgres & AsyncDisposable;

async function start(options: { databases?: string[]; onProgress?: (step: string) => void; signal?: AbortSignal } = {}): Promise<Started> {
  const server = await startEmbeddedPostgres({ dataDir, databases: ['users'], logger: silentLogger, ...options });
  return {
    get pid() {
      return server.pid;
    },
    urlOf: server.urlOf,
    stop: server.stop,
    [Symbol.asyncDispose]: () => server.stop(Date.now() + 5_000),
  };
}

async function select(text: string, url: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

interface Owner {
  readonly ownerPid: number;
  readonly serverPid: number;
  readonly watchdogPid: number;
  readonly url: string;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** The embedded PostgreSQL with the database `shop` in a process of its own. @throws what that process says when it cannot start */
async function startOwner(): Promise<Owner> {
  const child = await spawnOwner();
  if (!child.stdout || child.pid === undefined) throw new Error('it was not started');
  for await (const line of createInterface({ input: child.stdout })) {
    const answer = JSON.parse(line) as { pid: number; url: string } | { code: string; message: string };
    if (!('pid' in answer)) throw Object.assign(new Error(answer.message), { code: answer.code });
    return {
      ownerPid: child.pid,
      serverPid: answer.pid,
      watchdogPid: await findWatchdog(child.pid, answer.pid),
      url: answer.url,
      async end(signal) {
        child.kill(signal);
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      },
    };
  }
  throw new Error('it ended without a word');
}

async function spawnOwner(): Promise<ChildProcessByStdio<null, Readable, null>> {
  const args = [...SHORT_LIVED_NODE, await bundleProgram('postgres-owner'), dataDir];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, NODE_OPTIONS: '' } });
}

async function findWatchdog(ownerPid: number, serverPid: number): Promise<number> {
  const ps = spawn('ps', ['-A', '-o', 'pid=', '-o', 'ppid=', '-o', 'args='], { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const line of createInterface({ input: ps.stdout })) {
    const [pid, ppid] = line.trim().split(/\s+/).map(Number);
    if (ppid === ownerPid && line.includes(`watchdog ${serverPid}`) && pid !== undefined) return pid;
  }
  throw new Error('it has no watchdog');
}
