import { execFile } from 'node:child_process';
import { basename, dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { ReadText } from '../../gateway/supergraph/read-subgraphs.ts';
import { ConfigError, toCode } from '../../platform/foundation/errors.ts';

const run = promisify(execFile);

/** One commit of the repository that a folder is in. */
export interface GitCommit {
  /** `main (4f3c2a1)`. */
  readonly title: string;
  /** A file as it was then. */
  readonly readText: ReadText;
}

/**
 * @param ref a branch, tag or commit
 * @param folder any folder of the repository
 * @throws ConfigError when git is missing, the folder is in no repository, or the ref does not exist
 */
export async function findGitCommit(ref: string, folder: string): Promise<GitCommit> {
  const notFound = `${ref} is neither a file nor a git ref here`;
  const hash = await git(folder, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]).catch((error: unknown) => {
    if (toCode(error) === 'ENOENT') throw new ConfigError([`${notFound} (git is not installed)`], { cause: error });
    const said = String((error as { stderr?: unknown }).stderr ?? '').trim();
    throw new ConfigError(
      [`${notFound}${said ? ` (${said.split('\n')[0]})` : '; a branch that is not fetched yet comes with: git fetch origin BRANCH'}`],
      { cause: error },
    );
  });
  const title = `${ref} (${hash.trim().slice(0, 7)})`;
  return {
    title,
    async readText(path, shown) {
      const file = resolve(path);
      return git(dirname(file), ['show', `${hash.trim()}:./${basename(file)}`]).catch((error: unknown) => {
        if (toCode(error) === 'ENOENT') return showFromRoot(folder, hash.trim(), file, shown, title);
        throw new ConfigError([`${shown}: there is no such file at ${title}`], { cause: error });
      });
    },
  };
}

/** For a file whose folder does not exist any more. */
async function showFromRoot(folder: string, hash: string, file: string, shown: string, title: string): Promise<string> {
  const root = (await git(folder, ['rev-parse', '--show-cdup'])).trim();
  const top = resolve(folder, root || '.');
  const path = file.startsWith(`${top}/`) ? file.slice(top.length + 1) : undefined;
  const text = path === undefined ? undefined : await git(folder, ['show', `${hash}:${path}`]).catch(() => undefined);
  if (text === undefined) throw new ConfigError([`${shown}: there is no such file at ${title}`]);
  return text;
}

async function git(folder: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', [...args], { cwd: folder, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C' } });
  return stdout;
}
