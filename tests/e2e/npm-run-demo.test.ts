import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { startSystem } from '../support/running-system.ts';
import { projectFolder } from '../support/service-process.ts';

async function runDemo(url: string): Promise<{ code: number; stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [join(projectFolder, 'scripts', 'run.mjs'), 'demo', '--url', url], {
    cwd: projectFolder,
  }).then(
    (result) => ({ code: 0, ...result }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe('npm run demo', () => {
  it('tells the story of three payments, one of which fails at the limit, with what each took and where to look', async () => {
    await using system = await startSystem('embedded broker');

    const { code, stdout, stderr } = await runDemo(system.url);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const user = /created user (\S+), Demo/.exec(stdout)?.[1];
    expect(stdout.match(/^paid \S+: PENDING, balance \S+ \(answered in \d+ ms\)$/gm)).toHaveLength(3);
    expect(stdout).toMatch(/^event: 25\.00 MXN PROCESSED, Demo now has \S+ \(\d+ ms after the mutation\)$/m);
    expect(stdout).toMatch(/^event: 10000\.01 MXN FAILED \(LIMIT_EXCEEDED\), Demo now has \S+ \(\d+ ms after the mutation\)$/m);
    expect(stdout).toMatch(/^event: 4\.50 MXN PROCESSED, /m);
    expect(stdout).toContain(`${new URL('/', system.url).href}#/accounts/${user}`);
  });

  it('says what to run when nothing answers', async () => {
    const { code, stdout, stderr } = await runDemo('http://127.0.0.1:1/graphql');

    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('npm start');
    expect(stderr).not.toContain('    at ');
  });
});
