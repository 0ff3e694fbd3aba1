import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFolder } from './service-process.ts';

const run = promisify(execFile);

const MIGRATIONS = ['platform/messaging/migrations', 'subgraphs/users/migrations', 'subgraphs/payments/migrations'];

/** The source of an earlier version, in a folder of its own, with this version's packages. */
export interface PreviousRelease extends AsyncDisposable {
  readonly folder: string;
  /** A tag, or a commit. */
  readonly ref: string;
}

/**
 * The last tag; while nothing was tagged, what stands for it is the last commit before the newest migration: the newest code that does not know today's schema.
 * @throws Error there is no git history here to take it from
 */
export async function checkOutPreviousRelease(): Promise<PreviousRelease> {
  const ref = (await git('describe', '--tags', '--abbrev=0', 'HEAD^').catch(() => '')) || `${await findNewestMigration()}^`;
  const folder = await mkdtemp(join(tmpdir(), 'paygraph-previous-'));
  try {
    await run('sh', ['-c', 'git archive "$1" | tar -x -C "$2"', 'archive', ref, folder], { cwd: projectFolder });
    await symlink(join(projectFolder, 'node_modules'), join(folder, 'node_modules'));
    return { folder, ref, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function findNewestMigration(): Promise<string> {
  const commit = await git('log', '-1', '--diff-filter=A', '--format=%H', '--', ...MIGRATIONS);
  if (commit === '') throw new Error('git knows no migration: this test needs the history of the project (fetch it whole)');
  return commit;
}

async function git(...args: string[]): Promise<string> {
  return (await run('git', args, { cwd: projectFolder })).stdout.trim();
}
