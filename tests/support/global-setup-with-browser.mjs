/** Global setup of the project with browser tests: the neighbours, and a Chromium found or installed. Test files launch their own processes of it. */
import startForTheRun from './global-setup.mjs';

export default async function startWithBrowser() {
  const { obtainChromium } = await import('./obtain-chromium.ts');
  const { announce } = await import('./obtain-way.ts');
  const { path, description } = await obtainChromium();
  announce(`Chromium for the tests: ${description}`);
  process.env.TEST_CHROMIUM = path; // workers inherit it
  await startForTheRun();
}
