import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findEmbeddedBinaries, makeRunnable, type PostgresBinaries } from '../../../../platform/storage/postgres-binaries.ts';
import { chooseServerAccount } from '../../../../platform/storage/server-account.ts';

describe('the binaries of PostgreSQL', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'binaries '));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are those that npm installed, and they run', async () => {
    const binaries = await findEmbeddedBinaries();

    expect(binaries).toMatchObject({ version: '18.4', build: expect.stringMatching(/^\w+-\w+-18\.4\.0/) });
    expect(await makeRunnable(binaries, undefined, () => undefined)).toBe(binaries);
  });

  it('stay where they are when the account can run them there', async () => {
    const binaries = await install('echo fine', 'home');

    expect(await makeRunnable(binaries, undefined, () => undefined, [])).toBe(binaries);
  });

  it('are a problem with a way out when they do not run on this machine', async () => {
    const binaries = await install('echo no such library >&2; exit 127', 'home');

    await expect(makeRunnable(binaries, undefined, () => undefined, [])).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_UNAVAILABLE',
      message: expect.stringMatching(/does not run on this machine[^]*set USERS_DATABASE_URL and PAYMENTS_DATABASE_URL/),
    });
  });

  it('are copied, once, when they stand where only root can come, to a folder that only root can write', async () => {
    const steps: string[] = [];
    const [shared, place] = [join(folder, 'shared'), join(folder, 'place')];
    for (const path of [folder, shared, place]) {
      await mkdir(path, { recursive: true });
      await chmod(path, 0o755);
    }
    await mkdir(join(shared, 'elsewhere'));
    await symlink(join(shared, 'elsewhere'), join(shared, 'paygraph')); // what somebody may have laid out in /tmp
    const binaries = await install('echo fine', 'closed', 0o700);
    const account = await chooseServerAccount(join(folder, 'no cluster yet'));
    const make = (): Promise<PostgresBinaries> =>
      makeRunnable(binaries, account, (step) => steps.push(step), ['/proc/nowhere', shared, place]);

    const [first, second] = [await make(), await make()];

    expect(second).toEqual(first);
    if (account === undefined) {
      expect(first).toBe(binaries); // we are not root: they run as we do, where they are
      return;
    }
    expect(first).toEqual({ ...binaries, root: join(place, 'paygraph', 'postgresql-test-1') });
    expect(await readdir(join(place, 'paygraph'))).toEqual(['postgresql-test-1']);
    expect(await readdir(join(shared, 'elsewhere'))).toEqual([]);
    expect(steps).toEqual([expect.stringMatching(/^copying PostgreSQL 18.4 to .*, because user 65534 cannot enter /)]);
  });

  it('are a problem with a way out when there is no place for a copy', async () => {
    const binaries = await install('echo fine', 'closed', 0o700);
    const account = await chooseServerAccount(join(folder, 'no cluster yet'));

    const made = makeRunnable(binaries, account, () => undefined, ['/proc/nowhere']);

    if (account === undefined) await expect(made).resolves.toBe(binaries);
    else
      await expect(made).rejects.toMatchObject({
        code: 'EMBEDDED_POSTGRES_UNAVAILABLE',
        message: expect.stringContaining('put the project into another folder'),
      });
  });

  /** Programs that do as much of PostgreSQL as is asked for here. */
  async function install(script: string, name: string, mode = 0o755): Promise<PostgresBinaries> {
    const root = join(folder, name, 'native');
    await mkdir(join(root, 'bin'), { recursive: true });
    for (const program of ['postgres', 'initdb']) await writeFile(join(root, 'bin', program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await chmod(join(folder, name), mode);
    return { root, version: '18.4', build: 'test-1' };
  }
});
