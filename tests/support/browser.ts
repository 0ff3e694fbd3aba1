import { chromium, type Page } from 'playwright-core';

/** One Chromium process, of somebody who prefers less motion. Disposing ends it; should this process die first, it ends by itself: its control pipe closes. */
export interface TestBrowser {
  /**
   * A page with its own storage and cookies. Playwright's waits have a limit of a minute: machines are busy with much else, and a wait that is over costs
   * nothing. Closed with the browser, by `closePages` or by `page.context().close()`.
   */
  newPage(options?: PageOptions): Promise<Page>;
  /** Pages that are left open go on asking, listening and drawing: after each test none should be. */
  closePages(): Promise<void>;
  /** Addresses beyond this machine that pages asked for; every one was refused. */
  readonly requestsElsewhere: string[];
  /** Errors on the pages' consoles, blocked by a Content-Security-Policy among them, and uncaught exceptions. Empty it when a test provokes some. */
  readonly problems: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

export interface PageOptions {
  /** CSS pixels. Default 1280 by 800. */
  readonly width?: number;
  readonly height?: number;
  /** What the system prefers. Default light. */
  readonly colorScheme?: 'light' | 'dark';
  /** Default en-US. */
  readonly locale?: string;
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);
const PATIENCE_MS = 60_000;

const FLAGS = [
  '--no-sandbox', // as root there is no other way; the pages are ours
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage', // a container's is small
  // The network is cut for every request of every kind, also where no page can be asked: workers, frames, the browser itself.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]',
];

/** Launches the Chromium that global setup obtained. @throws Error when the test's project has no global setup */
export async function openBrowser(): Promise<TestBrowser> {
  const executablePath = process.env['TEST_CHROMIUM'];
  if (!executablePath) throw new Error('TEST_CHROMIUM is not set: browser tests belong in tests/e2e, whose global setup obtains Chromium');
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const requestsElsewhere: string[] = [];
  const problems: string[] = [];
  const noteAddress = (address: string): void => {
    if (isElsewhere(address)) requestsElsewhere.push(address);
  };

  return {
    requestsElsewhere,
    problems,
    async newPage({ width = 1280, height = 800, colorScheme = 'light', locale = 'en-US' } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale, reducedMotion: 'reduce' }); // drawing what moves keeps a core busy
      context.setDefaultTimeout(PATIENCE_MS);
      context.on('request', (request) => noteAddress(request.url()));
      context.on('console', (message) => {
        if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`);
      });
      context.on('weberror', (error) => problems.push(String(error.error())));
      context.on('page', (page) => page.on('websocket', (socket) => noteAddress(socket.url())));
      return context.newPage();
    },
    async closePages() {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
    },
  };
}

function isElsewhere(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return /^(https?|wss?|ftp):$/.test(protocol) && !LOOPBACK.has(hostname);
}
