import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import { startSystem, type RunningSystem } from '../support/running-system.ts';
import type { ServiceProcess } from '../support/service-process.ts';

let system: RunningSystem;
let browser: TestBrowser;
let users: ServiceProcess;
let payments: ServiceProcess;
let gateway: ServiceProcess;

beforeAll(async () => {
  system = await startSystem('RabbitMQ');
  browser = await openBrowser();
  [users, payments, gateway] = system.processes as [ServiceProcess, ServiceProcess, ServiceProcess];
}, 120_000);

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await system?.[Symbol.asyncDispose]();
});

beforeEach(() => {
  browser.problems.length = 0;
});
afterEach(() => browser?.closePages()); // without a browser the failed start is what to read

/** Another client: it pays at the users service itself, so it can while the gateway is away. */
async function pay(userId: string, ...descriptions: readonly string[]): Promise<void> {
  for (const description of descriptions) {
    await ask(users.url, 'mutation ($input: PayInput!) { pay(input: $input) { payment { id } } }', {
      input: { userId, amount: '1.25', description },
    });
  }
}

/** Waits until these payments of the account have ended. */
async function untilProcessed(userId: string, count: number): Promise<void> {
  const query = 'query ($userId: ID) { payments(userId: $userId, status: PROCESSED, first: 100) { nodes { id } } }';
  await eventually(
    async () => (await ask<{ payments: { nodes: unknown[] } }>(payments.url, query, { userId })).payments.nodes.length === count,
  );
}

async function createAccount(name: string): Promise<string> {
  const { createUser } = await ask<{ createUser: { id: string } }>(
    users.url,
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
    { input: { name, openingBalance: '20000' } },
  );
  return createUser.id;
}

const address = (hash: string): string => new URL(`/${hash}`, gateway.url).href;
const connection = (page: Page) => page.locator('.feed-connection');

async function openFeed(transport: 'multipart' | 'websocket' = 'multipart', given?: Page): Promise<Page> {
  const page = given ?? (await browser.newPage());
  await page.addInitScript({ content: `localStorage.setItem('paygraph.transport', '${transport}')` });
  await page.goto(address('#/feed'));
  await connection(page).getByText('Live', { exact: true }).waitFor();
  return page;
}

/** Descriptions of the rows, newest first. */
function shown(page: Page): Promise<readonly string[]> {
  return page.locator('.feed-row .feed-what').allTextContents();
}

async function expectShown(page: Page, descriptions: readonly string[]): Promise<void> {
  await eventually(async () => (await shown(page)).length >= descriptions.length, 20_000);
  expect([...(await shown(page))].sort()).toEqual([...descriptions].sort());
}

/** How this page's subscriptions to payment events travel: content types of the answers to their POSTs, and frames that came over WebSockets. */
function watchWire(page: Page): { readonly answers: readonly string[]; readonly frames: readonly string[] } {
  const answers: string[] = [];
  const frames: string[] = [];
  page.on('response', (response) => {
    if (/subscription PaymentEvents/.test(response.request().postData() ?? '')) answers.push(response.headers()['content-type'] ?? '');
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).pathname !== '/graphql') return;
    socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
  });
  return { answers, frames };
}

