import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { runInNewContext } from 'node:vm';
import { sendLandingPage } from '../../../../gateway/transports/landing-page.ts';

/** The page's own script, run as a browser at that address would. */
function openPage(
  at: string,
  options: { document?: string; withSandbox: boolean },
): { sandbox: Record<string, unknown> | undefined; shown: Record<string, { hidden?: boolean; textContent?: string }> } {
  let html = '';
  const response = { writeHead: () => response, end: (text: string) => (html = text) };
  sendLandingPage(
    {} as IncomingMessage,
    response as unknown as ServerResponse,
    ...(options.document === undefined ? [] : [options.document]),
  );
  const script = [...html.matchAll(/<script nonce="[^"]+">([\s\S]*?)<\/script>/g)].at(-1)?.[1] ?? '';
  const shown: Record<string, { hidden?: boolean; textContent?: string }> = {};
  let sandbox: Record<string, unknown> | undefined;
  class EmbeddedSandbox {
    constructor(given: Record<string, unknown>) {
      sandbox = given;
    }
  }
  runInNewContext(script, {
    window: options.withSandbox ? { EmbeddedSandbox } : {},
    location: new URL(at),
    document: { getElementById: (id: string) => (shown[id] ??= {}) },
  });
  return { sandbox, shown };
}

describe('the landing page', () => {
  it('wires Sandbox to the address it was opened at, without its parameters, for subscriptions too', () => {
    const { sandbox } = openPage('http://localhost:4000/graphql?x=1', { withSandbox: true });

    expect(sandbox).toMatchObject({
      initialEndpoint: 'http://localhost:4000/graphql',
      initialSubscriptionEndpoint: 'ws://localhost:4000/graphql',
      runTelemetry: false,
      endpointIsEditable: false,
      initialState: { document: expect.stringContaining('__typename'), includeCookies: false },
    });
  });

  it('uses secure WebSockets behind https', () => {
    expect(openPage('https://pay.example/graphql', { withSandbox: true }).sandbox?.initialSubscriptionEndpoint).toBe(
      'wss://pay.example/graphql',
    );
  });

  it('shows lines that work in a shell when Sandbox cannot be loaded', () => {
    const { shown } = openPage('http://localhost:4000/graphql', { withSandbox: false });

    expect(shown.sandbox?.hidden).toBe(true);
    expect(shown.offline?.hidden).toBe(false);
    expect(shown.examples?.textContent).toContain(
      `curl -s http://localhost:4000/graphql -H 'content-type: application/json' -d '{"query":"{ __typename }"}'`,
    );
  });

  it('opens with any document, whatever is in it', () => {
    const document = '{ a(x: "</script><script>alert(1)</script>\u2028") }';

    expect(openPage('http://localhost:4000/graphql', { document, withSandbox: true }).sandbox?.initialState).toMatchObject({ document });
  });
});
