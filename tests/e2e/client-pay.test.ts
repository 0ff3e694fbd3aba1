import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page, Route } from 'playwright-core';
import { openBrowser, type PageOptions, type TestBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import { startPrefixProxy } from '../support/prefix-proxy.ts';
import { startSystem, type RunningSystem } from '../support/running-system.ts';

let system: RunningSystem;
let browser: TestBrowser;

beforeAll(async () => {
  system = await startSystem('embedded broker');
  browser = await openBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await system?.[Symbol.asyncDispose]();
});

beforeEach(() => {
  browser.problems.length = 0;
});
afterEach(() => browser?.closePages()); // without a browser the failed start is what to read

const origin = (): string => new URL('/', system.url).href;

async function createAccount(name: string, openingBalance: string, currency = 'MXN'): Promise<string> {
  const { createUser } = await ask<{ createUser: { id: string } }>(
    system.url,
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
    { input: { name, openingBalance, currency } },
  );
  return createUser.id;
}

/** What an account paid, once nothing of it is pending any more; and its balance. */
async function settled(id: string): Promise<{ descriptions: (string | null)[]; balance: string }> {
  interface Answer {
    readonly user: {
      readonly balance: { readonly amount: string };
      readonly pendingPayments: readonly unknown[];
      readonly payments: { readonly nodes: readonly { readonly description: string | null }[] };
    };
  }
  const query = 'query ($id: ID!) { user(id: $id) { balance { amount } pendingPayments { id } payments { nodes { description } } } }';
  return eventually(async () => {
    const { user } = await ask<Answer>(system.url, query, { id });
    if (user.pendingPayments.length > 0) return undefined;
    return { balance: user.balance.amount, descriptions: user.payments.nodes.map(({ description }) => description) };
  });
}

async function openAccount(id: string, options?: PageOptions): Promise<Page> {
  const page = await browser.newPage(options);
  await page.goto(`${origin()}#/accounts/${id}`);
  await amountField(page).waitFor();
  return page;
}

const amountField = (page: Page) => page.getByLabel('Amount', { exact: true });
const descriptionField = (page: Page) => page.getByLabel('Description');
const payButton = (page: Page) => page.getByRole('button', { name: 'Pay', exact: true });
const sendAgain = (page: Page) => page.getByRole('button', { name: 'Send again' });
const outcome = (page: Page, status: string) => page.locator(`[data-outcome="${status}"]`);
const rows = (page: Page) => page.getByRole('list', { name: 'Payments', exact: true }).getByRole('listitem');

async function fill(page: Page, amount: string, description: string): Promise<void> {
  await amountField(page).fill(amount);
  await descriptionField(page).fill(description);
}

/** Puts something between this page's payments and the server. */
async function onPay(page: Page, handle: (route: Route) => Promise<void>): Promise<() => Promise<void>> {
  const matches = /\/graphql$/;
  await page.route(matches, (route) => (route.request().postData()?.includes('mutation Pay(') ? handle(route) : route.continue()));
  return () => page.unroute(matches);
}

describe('paying', () => {
  it('shows PENDING at once, then the outcome, in the form and in the list; the balance is less', async () => {
    const id = await createAccount('Payer', '100.00');
    const page = await openAccount(id);
    await ask(system.url, 'mutation { pauseProcessing { paused } }');

    await fill(page, '25.5', 'coffee');
    await payButton(page).click();
    await outcome(page, 'PENDING').waitFor();
    await rows(page).getByText('Pending').waitFor();
    await ask(system.url, 'mutation { resumeProcessing { paused } }');
    await outcome(page, 'PROCESSED').waitFor();
    await rows(page).getByText('Processed').waitFor();

    expect(await rows(page).count()).toBe(1);
    expect(await rows(page).first().innerText()).toMatch(/coffee[^]*MXN\s25\.50/);
    await page
      .getByLabel('Balance')
      .getByText(/MXN\s74\.50/)
      .waitFor();
    expect(await amountField(page).inputValue()).toBe('');
    expect(browser.problems).toEqual([]);
  });

  it('a payment above the limit fails with a reason, and the money comes back', async () => {
    const id = await createAccount('Above the limit', '20000');
    const page = await openAccount(id);

    await fill(page, '10000.01', 'a car');
    await payButton(page).click();
    await outcome(page, 'FAILED').getByText('Above the limit for one payment').waitFor();

    await page
      .getByLabel('Balance')
      .getByText(/MXN\s20,000\.00/)
      .waitFor();
  });

  it('a double click pays once', async () => {
    const id = await createAccount('Double', '100.00');
    const page = await openAccount(id);

    await fill(page, '10', 'twice clicked');
    await payButton(page).evaluate((button: HTMLButtonElement) => {
      button.click();
      button.click();
    });
    await outcome(page, 'PROCESSED').waitFor();

    expect(await settled(id)).toEqual({ balance: '90.00', descriptions: ['twice clicked'] });
  });

  it('a reload in mid-payment shows what was typed, says that it may have been sent, and pays once', async () => {
    const id = await createAccount('Reload', '100.00');
    const page = await openAccount(id);
    let arrived = false;
    const stop = await onPay(page, async (route) => {
      await route.fetch(); // the server has it, and its answer never comes
      arrived = true;
    });

    await fill(page, '10', 'reloaded');
    await payButton(page).click();
    await eventually(() => arrived);
    await page.reload(); // first, because the browser sends on what is held when nothing intercepts any more, and would hear the answer
    await stop();
    await page.getByText('This payment may have been sent').waitFor();
    expect([await amountField(page).inputValue(), await descriptionField(page).inputValue()]).toEqual(['10', 'reloaded']);
    await sendAgain(page).click();
    await outcome(page, 'PROCESSED').waitFor();

    expect(await settled(id)).toEqual({ balance: '90.00', descriptions: ['reloaded'] });
    expect(await page.getByText('may have been sent').count()).toBe(0);
  });

  it('a lost answer is said, and sending again pays once', async () => {
    const id = await createAccount('Lost', '100.00');
    const page = await openAccount(id);
    const stop = await onPay(page, async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });

    await fill(page, '10', 'lost');
    await payButton(page).click();
    await page.getByText('No answer from the server').waitFor();
    await stop();
    await sendAgain(page).click();
    await outcome(page, 'PROCESSED').waitFor();

    expect(await settled(id)).toEqual({ balance: '90.00', descriptions: ['lost'] });
  });

  it('two payments of the same amount are two payments', async () => {
    const id = await createAccount('Two', '100.00');
    const page = await openAccount(id);

    for (const description of ['first', 'second']) {
      await fill(page, '10', description);
      await payButton(page).click();
      await outcome(page, 'PROCESSED').getByText(description).waitFor();
    }

    expect(await settled(id)).toMatchObject({ balance: '80.00' });
  });
});

