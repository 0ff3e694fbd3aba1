import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { FrameLocator, Page } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { startSystem, type RunningSystem } from '../support/running-system.ts';

const SANDBOX_SCRIPT = 'https://embeddable-sandbox.cdn.apollographql.com/**';
const PAY = `mutation { pay(input: { userId: "2", amount: "1.00" }) { payment { id } } }`;

describe('the explorers, with the network cut', () => {
  let system: RunningSystem;
  let browser: TestBrowser;
  beforeAll(async () => {
    [system, browser] = await Promise.all([startSystem('embedded broker'), openBrowser()]);
  }, 120_000);
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await system?.[Symbol.asyncDispose]();
  });

  const at = (path: string): string => new URL(path, system.url).href;
  const openIde = async (path = '/graphiql', onOpened: (page: Page) => void = () => undefined): Promise<Page> => {
    const page = await browser.newPage();
    onOpened(page);
    await page.goto(at(path));
    await tab(page, 'Pay').waitFor();
    return page;
  };
  const tab = (page: Page | FrameLocator, name: string) => page.getByRole('tab', { name: new RegExp(`^${name}\\b`) });
  /**
   * Its tabs move into place while the page loads, and a press on one that moves counts as a drag. And it takes a moment until it knows which
   * operation is in the tab now; it stores the tabs when it does.
   */
  const choose = (page: Page | FrameLocator, name: string) =>
    eventually(
      async () => {
        if ((await tab(page, name).getAttribute('aria-selected')) !== 'true')
          await tab(page, name).getByRole('button', { name, exact: true }).click();
        const stored: unknown = await page.locator('body').evaluate(`localStorage.getItem('graphiql:tabState') ?? '{"tabs":[]}'`);
        const { tabs, activeTabIndex } = JSON.parse(String(stored)) as { tabs: { operationName: string | null }[]; activeTabIndex: number };
        return tabs[activeTabIndex]?.operationName === name;
      },
      20_000,
      200,
    );
  const play = (page: Page | FrameLocator) => page.locator('.graphiql-execute-button').click();
  const answer = (page: Page | FrameLocator, text: RegExp) => page.locator('.result-window').filter({ hasText: text }).waitFor();
  const showsPayments = async (page: Page): Promise<void> => {
    await choose(page, 'PaymentProcessed');
    await play(page);
    await eventually(
      async () => {
        await ask(system.url, PAY);
        return page.locator('.result-window').getByText('"PROCESSED"', { exact: true }).first().isVisible();
      },
      20_000,
      500,
    );
  };

  /** One page for all of them, as one person would go on in it: to load it takes longer than what is done in it. */
  describe('GraphiQL', () => {
    const sockets: string[] = [];
    let page: Page;
    beforeAll(async () => {
      browser.problems.length = 0;
      browser.requestsElsewhere.length = 0;
      page = await openIde('/graphiql', (opened) => opened.on('websocket', (socket) => sockets.push(socket.url())));
    });
    afterAll(() => browser?.closePages()); // without a browser the failed start is what to read

    it('runs its example mutation and query at the first press, and nothing leaves the machine', async () => {
      await tab(page, 'Deposit').waitFor(); // the last one: the schema has an answer for all of them

      await play(page);
      await answer(page, /"status":\s*"PENDING"/);
      await choose(page, 'UsersPage');
      await play(page);
      await answer(page, /"users"[^]*"name":\s*"Willis"/);

      expect(browser.requestsElsewhere).toEqual([]);
      expect(browser.problems).toEqual([]);
    });

    it('shows a payment as it is processed in a subscription, over a WebSocket', async () => {
      await showsPayments(page);

      expect(sockets).toEqual([expect.stringMatching(/^ws:/)]);
    });

    it('comes back to the tab it was left on', async () => {
      await choose(page, 'Processing');
      await eventually(
        async () => (await page.evaluate<number>(`JSON.parse(localStorage.getItem('graphiql:tabState')).activeTabIndex`)) === 5,
        10_000,
      );

      await page.reload();

      await tab(page, 'Processing').and(page.locator('[aria-selected=true]')).waitFor();
    });
  });

  it('a subscription in GraphiQL shows a payment as it is processed, over server-sent events', async () => {
    const sockets: string[] = [];
    const page = await openIde('/graphiql?subscriptions=sse', (opened) => opened.on('websocket', (socket) => sockets.push(socket.url())));

    await showsPayments(page);

    expect(sockets).toEqual([]);
    await browser.closePages();
  });

  describe('the landing page', () => {
    afterEach(() => browser?.closePages()); // without a browser the failed start is what to read

    it('the landing page says in one line that Sandbox cannot be loaded, and opens the offline IDE in its place', async () => {
      const page = await browser.newPage();
      await page.goto(at('/graphql'));

      await page.getByText('Apollo Sandbox could not be loaded from its network.').waitFor();
      await page.getByRole('button', { name: 'Use the offline IDE' }).click();

      const ide = page.frameLocator('iframe[title=GraphiQL]');
      await choose(ide, 'UserPage');
      await play(ide);
      await answer(ide, /"user"[^]*"pendingPayments"/);
      expect(page.url()).toBe(at('/graphql'));
    });

    it('the landing page offers the offline IDE when the network of Sandbox hangs', async () => {
      const page = await browser.newPage();
      await page.route(SANDBOX_SCRIPT, () => undefined);
      await page.goto(at('/graphql'), { waitUntil: 'commit' });

      await page.getByRole('button', { name: 'Use the offline IDE' }).waitFor();
    }, 30_000);

    it('Sandbox, when it can be loaded, opens with an example of this graph and its variables', async () => {
      const page = await browser.newPage();
      await page.route(SANDBOX_SCRIPT, (route) =>
        route.fulfill({
          contentType: 'text/javascript',
          body: 'window.EmbeddedSandbox = class { constructor(given) { window.given = given; } };',
        }),
      );
      await page.goto(at('/graphql'));

      const given = await (await page.waitForFunction('window.given')).jsonValue();

      expect(given).toMatchObject({
        initialEndpoint: system.url,
        initialSubscriptionEndpoint: system.url.replace('http', 'ws'),
        runTelemetry: false,
        initialState: { document: expect.stringContaining('mutation Pay'), variables: { userId: '1', amount: '25.00' } },
      });
      await expect(page.getByRole('button', { name: 'Use the offline IDE' }).isVisible()).resolves.toBe(false);
    }, 30_000);
  });

  it('the web client is served at / with the address of GraphQL, under a policy without inline scripts', async () => {
    const response = await fetch(at('/'));

    expect(response.headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(await response.text()).toContain('<meta name="graphql-endpoint" content="graphql"');
  });
});
