import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { isAlive, readProcessIdentity } from '../../../../platform/foundation/process-identity.ts';
import { eventually } from '../../../support/eventually.ts';

describe('the identity of a process', () => {
  it('stays the same while it runs, and is another one than that of every other process', async () => {
    const child = spawn('sleep', ['60']);
    const pid = child.pid ?? 0;
    try {
      const [first, second, own] = [await readProcessIdentity(pid), await readProcessIdentity(pid), await readProcessIdentity(process.pid)];

      expect(first).toEqual({ pid, startedAt: expect.stringMatching(/./) });
      expect(second).toEqual(first);
      expect(own?.startedAt).not.toBe(first?.startedAt);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is not alive any more when it ended', async () => {
    const child = spawn('sleep', ['60']);
    const identity = await readProcessIdentity(child.pid ?? 0);
    if (!identity) throw new Error('it does not run');
    expect(await isAlive(identity)).toBe(true);

    child.kill('SIGKILL');
    await once(child, 'exit');

    expect(await isAlive(identity)).toBe(false);
    expect(await readProcessIdentity(identity.pid)).toBeUndefined();
  });

  it('is not alive when another process has its number by now', async () => {
    expect(await isAlive({ pid: process.pid, startedAt: 'some other time' })).toBe(false);
  });

  it.each([0, -1, 1.5, NaN, 2 ** 40])('does not exist for the number %p', async (pid) => {
    expect(await readProcessIdentity(pid)).toBeUndefined();
  });

  it('does not exist for a zombie', async () => {
    // The shell becomes a Node that knows nothing of the shell's child; only then may the child end, or the shell could still ask how it did.
    const script = 'exec 3<&0; { read line <&3; } & echo $!; exec "$0" -e "console.log(1); setTimeout(() => {}, 60_000)"';
    const parent = spawn('/bin/sh', ['-c', script, process.execPath], { stdio: ['pipe', 'pipe', 'ignore'] });
    const lines = createInterface(parent.stdout)[Symbol.asyncIterator]();
    const zombie = Number((await lines.next()).value);
    await lines.next();
    parent.stdin.write('end\n');
    try {
      await eventually(async () => (await readProcessIdentity(zombie)) === undefined);

      expect(process.kill(zombie, 0)).toBe(true); // it is still in the table
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