describe('refusals', () => {
  it('an amount that the currency has not is refused beside the field, before anything is sent', async () => {
    const page = await openAccount(await createAccount('Yen', '1000', 'JPY'));

    await fill(page, '10.5', 'half a yen');
    await payButton(page).click();

    await page.getByText('This currency has no digits after').waitFor();
    expect(await amountField(page).getAttribute('aria-invalid')).toBe('true');
  });

  it('too little money is said in words, and the form keeps what was typed; a smaller amount then pays', async () => {
    const id = await createAccount('Poor', '10.00');
    const page = await openAccount(id);

    await fill(page, '10.01', 'too much');
    await payButton(page).click();
    await page.getByText('Not enough money on the account').waitFor();
    expect([await amountField(page).inputValue(), await descriptionField(page).inputValue()]).toEqual(['10.01', 'too much']);
    await amountField(page).fill('10');
    await payButton(page).click();
    await outcome(page, 'PROCESSED').waitFor();

    expect(await settled(id)).toEqual({ balance: '0.00', descriptions: ['too much'] });
  });

  it('every code has words, and the form keeps what was typed', async () => {
    const page = await openAccount(await createAccount('Refused', '100.00'));
    const words: Readonly<Record<string, string>> = {
      BAD_USER_INPUT: 'Amount must be above zero',
      USER_NOT_FOUND: 'This account does not exist',
      CURRENCY_MISMATCH: 'The account is in another currency',
      IDEMPOTENCY_CONFLICT: 'already sent with other contents',
      UNAUTHENTICATED: 'You are not signed in',
      FORBIDDEN: 'You may not do this',
      SUBGRAPH_UNAVAILABLE: 'A part of the system cannot be reached',
      SUBGRAPH_TIMEOUT: 'The answer took too long',
      INTERNAL_SERVER_ERROR: 'request-17',
    };
    let code = '';
    await onPay(page, async (route) => {
      const extensions = { code, field: 'input.amount', requestId: 'request-17' };
      await route.fulfill({ json: { data: null, errors: [{ message: 'input.amount must be above zero', extensions }] } });
    });
    await fill(page, '10', 'refused');

    for (const [next, text] of Object.entries(words)) {
      code = next;
      await payButton(page).click();
      await page.getByText(text).waitFor();
      expect([await amountField(page).inputValue(), await descriptionField(page).inputValue()]).toEqual(['10', 'refused']);
      if (await sendAgain(page).count()) await page.getByRole('button', { name: 'Make it a new payment' }).click();
    }
  });
});

