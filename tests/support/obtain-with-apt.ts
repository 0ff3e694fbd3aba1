import { access, rm, writeFile } from 'node:fs/promises';
import { announce, findProgram, run } from './obtain-way.ts';

const POLICY = '/usr/sbin/policy-rc.d';

/**
 * Installs a package on Debian or Ubuntu without starting its service.
 * @throws Error when this is another system, we are not root, or it fails or takes more than five minutes
 */
export async function installWithApt(packageName: string): Promise<void> {
  const apt = await findProgram(['apt-get']);
  if (process.getuid?.() !== 0) throw new Error(`we are not root; sudo apt-get install ${packageName}`);
  announce(`installing ${packageName} with apt-get …`);
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 300_000 };
  await run(apt, ['update', '-q'], options);
  const calledOff = await forbidServices();
  try {
    await run(apt, ['install', '-q', '-y', '--no-install-recommends', packageName], options);
  } finally {
    await calledOff();
  }
}

/** The tests start a private instance; the system's own must not come up as well: https://manpages.debian.org/invoke-rc.d */
async function forbidServices(): Promise<() => Promise<void>> {
  const present = await access(POLICY).then(
    () => true,
    () => false,
  );
  if (present) return () => Promise.resolve();
  await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => rm(POLICY, { force: true });
}
