import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { connectAmqpBroker } from '../../platform/messaging/amqp-broker.ts';
import type { Broker } from '../../platform/messaging/broker.ts';
import { COMMANDS_EXCHANGE, PAYMENT_TOPOLOGY } from '../../subgraphs/payment-topology.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import type { TestVhost } from '../support/rabbitmq-management.ts';
import { createTestVhost } from '../support/rabbitmq.ts';
import { startSystem, type RunningSystem } from '../support/running-system.ts';

describe('the operator page', () => {
  let vhost: TestVhost;
  let system: RunningSystem;
  let browser: TestBrowser;
  let stranger: Broker;
  let page: Page;

  beforeAll(async () => {
    vhost = await createTestVhost();
    [system, browser] = await Promise.all([startSystem('RabbitMQ', { AMQP_URL: vhost.url }), openBrowser()]);
    stranger = connectAmqpBroker({ urls: [vhost.url], name: 'stranger', logger: silentLogger });
    await eventually(() => stranger.connected);
    await stranger.declare(PAYMENT_TOPOLOGY);
  }, 120_000);
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await stranger?.stop(Date.now() + 1_000);
    await system?.[Symbol.asyncDispose]();
    await vhost?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    page = await openPage();
  }, 30_000);
  afterEach(async () => {
    await browser?.closePages();
    expect(browser?.problems).toEqual([]);
    expect(browser?.requestsElsewhere).toEqual([]);
  });

  const openPage = async (options: { width?: number; height?: number; colorScheme?: 'light' | 'dark' } = {}): Promise<Page> => {
    const opened = await browser.newPage(options);
    await opened.goto(new URL('/#/operator', system.url).href);
    await figure(opened, 'Processing').getByText('Running').waitFor();
    return opened;
  };
  const figure = (on: Page, label: string) => on.locator('.stat', { has: on.getByText(label, { exact: true }) });
  const letters = () => page.getByRole('article');
  const dialog = () => page.getByRole('dialog');
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const answer = (name: string) => dialog().getByRole('button', { name, exact: true }).click();
  const pay = async (): Promise<string> =>
    (
      await ask<{ pay: { payment: { id: string } } }>(
        system.url,
        'mutation { pay(input: { userId: "1", amount: "1.00" }) { payment { id } } }',
      )
    ).pay.payment.id;
  const isProcessed = async (id: string): Promise<boolean> =>
    (await ask<{ payment: unknown }>(system.url, `{ payment(id: "${id}") { id } }`)).payment !== null;
  const publishPoison = (body: string): Promise<void> =>
    stranger.publish(
      COMMANDS_EXCHANGE,
      'payment.requested.v1',
      {
        body: Buffer.from(body),
        contentType: 'text/plain',
        messageId: '',
        correlationId: '',
        type: '',
        timestamp: 0,
        appId: '',
        headers: {},
      },
      { mandatory: true },
    );

  it('pauses, shows what waits, and resumes; nothing happens when the question is answered with no', async () => {
    await button('Pause processing').click();
    await answer('Cancel');
    await dialog().waitFor({ state: 'hidden' });
    await figure(page, 'Processing').getByText('Running').waitFor();

    await button('Pause processing').click();
    await answer('Pause');
    await figure(page, 'Processing').getByText('Paused').waitFor();
    await page.getByText('Payments are accepted and wait in the queue').waitFor();
    const id = await pay();
    await figure(page, 'Waiting').getByText('1', { exact: true }).waitFor();
    expect(await isProcessed(id)).toBe(false);

    await button('Resume processing').click();
    await answer('Resume');
    await figure(page, 'Processing').getByText('Running').waitFor();
    await eventually(() => isProcessed(id), 20_000);
    await figure(page, 'Waiting').getByText('0', { exact: true }).waitFor();
  });

  it('shows poison with its reason and contents; sent back it is set aside again', async () => {
    await page.getByText('Nothing was set aside').waitFor();

    await publishPoison('{"half": <script>alert(1)</script>');
    await letters().first().waitFor();
    await letters().getByText('Contents').click();
    const text = await letters().innerText();
    const firstTime = await letters().locator('time').first().getAttribute('datetime');
    await letters().getByRole('button', { name: 'Re-drive' }).click();
    await answer('Cancel');
    await letters().getByRole('button', { name: 'Re-drive' }).click();
    await answer('Re-drive');

    expect(text).toContain('MESSAGE_MALFORMED');
    expect(text).toContain('the message is not JSON');
    expect(text).toContain('payments.requested');
    expect(text).toContain('{"half": <script>alert(1)</script>');
    await eventually(async () => (await letters().locator('time').first().getAttribute('datetime')) !== firstTime, 20_000);
    expect(await letters().count()).toBe(1);
  });

  it('lists many in pages, and sends all of them back', async () => {
    for (let number = 1; number <= 12; number += 1) await publishPoison(`poison ${number}`);
    await figure(page, 'Set aside').getByText('13', { exact: true }).waitFor();
    await eventually(async () => (await letters().count()) === 10);

    await button('Next').click();
    await eventually(async () => (await letters().count()) === 3);
    await button('Previous').click();
    await eventually(async () => (await letters().count()) === 10);
    const firstTime = await letters().locator('time').first().getAttribute('datetime');
    await button('Re-drive all').click();
    await dialog().getByText('Re-drive 13 messages?').waitFor();
    await answer('Re-drive all');
    await dialog().waitFor({ state: 'hidden' });

    await figure(page, 'Set aside').getByText('13', { exact: true }).waitFor(); // still poison
    await eventually(async () => (await letters().locator('time').first().getAttribute('datetime')) !== firstTime, 20_000);
  });

  it('discards one for a reason, which is kept; what was typed stays when it is refused', async () => {
    const DISCARDED = '{ discardedDeadLetters { nodes { reason discardedBy payloadPreview } } }';
    const discard = () => letters().first().getByRole('button', { name: 'Discard' });
    const reason = () => dialog().getByLabel('Reason');
    await figure(page, 'Set aside').getByText('13', { exact: true }).waitFor();
    const contents = await letters().first().locator('pre').textContent();

    await discard().click();
    await answer('Discard');
    const complaint = await dialog().getByText('Say why, in at least 3 characters.').textContent();
    expect(await reason().evaluate((control) => control === document.activeElement)).toBe(true);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'hidden' });
    const focusAfterNo = await focused();

    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('OperatorDiscard')) await held;
      await route.continue();
    });
    await page.keyboard.press('Enter');
    expect(await reason().inputValue()).toBe('');
    await page.keyboard.type('a test message');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Ana');
    await page.keyboard.press('Enter');
    await eventually(() => dialog().getByRole('button', { name: 'Cancel' }).isDisabled());
    await page.keyboard.press('Escape');
    expect([await dialog().isVisible(), await reason().isEditable()]).toEqual([true, false]);
    letGo();
    await dialog().waitFor({ state: 'hidden' });

    await figure(page, 'Set aside').getByText('12', { exact: true }).waitFor();
    expect(complaint).not.toBe('');
    expect(focusAfterNo).toBe('Discard');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Messages that were set aside');
    expect(await ask(system.url, DISCARDED)).toEqual({
      discardedDeadLetters: { nodes: [{ reason: 'a test message', discardedBy: 'Ana', payloadPreview: contents }] },
    });

    await discard().click();
    await reason().fill('no longer wanted');
    const { deadLetters } = await ask<{ deadLetters: { nodes: { id: string }[] } }>(
      system.url,
      '{ deadLetters(first: 1) { nodes { id } } }',
    );
    await ask(system.url, 'mutation ($id: ID!) { discardDeadLetter(id: $id, reason: "by another") { paused } }', deadLetters.nodes[0]);
    await answer('Discard');
    await dialog().getByText('This message is not there any more').waitFor();
    expect(await reason().inputValue()).toBe('no longer wanted');
    await answer('Cancel');
    await figure(page, 'Set aside').getByText('11', { exact: true }).waitFor();
  });

  it('can be worked with the keyboard alone', async () => {
    await letters().first().waitFor();
    await button('Pause processing').focus();
    await page.keyboard.press('Enter');
    await dialog().waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'hidden' });
    expect(await focused()).toBe('Pause processing');

    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Re-drive all');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Re-drive');
    await page.keyboard.press('Enter');
    await dialog().waitFor();
    await page.keyboard.press('Tab');
    if ((await focused()) !== 'Re-drive') await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialog().waitFor({ state: 'hidden' });

    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Messages that were set aside');
  });

  it.each([
    [320, 'light'],
    [1440, 'dark'],
  ] as const)(
    'fits %p pixels, %s',
    async (width, colorScheme) => {
      const other = await openPage({ width, height: 900, colorScheme });
      await other.getByRole('article').first().waitFor();

      const overflow = await other.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      await other.context().close();

      expect(overflow).toBe(0);
    },
    30_000,
  );

  it('does not ask while its tab is hidden, and asks at once when it is seen again', async () => {
    const asked: number[] = [];
    page.on('request', (request) => {
      if (request.postData()?.includes('OperatorProcessing')) asked.push(Date.now());
    });
    await eventually(() => asked.length >= 2, 10_000);

    await hide(true);
    const before = asked.length;
    await page.waitForTimeout(3_000); // longer than a poll: that nothing is asked can only be seen by waiting
    const whileHidden = asked.length - before;
    await hide(false);

    expect(whileHidden).toBe(0);
    await eventually(() => asked.length > before, 1_500);
  }, 40_000);

  const focused = (): Promise<string | undefined> => page.evaluate(() => document.activeElement?.textContent?.trim());
  /** As the browser says it when somebody looks at another tab. */
  const hide = (hidden: boolean): Promise<void> =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
});