/** Before and after the gateway was away, and nothing over the other transport. */
const expectOnTheWire = {
  multipart({ answers, frames }: ReturnType<typeof watchWire>) {
    expect(answers.filter((type) => type === 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0').length).toBeGreaterThan(1);
    expect(frames).toEqual([]);
  },
  websocket({ answers, frames }: ReturnType<typeof watchWire>) {
    expect(frames.filter((frame) => frame.includes('"type":"connection_ack"')).length).toBeGreaterThan(1);
    for (const description of ['before', 'away 3', 'after'])
      expect(frames).toContainEqual(expect.stringMatching(new RegExp(`"type":"next".*"description":"${description}"`)));
    expect(answers).toEqual([]);
  },
};

const blockedOrThrown = (): readonly string[] => browser.problems.filter((problem) => /Content Security|Error:/.test(problem));

describe.each(['multipart', 'websocket'] as const)('the live feed over %s', (transport) => {
  it('shows what happened while the gateway was killed and started, each once, and says that it resumed', async () => {
    const account = await createAccount('Kilgore');
    const page = await browser.newPage();
    const wire = watchWire(page);
    await openFeed(transport, page);
    await pay(account, 'before');
    await expectShown(page, ['before']);

    await gateway.kill('SIGKILL');
    await connection(page).getByText('Reconnecting since').waitFor();
    await pay(account, 'away 1', 'away 2', 'away 3');
    await untilProcessed(account, 4);
    await gateway.start();
    await connection(page).getByText('caught up: 3 events that you missed').waitFor();
    await pay(account, 'after');

    await expectShown(page, ['before', 'away 1', 'away 2', 'away 3', 'after']);
    expect(await connection(page).textContent()).toContain('Live');
    expect(blockedOrThrown()).toEqual([]);
    expectOnTheWire[transport](wire);
  }, 60_000);
});

describe('the live feed', () => {
  it('shows what happened while this browser was offline', async () => {
    const account = await createAccount('Offline Olga');
    const page = await openFeed();

    await page.context().setOffline(true);
    await connection(page).getByText('Reconnecting since').waitFor();
    await pay(account, 'offline 1', 'offline 2');
    await untilProcessed(account, 2);
    await page.context().setOffline(false);

    await connection(page).getByText('caught up: 2 events that you missed').waitFor();
    await expectShown(page, ['offline 1', 'offline 2']);
  }, 40_000);

  it('goes on where it was when the page is loaded again, and says so', async () => {
    const account = await createAccount('Reloading Rita');
    const page = await openFeed();
    await page.goto('about:blank');
    await pay(account, 'meanwhile');
    await untilProcessed(account, 1);

    await page.goto(address('#/feed'));

    await connection(page).getByText('caught up: 1 event that you missed').waitFor();
    await expectShown(page, ['meanwhile']);
  }, 40_000);

  it('shows one account when asked to, and the charts count them all', async () => {
    const [one, other] = [await createAccount('Filter One'), await createAccount('Filter Other')];
    const page = await openFeed();
    await pay(one, 'of one');
    await pay(other, 'of other');
    await expectShown(page, ['of one', 'of other']);

    await page.getByLabel('Account').selectOption(other);
    await expectShown(page, ['of other']);

    await page.getByRole('link', { name: 'Charts' }).click();
    await page.getByRole('img', { name: 'Payments per minute in the last 30 minutes: 2 processed, 0 failed' }).waitFor();
    await page.getByRole('img', { name: /2\.50 in all/ }).waitFor();
    await pay(one, 'once more');
    await page.getByRole('img', { name: 'Payments per minute in the last 30 minutes: 3 processed, 0 failed' }).waitFor();
    expect(blockedOrThrown()).toEqual([]);
  }, 40_000);

  it('tells how long an outcome took for this browser', async () => {
    const account = await createAccount('Measured Mia');
    const page = await browser.newPage();
    await page.goto(address(`#/accounts/${account}`));
    const form = page.locator('form', { has: page.getByLabel('Description') });
    await form.getByLabel('Amount').fill('2.50');
    await form.getByRole('button', { name: 'Pay' }).click();
    await page.locator('[data-outcome="PROCESSED"]').waitFor();

    await page.getByRole('link', { name: 'Charts' }).click();

    await page.getByRole('img', { name: /outcome of 1 payments? made in this browser: p50 .+, p95 / }).waitFor();
  }, 40_000);

  it('stays smooth with 10,000 events, and stands still while somebody reads', async () => {
    const page = await browser.newPage();
    await serveEvents(page, 10_000);
    await page.goto(address('#/feed'));
    await page.locator('.feed-row[aria-setsize="10000"]').first().waitFor();
    expect(await page.locator('.feed-row').count()).toBeLessThan(60);

    // 17 ms when the machine is quiet. Other tests may have it; a page that is slow by itself is so each time.
    await eventually(async () => {
      const frames = await page.evaluate<number[]>(SCROLL_THROUGH);
      frames.sort((one, other) => one - other);
      return (frames[Math.floor(frames.length / 2)] ?? Infinity) < 50;
    });
    expect(await page.locator('.feed-row').count()).toBeLessThan(60);
    await page.getByText('The list stands still while you read').waitFor();

    await page.locator('.feed-list').evaluate((list) => list.scrollTo({ top: list.scrollHeight }));
    await page.locator('.feed-row[aria-posinset="10000"]').waitFor();
    await page.getByRole('button', { name: 'Show the newest' }).click();
    await page.locator('.feed-row[aria-posinset="1"]').focus();
    await page.keyboard.press('End');
    await page.locator('.feed-row[aria-posinset="10000"]:focus').waitFor();
    await page.keyboard.press('Home');
    await page.locator('.feed-row[aria-posinset="1"]:focus').waitFor();
  }, 60_000);

  it('says when the server does not know its place any more, and goes on from now when told', async () => {
    const account = await createAccount('Refused Rick');
    const page = await browser.newPage();
    await page.addInitScript({
      content: `sessionStorage['paygraph.feed'] ??= JSON.stringify({ cursor: 'nonsense', at: Date.now() - 1000 })`,
    });
    await page.goto(address('#/feed'));

    await page.getByRole('button', { name: 'Go on from now' }).click();
    await connection(page).getByText('Live', { exact: true }).waitFor();
    await pay(account, 'anew');

    await expectShown(page, ['anew']);
  }, 40_000);
});

/** Run in the page: scrolls for 60 frames, 400 pixels each, and gives how long each frame took in milliseconds. */
const SCROLL_THROUGH = `new Promise((resolve) => {
  const list = document.querySelector('.feed-list');
  const frames = [];
  let last = performance.now();
  const next = (now) => {
    frames.push(now - last);
    last = now;
    list.scrollBy({ top: 400 });
    if (frames.length < 60) requestAnimationFrame(next);
    else resolve(frames.slice(1));
  };
  requestAnimationFrame(next);
})`;

/** Answers this page's subscription with so many events at once, in the place of the gateway; the next subscription stays open and silent. */
async function serveEvents(page: Page, count: number): Promise<void> {
  let served = false;
  await page.route('**/graphql', async (route) => {
    const { operationName } = (route.request().postDataJSON() ?? {}) as { operationName?: string };
    if (operationName === 'NewestPaymentEvent')
      return route.fulfill({ json: { data: { paymentEventsCursor: served ? `c${count}` : 'c0' } } });
    if (operationName !== 'PaymentEvents') return route.continue();
    if (served) return; // open, and nothing comes
    served = true;
    const parts = Array.from({ length: count }, (_, index) => toPart(index + 1)).join('');
    await route.fulfill({
      headers: { 'content-type': 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0' },
      body: `\r\n--graphql${parts}--\r\n`,
    });
  });
}

function toPart(number: number): string {
  const occurredAt = new Date().toISOString();
  const money = { __typename: 'Money', amount: '12.50', currency: 'MXN' };
  const user = { __typename: 'User', id: '1', name: 'Willis', balance: money };
  const payment = {
    __typename: 'Payment',
    id: `p${number}`,
    status: number % 9 === 0 ? 'FAILED' : 'PROCESSED',
    failureReason: number % 9 === 0 ? 'LIMIT_EXCEEDED' : null,
    amount: money,
    description: `event ${number}`,
    requestedAt: occurredAt,
    processedAt: occurredAt,
    user,
  };
  const event = { __typename: 'PaymentEvent', cursor: `c${number}`, occurredAt, payment };
  return `\r\ncontent-type: application/json\r\n\r\n${JSON.stringify({ payload: { data: { paymentProcessed: event } } })}\r\n--graphql`;
}
