import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { projectFolder } from '../../support/service-process.ts';

/** Starts three sleepers, ends the second itself, and says their numbers. */
const OWNER = `
  const { spawn } = await import('node:child_process');
  const { killAfterOurEnd } = await import('./tests/support/kill-after-our-end.ts');
  const sleepers = [1, 2, 3].map(() => spawn('sleep', ['60'], { stdio: 'ignore' }));
  sleepers.forEach(killAfterOurEnd);
  sleepers[1].once('exit', () => console.log(JSON.stringify(sleepers.map(({ pid }) => pid)))).kill();
`;

it('children end with the process that was killed before it could end them', async () => {
  const args = ['--import', './tests/support/run-typescript.mjs', '--input-type=module', '-e', OWNER];
  const owner = spawn(process.execPath, args, { cwd: projectFolder, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  const sleepers = JSON.parse(line) as number[];
  expect(sleepers.map(runs)).toEqual([true, false, true]);

  owner.kill('SIGKILL');

  await eventually(() => !sleepers.some(runs));
});

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
