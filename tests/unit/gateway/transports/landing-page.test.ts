import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { runInNewContext } from 'node:vm';
import { createLandingPage } from '../../../../gateway/transports/landing-page.ts';
import type { Example } from '../../../../gateway/transports/examples.ts';

/** The page's own script, run as a browser at that address would, once Sandbox's script has come. */
async function openPage(at: string, examples: readonly Example[] = []): Promise<Record<string, unknown> | undefined> {
  let html = '';
  const response = { writeHead: () => response, end: (text: string) => (html = text) };
  const page = createLandingPage({ graphqlPath: new URL(at).pathname, examples: () => examples });
  await page({} as IncomingMessage, response as unknown as ServerResponse);
  const script = [...html.matchAll(/<script nonce="[^"]+">([\s\S]*?)<\/script>/g)].at(-1)?.[1] ?? '';
  let sandbox: Record<string, unknown> | undefined;
  class EmbeddedSandbox {
    constructor(given: Record<string, unknown>) {
      sandbox = given;
    }
  }
  const elements: Record<string, object> = {};
  runInNewContext(script, {
    window: { EmbeddedSandbox },
    location: new URL(at),
    setTimeout: () => 0,
    clearTimeout: () => undefined,
    document: {
      getElementById: (id: string) => (elements[id] ??= {}),
      createElement: () => ({}),
      head: { append: (element: { onload: () => void }) => element.onload() },
    },
  });
  return sandbox;
}

describe('the landing page', () => {
  it('wires Sandbox to the address it was opened at, without its parameters, for subscriptions too', async () => {
    expect(await openPage('http://localhost:4000/graphql?x=1')).toMatchObject({
      initialEndpoint: 'http://localhost:4000/graphql',
      initialSubscriptionEndpoint: 'ws://localhost:4000/graphql',
      runTelemetry: false,
      endpointIsEditable: false,
      initialState: { document: expect.stringContaining('__typename'), includeCookies: false },
    });
  });

  it('uses secure WebSockets behind https', async () => {
    expect((await openPage('https://pay.example/graphql'))?.initialSubscriptionEndpoint).toBe('wss://pay.example/graphql');
  });

  it('opens with the first example and its variables, whatever is in them', async () => {
    const query = '{ a(x: "</script><script>alert(1)</script>\u2028") }';
    const variables = { x: '<!--<script>' };

    const sandbox = await openPage('http://localhost:4000/graphql', [{ name: 'a.graphql', query, variables }]);

    expect(sandbox?.initialState).toMatchObject({ document: query, variables });
  });
});
