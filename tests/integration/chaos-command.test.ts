import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { projectFolder } from '../support/service-process.ts';

const run = promisify(execFile);

/** @returns what it printed, and the exit code */
async function chaos(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return run(process.execPath, [join('scripts', 'run-source.mjs'), 'chaos', ...args], {
    cwd: projectFolder,
    env: { PATH: process.env.PATH ?? '' },
  }).then(
    (result) => ({ code: 0, ...result }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

it('npm run chaos -- --plan prints the schedule of the faults that were asked for, less those that were left out', async () => {
  const { code, stdout } = await chaos(
    '--plan',
    '--seed',
    '3',
    '--faults',
    'network,wipe,delete a queue',
    '--except',
    'wipe, network: delay',
  );

  const names =
    stdout.match(/^\d\d:\d\d\.\d {2}(.*?) {2}for \d+ ms {2}#\d+$/gm)?.map((line) => /^\S+ {2}(.*?) {2}for/.exec(line)?.[1] ?? '') ?? [];
  expect(code).toBe(0);
  expect([...new Set(names)].sort()).toEqual([
    'delete a queue',
    'network: cut after some bytes',
    'network: half open, then reset',
    'network: hold both ways',
    'network: hold for more than half a minute',
    'network: hold one way',
    'network: refuse',
    'network: reset',
  ]);
});

it('npm run chaos refuses a fault that there is not, and a choice that leaves none', async () => {
  const [unknown, none] = await Promise.all([chaos('--except', 'nonsense'), chaos('--faults', 'wipe', '--except', 'wipe the broker')]);

  expect(unknown).toMatchObject({ code: 2, stderr: "--except: with --broker rabbitmq no fault begins with 'nonsense'; try --help\n" });
  expect(none).toMatchObject({ code: 2, stderr: '--except leaves no fault; try --help\n' });
});
