import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, toCode } from '../foundation/errors.ts';
import { isAlive, readProcessIdentity, type ProcessIdentity } from '../foundation/process-identity.ts';

const LOCK_NAME = /^lock\.(\d+)$/;

interface Claim {
  readonly path: string;
  readonly number: number;
  readonly owner: ProcessIdentity;
}

/**
 * Makes this process the only user of a folder. The claim of a process that died is void, also when its number belongs to another process by now.
 *
 * A claim is a file `lock.N`, made whole by a hard link, which fails when the name exists. Whoever finds only void claims links the next number, looks
 * again, and withdraws when it sees another live one: of two that both linked, the later always sees the earlier. So there is never a second owner.
 * @returns gives the folder back; it is given back as well when the process exits
 * @throws ConfigError DATA_DIR_IN_USE naming the process
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const self = await readProcessIdentity(process.pid);
  if (!self) throw new Error('this process cannot find itself');
  const draft = join(folder, `lock-draft-${process.pid}-${randomBytes(4).toString('hex')}`);
  await writeFile(draft, JSON.stringify(self), { mode: 0o644 });
  try {
    const path = await claim(folder, draft);
    const onExit = (): void => unlinkSync(path);
    process.once('exit', onExit);
    return async () => {
      process.removeListener('exit', onExit);
      await rm(path, { force: true });
    };
  } finally {
    await rm(draft, { force: true });
  }
}

async function claim(folder: string, draft: string): Promise<string> {
  for (;;) {
    const before = await readClaims(folder);
    await refuseIfOwned(folder, before);
    const path = join(folder, `lock.${Math.max(0, ...before.map(({ number }) => number)) + 1}`);
    try {
      await link(draft, path);
    } catch (error) {
      if (toCode(error) === 'EEXIST') continue; // another one was faster; see who
      throw error;
    }
    const others = (await readClaims(folder)).filter((other) => other.path !== path);
    try {
      await refuseIfOwned(folder, others);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    await Promise.all(others.map((other) => rm(other.path, { force: true })));
    return path;
  }
}

async function refuseIfOwned(folder: string, claims: readonly Claim[]): Promise<void> {
  for (const { owner } of claims) {
    if (await isAlive(owner))
      throw new ConfigError([`${folder} is in use by process ${owner.pid}: stop that one, or choose another DATA_DIR`], {
        code: 'DATA_DIR_IN_USE',
      });
  }
}

async function readClaims(folder: string): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (const name of await readdir(folder)) {
    const number = LOCK_NAME.exec(name)?.[1];
    if (number === undefined) continue;
    const path = join(folder, name);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) claims.push({ path, number: Number(number), owner: parseOwner(text) });
  }
  return claims;
}

/** A claim that is not ours to read, such as one that a full disk cut short, is void. */
function parseOwner(text: string): ProcessIdentity {
  try {
    const { pid, startedAt } = JSON.parse(text) as Partial<ProcessIdentity>;
    return { pid: Number(pid), startedAt: String(startedAt) };
  } catch {
    return { pid: 0, startedAt: '' };
  }
}
