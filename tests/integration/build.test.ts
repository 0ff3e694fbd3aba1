import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projectFolder } from '../support/service-process.ts';

const COPIED = ['scripts/build-once.mjs', 'scripts/build.mjs', 'scripts/check-node.mjs', 'client/vite.config.ts'];
const SETTINGS = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** A project of one file and an empty page, built as ours is. */
describe('npm run build', () => {
  let project: string;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'paygraph-build-'));
    await Promise.all([...COPIED, ...SETTINGS].map((name) => cp(join(projectFolder, name), join(project, name))));
    await symlink(join(projectFolder, 'node_modules'), join(project, 'node_modules'));
    await writeFile(join(project, 'client', 'index.html'), '<!doctype html><title>empty</title>');
    await mkdir(join(project, 'platform'));
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  async function build(source: string): Promise<{ failed: boolean; said: string }> {
    await writeFile(join(project, 'platform', 'one.ts'), source);
    return new Promise((resolve) => {
      execFile(process.execPath, [join(project, 'scripts', 'build-once.mjs')], (error, stdout, stderr) =>
        resolve({ failed: error !== null, said: stdout + stderr }),
      );
    });
  }
  const built = (): Promise<string> => readFile(join(project, 'dist', 'platform', 'one.js'), 'utf8');

  it('does not wait for the types to be checked, which npm test does', async () => {
    expect(await build('export const one: number = "of another type";\n')).toMatchObject({ failed: false });
    expect(await built()).toContain('"of another type"');
  });

  it('is stopped by a mistake in the syntax, says where it is, and leaves what was built', async () => {
    const { failed, said } = await build('export const one = ;\n');

    expect(failed).toBe(true);
    expect(said).toContain('platform/one.ts(1,20): error');
    expect(await built()).toContain('"of another type"');
  });
});
