import { access, constants } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { findProgram, obtainFirst, run, type Way } from './obtain-way.ts';
import { installWithApt } from './obtain-with-apt.ts';

export interface ObtainedChromium {
  readonly path: string;
  /** Which one it is, for a person. */
  readonly description: string;
}

/** A Chromium that was found or installed; nothing runs yet. @throws Error with all ways when none works */
export async function obtainChromium(): Promise<ObtainedChromium> {
  const given = process.env['TEST_CHROMIUM'];
  if (!given) return obtainFirst('Chromium', WAYS);
  const { path, description } = await described(given).catch((cause: unknown) => {
    throw new Error(`TEST_CHROMIUM (${given}) does not run: ${String(cause)}`, { cause });
  });
  return { path, description: `TEST_CHROMIUM: ${description}` };
}

/** Without a window of its own for each page, which takes half of the processor time: the first, where it is there. */
const SHELL = 'chromium-headless-shell';
const NAMES = [SHELL, 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'Google Chrome'];
/** Outside PATH: a Mac's. */
const FOLDERS = ['/Applications/Google Chrome.app/Contents/MacOS'];

const WAYS: readonly Way<ObtainedChromium>[] = [
  { name: 'set TEST_CHROMIUM to its path', obtain: () => Promise.reject(new Error('it is not set')) },
  { name: 'chromium or google-chrome on this machine', obtain: findOnMachine },
  {
    name: 'npx playwright-core install chromium',
    async obtain() {
      const path = chromium.executablePath();
      await access(path, constants.X_OK);
      return described(path);
    },
  },
  ...[SHELL, 'chromium'].map((name) => ({
    name: `apt-get install ${name}`,
    async obtain() {
      await installWithApt(name);
      return findOnMachine();
    },
  })),
];

async function findOnMachine(): Promise<ObtainedChromium> {
  return described(await findProgram(NAMES, FOLDERS));
}

/** Asking for its version also shows that it runs: Ubuntu's package is a stub that wants snap. */
async function described(path: string): Promise<ObtainedChromium> {
  const version = await run(path, ['--version'], { timeoutMs: 20_000 });
  return { path, description: `${version.split(' built on ', 1).join()}, ${path}` };
}