describe('accounts', () => {
  it('one is created with the keyboard alone, and its heading takes the focus', async () => {
    const page = await browser.newPage();
    await page.goto(origin());
    await page.getByRole('button', { name: 'New account' }).focus();

    await page.keyboard.press('Enter');
    await page.getByLabel('Name').waitFor();
    await page.keyboard.type('María José');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('12.50');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'María José' }).waitFor();

    await page
      .getByLabel('Balance')
      .getByText(/MXN\s12\.50/)
      .waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
  });

  it('a deposit is added once, also when its answer is lost', async () => {
    const id = await createAccount('Depositor', '1.00');
    const page = await openAccount(id);
    let lost = 0;
    await page.route(/\/graphql$/, async (route) => {
      if (!route.request().postData()?.includes('mutation Deposit(') || lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      return route.abort('connectionreset');
    });

    await page.getByRole('button', { name: 'Deposit', exact: true }).click();
    await page.getByLabel('Amount to deposit').fill('9');
    await page.getByRole('button', { name: 'Add to the balance' }).click();
    await page.getByText('This deposit may have been sent').waitFor();
    await sendAgain(page).click();

    await page
      .getByLabel('Balance')
      .getByText(/MXN\s10\.00/)
      .waitFor();
    expect((await settled(id)).balance).toBe('10.00');
  });

  it('payments are listed page by page and by status, none twice', async () => {
    const id = await createAccount('Many', '1000.00');
    const mutation = 'mutation ($input: PayInput!) { pay(input: $input) { payment { id } } }';
    for (let number = 1; number <= 25; number += 1) {
      await ask(system.url, mutation, { input: { userId: id, amount: '1', description: `number ${number}` } });
    }
    await eventually(async () => (await settled(id)).descriptions.length === 20);
    const page = await openAccount(id);
    await eventually(async () => (await rows(page).count()) === 20);

    await page.getByRole('button', { name: 'Load more' }).click();
    await eventually(async () => (await rows(page).count()) === 25);
    await ask(system.url, mutation, { input: { userId: id, amount: '1', description: 'by somebody else' } });
    await rows(page).getByText('by somebody else').waitFor();

    const ids = await rows(page).evaluateAll((items) => items.map((item) => item.getAttribute('data-payment-id')));
    expect([ids.length, new Set(ids).size]).toEqual([26, 26]);
    await page.getByText('Failed', { exact: true }).click();
    await page.getByText('No failed payments').waitFor();
  });

  it('an account that does not exist is said so', async () => {
    const page = await browser.newPage();
    await page.goto(`${origin()}#/accounts/999999`);

    await page.getByText('There is no such account').waitFor();
  });
});

const PAGES = ['', 'accounts/1', 'feed', 'charts', 'operator', 'settings'];

/** Waits for the page's heading, and for what it loads. */
async function openPage(page: Page, path: string): Promise<void> {
  await page.goto(`${origin()}#/${path}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await eventually(async () => (await page.locator('.loading').count()) === 0);
}

describe('for everybody', () => {
  it.each(PAGES)(
    'a page scrolls sideways at no width, and axe finds nothing on it, in the light and in the dark: #/%s',
    async (path) => {
      const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      const page = await browser.newPage({ width: 1440, height: 700 });
      await openPage(page, path);
      await page.evaluate(axe);

      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const violations = await page.evaluate<unknown>(
          'axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))',
        );
        expect({ colorScheme, violations }).toEqual({ colorScheme, violations: [] });
      }
      for (const width of [1440, 320]) {
        await page.setViewportSize({ width, height: 700 });
        await eventually(() => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 10_000);
      }
      expect(browser.problems).toEqual([]);
    },
    120_000,
  );

  it('the first page needs less than 200 kB of JavaScript, compressed, and nothing from elsewhere', async () => {
    const page = await browser.newPage();
    const sizes: Promise<number>[] = [];
    page.on('response', (response) => {
      if (/\.js$/.test(new URL(response.url()).pathname)) sizes.push(response.body().then((body) => gzipSync(body).length));
    });

    await page.goto(origin());
    await page.getByText('Willis').waitFor();
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    process.stdout.write(`JavaScript of the first page: ${Math.round(bytes / 1000)} kB compressed\n`);

    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes).toBeLessThan(200_000);
    expect(browser.requestsElsewhere).toEqual([]);
  });

  it('works behind a prefix', async () => {
    await using proxy = await startPrefixProxy(origin(), '/some/prefix/');
    const id = await createAccount('Behind a prefix', '10.00');
    const page = await browser.newPage();

    await page.goto(`${proxy.url}#/accounts/${id}`);
    await fill(page, '1', 'through the proxy');
    await payButton(page).click();
    await outcome(page, 'PROCESSED').waitFor();

    expect(browser.problems).toEqual([]);
  });
});
