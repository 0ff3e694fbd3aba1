import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, lchown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, toCode } from '../foundation/errors.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { ServerAccount } from './server-account.ts';

/** The superuser of every cluster that we make. */
export const SUPERUSER = 'paygraph';

/**
 * How PostgreSQL is told its data folder, which is also its working folder. Under another account than ours it may be unable to come there by
 * the path (below /root, or a `mktemp -d` of root); but we enter the folder before the process changes its user, and there it may stay.
 * Before version 16 it left the folder for a moment to find its own files.
 */
export function toFolderArgument(cluster: string, account: ServerAccount | undefined, { version }: PostgresBinaries): string {
  const stays = process.platform === 'linux' && account !== undefined && Number.parseInt(version, 10) >= 16;
  return stays ? '/proc/self/cwd' : cluster;
}

/**
 * Makes the cluster when there is none. It is made beside its place and renamed when complete, so that an interrupted start leaves nothing half done.
 * @param folder ours alone (locked); holds `cluster`, and `password`, mode 600
 * @returns the superuser's password
 * @throws ConfigError EMBEDDED_POSTGRES_FAILED with what initdb said
 */
export async function ensureCluster(
  folder: string,
  options: {
    binaries: PostgresBinaries;
    account: ServerAccount | undefined;
    signal: AbortSignal;
    onProgress: (step: string) => void;
  },
): Promise<string> {
  const cluster = join(folder, 'cluster');
  const passwordFile = join(folder, 'password');
  await removeDrafts(folder);
  if (!(await exists(cluster))) {
    options.onProgress(`initialising PostgreSQL ${options.binaries.version} in ${folder}`);
    await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
    await chmod(passwordFile, 0o600); // it may have been there with another mode
    if (options.account) await chown(passwordFile, options.account.uid, options.account.gid);
    await initialise(folder, cluster, passwordFile, options);
  } else if (options.account) await giveTo(options.account, cluster);
  return readFile(passwordFile, 'utf8').catch((cause: unknown) => {
    throw failed(`${passwordFile} cannot be read (${toCode(cause)}); it is needed to open ${cluster}`, cause);
  });
}

async function initialise(
  folder: string,
  cluster: string,
  passwordFile: string,
  { binaries, account, signal }: { binaries: PostgresBinaries; account: ServerAccount | undefined; signal: AbortSignal },
): Promise<void> {
  const draft = join(folder, `cluster-draft-${randomBytes(4).toString('hex')}`);
  await mkdir(draft, { mode: 0o700 });
  if (account) await chown(draft, account.uid, account.gid);
  await using password = await open(passwordFile); // handed over open: initdb's account may not be able to reach it by its path
  const args = [
    '-D',
    toFolderArgument(draft, account, binaries),
    '-U',
    SUPERUSER,
    '--pwfile=/dev/fd/3',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ];
  const child = spawn(join(binaries.root, 'bin', 'initdb'), args, {
    ...account,
    cwd: draft,
    stdio: ['ignore', 'pipe', 'pipe', password.fd],
    signal,
    killSignal: 'SIGKILL',
  });
  const output: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  if (exitCode !== 0) throw failed(`initdb ended with ${exitCode}:\n${Buffer.concat(output).toString().trim()}`);
  await rename(draft, cluster);
  await using parent = await open(folder);
  await parent.sync(); // the rename must outlive a power cut as the files do
}

async function removeDrafts(folder: string): Promise<void> {
  const drafts = (await readdir(folder)).filter((name) => name.startsWith('cluster-draft-'));
  // An initdb whose parent was killed may still be writing there. It ends when it misses its files; if it does not, it works on a draft of its own and does no harm.
  const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 };
  await Promise.all(drafts.map((name) => rm(join(folder, name), options).catch(() => undefined)));
}

/** A copy that root made of the folder belongs to root: PostgreSQL wants to own its files. */
async function giveTo(account: ServerAccount, cluster: string): Promise<void> {
  if ((await stat(cluster)).uid === account.uid) return;
  for (const name of await readdir(cluster, { recursive: true })) await lchown(join(cluster, name), account.uid, account.gid);
  await lchown(cluster, account.uid, account.gid);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (toCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function failed(reason: string, cause?: unknown): ConfigError {
  return new ConfigError([`the embedded PostgreSQL cannot start: ${reason}`], { code: 'EMBEDDED_POSTGRES_FAILED', cause });
}
