import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { projectFolder } from '../support/service-process.ts';

const run = promisify(execFile);
const { scripts } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const OLD_NODE = `--import=data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.20.0'}})`;

/** As npm runs it, without npm's own second. */
async function runScript(
  name: string,
  argument: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return run('sh', ['-c', `${scripts[name]} ${argument}`], {
    cwd: projectFolder,
    env: { PATH: `${join(projectFolder, 'node_modules/.bin')}:${process.env.PATH ?? ''}`, ...env },
  }).then(
    (result) => ({ code: 0, ...result }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe.each(Object.keys(scripts))('npm run %s', (name) => {
  it('explains itself with --help', async () => {
    expect(await runScript(name, '--help')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^npm (run |start|test)/) });
  }, 60_000);

  it('says in one line that an option does not exist', async () => {
    const { code, stderr } = await runScript(name, '--no-such-option');

    expect(stderr.trim().split('\n').at(-1)).toMatch(/no-such-option.*; try --help$/);
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(2);
  }, 60_000);
});

/** What the scripts have in common lies in the programs that run them: one script of each. */
describe.each(oneOfEachProgram())('npm run %s', (name) => {
  it('explains itself with -h too', async () => {
    expect(await runScript(name, '-h')).toEqual(await runScript(name, '--help'));
  }, 60_000);

  it('says in one line that Node is too old', async () => {
    const { code, stderr } = await runScript(name, '', { NODE_OPTIONS: OLD_NODE });

    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^paygraph needs Node 20\.19 or newer, and this is 18\.20\.0: .*\n$/),
    });
  }, 60_000);
});

function oneOfEachProgram(): string[] {
  const byProgram = Object.entries(scripts).map(([name, command]): [string, string] => [
    command.split(' ').find((word) => word.endsWith('.mjs')) ?? command,
    name,
  ]);
  return [...new Map(byProgram).values()];
}
