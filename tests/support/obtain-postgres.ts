import { chmod, mkdtemp, readdir, realpath, rm, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { maskUrl, silentLogger } from '../../platform/foundation/logger.ts';
import { startEmbeddedPostgres } from '../../platform/storage/embedded-postgres.ts';
import { findEmbeddedBinaries, type PostgresBinaries } from '../../platform/storage/postgres-binaries.ts';
import { eventually } from './eventually.ts';
import { afterOurEnd } from './neighbours-watchdog.ts';
import { findProgram, obtainFirst, run, type Way } from './obtain-way.ts';
import { installWithApt } from './obtain-with-apt.ts';

export interface ObtainedPostgres {
  /** Of a user who may create databases and roles. */
  readonly url: string;
  /** Which one it is, for a person. */
  readonly description: string;
  stop(): Promise<void>;
}

/** A tmpfs, on Linux. */
const MEMORY_FOLDER = '/dev/shm';
/** Bytes that are free there and in the machine: more than the tests can want, so that nobody misses them. */
const MEMORY_ROOM = 8 * 1024 ** 3;

/**
 * Nothing of a test server needs to survive the machine; and many services with a pool each come at once. A worker of autovacuum for each database and minute
 * costs as much as a connection, and no database lives for long.
 */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off', max_connections: '400' };

/** A PostgreSQL for one run of the tests, in the contract's order of ways. @throws Error with all ways when none works */
export async function obtainPostgres(): Promise<ObtainedPostgres> {
  const givenUrl = process.env['TEST_POSTGRES_URL'];
  if (givenUrl) return useGiven(givenUrl);
  return obtainFirst('PostgreSQL', WAYS);
}

async function useGiven(url: string): Promise<ObtainedPostgres> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect().catch((cause: unknown) => {
    throw new Error(`TEST_POSTGRES_URL (${maskUrl(url)}) does not answer: ${String(cause)}`, { cause });
  });
  await client.end();
  return { url, description: `TEST_POSTGRES_URL (${maskUrl(url)})`, stop: () => Promise.resolve() };
}

const WAYS: readonly Way<ObtainedPostgres>[] = [
  { name: 'set TEST_POSTGRES_URL', obtain: () => Promise.reject(new Error('it is not set')) },
  { name: 'postgres on this machine', obtain: async () => startPrivate(await findOnMachine()) },
  { name: 'the binaries that npm installs', obtain: async () => startPrivate(await findEmbeddedBinaries()) },
  { name: 'Docker', obtain: startInDocker },
  {
    name: 'apt-get install postgresql',
    async obtain() {
      await installWithApt('postgresql');
      return startPrivate(await findOnMachine());
    },
  },
];

async function startPrivate(binaries: PostgresBinaries): Promise<ObtainedPostgres> {
  const folder = await mkdtemp(join((await findRoomInMemory()) ?? tmpdir(), 'paygraph-postgres-'));
  const calledOff = afterOurEnd('sleep 3; rm -rf -- "$1"', folder);
  const remove = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    calledOff();
  };
  try {
    await chmod(folder, 0o711); // started by root, an older PostgreSQL runs under an account that has to pass through
    const server = await startEmbeddedPostgres({ dataDir: folder, databases: [], logger: silentLogger, binaries, settings: SETTINGS });
    return {
      url: server.urlOf('postgres'),
      description: `PostgreSQL ${binaries.version} of ${binaries.root}, private`,
      async stop() {
        await server.stop(Date.now() + 5_000);
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * Tests make and drop hundreds of databases of 300 files. In memory that takes less processor time: ext4 looks for a long time for a number for a new file when
 * many have just been deleted. Undefined where there is no such place, or not much room in it.
 */
async function findRoomInMemory(): Promise<string | undefined> {
  const { bavail, bsize } = await statfs(MEMORY_FOLDER).catch(() => ({ bavail: 0, bsize: 0 }));
  return Math.min(bavail * bsize, freemem()) > MEMORY_ROOM ? MEMORY_FOLDER : undefined;
}

/** PATH, then the places of Debian and Ubuntu, newest first. */
async function findOnMachine(): Promise<PostgresBinaries> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const folders = versions.sort((a, b) => Number(b) - Number(a)).map((version) => `/usr/lib/postgresql/${version}/bin`);
  const program = await findProgram(['postgres']).catch(() => findProgram(['postgres'], folders));
  const root = dirname(dirname(await realpath(program)));
  await findProgram(['initdb'], [join(root, 'bin')]);
  const version = /\d+(\.\d+)?/.exec(await run(program, ['--version']))?.[0] ?? 'of an unknown version';
  if (Number.parseInt(version, 10) < 13) throw new Error(`PostgreSQL ${version} is too old, 13 is wanted`);
  return { root, version, build: `machine-${version}` };
}

async function startInDocker(): Promise<ObtainedPostgres> {
  const docker = await findProgram(['docker']);
  await run(docker, ['info'], { timeoutMs: 10_000 });
  const name = `paygraph-test-postgres-${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const settings = Object.entries(SETTINGS).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const calledOff = afterOurEnd('"$1" rm -f "$2"', docker, name);
  await run(
    docker,
    [
      'run',
      '-d',
      '--rm',
      '--name',
      name,
      '-p',
      '127.0.0.1::5432',
      '-e',
      `POSTGRES_PASSWORD=${password}`,
      'postgres:18-alpine',
      ...settings,
    ],
    { timeoutMs: 300_000 },
  );
  const address = await run(docker, ['port', name, '5432/tcp']);
  const url = `postgres://postgres:${password}@${address.split('\n')[0]}/postgres`;
  const stop = async (): Promise<void> => {
    await run(docker, ['rm', '-f', name]);
    calledOff();
  };
  // It starts twice: first to make its cluster, answering on no port, then for us.
  await eventually(async () => useGiven(url), 60_000, 250).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { url, description: 'postgres:18-alpine in Docker, private', stop };
}
