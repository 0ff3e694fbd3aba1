import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readProcessIdentity } from '../../../../platform/foundation/process-identity.ts';
import { lockFolder } from '../../../../platform/storage/folder-lock.ts';

describe('locking a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lock-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('leaves nothing behind when the folder is given back', async () => {
    const release = await lockFolder(folder);
    expect(await readdir(folder)).toEqual(['lock.1']);

    await release();

    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a second owner, by its number, until the first gives it back', async () => {
    const release = await lockFolder(folder);

    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'DATA_DIR_IN_USE',
      problems: [`${folder} is in use by process ${process.pid}: stop that one, or choose another DATA_DIR`],
    });
    expect(await readdir(folder)).toEqual(['lock.1']);

    await release();
    await (
      await lockFolder(folder)
    )();
  });

  it('never has two owners, and has one, when many try at once', async () => {
    await writeFile(join(folder, 'lock.7'), JSON.stringify({ pid: 2 ** 30, startedAt: 'long ago' }));
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));

    const owners = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(owners).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['lock.8']);
    await owners[0]?.();
  });

  it('takes over from a process that is gone', async () => {
    await writeFile(join(folder, 'lock.1'), JSON.stringify({ pid: 2 ** 30, startedAt: 'long ago' }));

    const release = await lockFolder(folder);

    expect(await readdir(folder)).toEqual(['lock.2']);
    await release();
  });

  it('takes over from a process whose number belongs to another one by now', async () => {
    await writeFile(join(folder, 'lock.1'), JSON.stringify({ pid: process.pid, startedAt: 'before this process' }));

    await (
      await lockFolder(folder)
    )();

    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['', 'not json', '{}', '[]', 'null', '{"pid":"x"}'])('takes over a claim that says nothing: %p', async (text) => {
    await writeFile(join(folder, 'lock.1'), text);

    await (
      await lockFolder(folder)
    )();
  });

  it('respects every live claim, whatever its number', async () => {
    const other = spawn('sleep', ['60']);
    try {
      await writeFile(join(folder, 'lock.1'), JSON.stringify(await readProcessIdentity(other.pid ?? 0)));
      await writeFile(join(folder, 'lock.2'), JSON.stringify({ pid: 2 ** 30, startedAt: 'long ago' }));

      await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${other.pid}`);
    } finally {
      other.kill('SIGKILL');
    }
  });
});
