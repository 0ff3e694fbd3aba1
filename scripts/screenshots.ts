import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { TestBrowser } from '../tests/support/browser.ts';
import { ask } from '../tests/support/graphql-client.ts';
import { readCommandLine, refuse } from './read-command-line.ts';

const HELP = `npm run screenshots [-- --minutes N] [--output FOLDER]

Starts a system of its own, has people pay for a while, and writes a picture of each page, light and dark, wide and narrow.

  --minutes N       how long people pay before the pictures are taken, so that the charts have something to show    3
  --output FOLDER   where the pictures go                                                                        docs/screenshots
`;

const PEOPLE = [
  ['Mariana Ortega', '48200.00', 'MXN'],
  ['Café Tacuba', '125430.50', 'MXN'],
  ['Jonas Weber', '3180.75', 'EUR'],
  ['Priya Raman', '9640.00', 'USD'],
  ['Yui Takahashi', '840000', 'JPY'],
  ['Fatima Al-Sabah', '2750.125', 'KWD'],
] as const;
const REASONS = [
  'Coffee',
  'Train to Puebla',
  'Groceries',
  'Electricity, March',
  'Books',
  'Lunch',
  'Rent',
  'Flowers',
  'Concert tickets',
  '',
];
/** Made by hand, in the page. */
const PURCHASES = [
  ['18.50', 'Newspaper'],
  ['64.00', 'Taxi'],
  ['129.90', 'Birthday cake'],
] as const;

const { values } = readCommandLine(HELP, {
  options: { minutes: { type: 'string', default: '3' }, output: { type: 'string', default: join('docs', 'screenshots') } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 60)) refuse(`--minutes: expected more than 0 and at most 60, got ${values.minutes}`);
const { openBrowser } = await import('../tests/support/browser.ts'); // a second, which --help need not wait for
const { obtainChromium } = await import('../tests/support/obtain-chromium.ts');
const { startSystem } = await import('../tests/support/running-system.ts');
await takePictures(minutes, values.output);

async function takePictures(minutes: number, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { path, description } = await obtainChromium();
  process.env.TEST_CHROMIUM = path;
  process.stdout.write(`Chromium: ${description}\n`);
  await using system = await startSystem('embedded broker');
  await using browser = await openBrowser();
  const accounts = await createAccounts(system.url);
  const origin = new URL('/', system.url).href;

  const looks: { readonly page: Page; readonly suffix: string }[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    looks.push({ page: await openLive(browser, origin, { width: 1440, height: 900, colorScheme }), suffix: colorScheme });
    looks.push({ page: await openLive(browser, origin, { width: 390, height: 844, colorScheme }), suffix: `phone-${colorScheme}` });
  }
  process.stdout.write(`paying for ${minutes} minutes …\n`);
  const stop = new AbortController();
  const paying = keepPaying(system.url, accounts, stop.signal);
  await delay(minutes * 60_000);
  for (const { page, suffix } of looks) await takeOfEachPage(page, suffix, folder, accounts[0] ?? '1');
  stop.abort();
  await paying;
  process.stdout.write(`written to ${folder}\n`);
}

/** A page that has been listening all the while, as that of somebody who works with it. */
async function openLive(browser: TestBrowser, origin: string, options: { width: number; height: number; colorScheme: 'light' | 'dark' }) {
  const page = await browser.newPage(options);
  await page.goto(`${origin}#/charts`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return page;
}

async function takeOfEachPage(page: Page, suffix: string, folder: string, account: string): Promise<void> {
  const take = async (name: string): Promise<void> => {
    await page.screenshot({ path: join(folder, `${name}-${suffix}.png`) });
    process.stdout.write(`${name}-${suffix}\n`);
  };
  const open = async (path: string, title: string): Promise<void> => {
    await page.goto(`${new URL('/', page.url()).href}#/${path}`);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.waitForTimeout(800); // what it loads, and a few events
  };
  await open('', 'Accounts');
  await take('accounts');
  await open(`accounts/${account}`, PEOPLE[0][0]);
  for (const [amount, description] of PURCHASES) {
    await page.getByLabel('Amount', { exact: true }).fill(amount);
    await page.getByLabel('Description').fill(description);
    await page.getByRole('button', { name: 'Pay', exact: true }).click();
    await page.locator('[data-outcome="PROCESSED"]').getByText(description).waitFor();
  }
  await page.evaluate('document.activeElement?.blur()');
  await page.mouse.move(0, 0);
  await take('account');
  await open('feed', 'Live feed');
  await take('feed');
  await open('charts', 'Charts'); // after paying: the latencies are those of this browser's payments
  await take('charts');
  await open('operator', 'Operator');
  await take('operator');
  await open('settings', 'Settings');
  await take('settings');
}

async function createAccounts(url: string): Promise<string[]> {
  const ids: string[] = [];
  for (const [name, openingBalance, currency] of PEOPLE) {
    const { createUser } = await ask<{ createUser: { id: string } }>(
      url,
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
      { input: { name, openingBalance, currency } },
    );
    ids.push(createUser.id);
  }
  return ids;
}

/** Now few, now many, one of twelve above the limit. */
async function keepPaying(url: string, accounts: readonly string[], signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn += 1) {
    const isTooMuch = turn % 12 === 7;
    const index = isTooMuch ? 0 : (turn * 5 + (turn >> 3)) % PEOPLE.length;
    const whole = isTooMuch ? 10_500 : 3 + ((turn * 37) % 90);
    await ask(url, 'mutation ($input: PayInput!) { pay(input: $input) { payment { id } } }', {
      input: { userId: accounts[index], amount: String(whole), description: REASONS[turn % REASONS.length] },
    }).catch(() => undefined); // somebody has run out of money
    await delay(350 + 300 * Math.sin(turn / 25), undefined, { signal }).catch(() => undefined);
  }
}
