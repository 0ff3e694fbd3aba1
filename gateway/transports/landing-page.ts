import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendText } from './send.ts';

const SANDBOX_SCRIPT = 'https://embeddable-sandbox.cdn.apollographql.com/v2/embeddable-sandbox.umd.production.min.js';
const SANDBOX_FRAME = 'https://sandbox.embed.apollographql.com';

/**
 * Apollo Sandbox for the URL that serves it. The page itself sends the requests that Sandbox asks for, so no CORS is involved.
 * Sandbox's script comes from Apollo's network; without it the page says so and shows what works without.
 * @param document the operation that Sandbox opens with; default: what the schema is asked first
 */
export function sendLandingPage(_request: IncomingMessage, response: ServerResponse, document = 'query Hello {\n  __typename\n}\n'): void {
  const nonce = randomBytes(16).toString('base64');
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': contentSecurityPolicy(nonce),
    'referrer-policy': 'same-origin',
  };
  sendText(response, 200, headers, page(nonce, document));
}

/** Only our two scripts run, only Sandbox is framed; requests go to this origin, as HTTP and as WebSocket (older browsers want `ws:` named). */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' https://embeddable-sandbox.cdn.apollographql.com`,
    `style-src 'nonce-${nonce}' https://embeddable-sandbox.cdn.apollographql.com`,
    "connect-src 'self' ws: wss:",
    `frame-src ${SANDBOX_FRAME}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
}

function page(nonce: string, document: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GraphQL</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">
  body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
  #sandbox { position: absolute; inset: 0; }
  #sandbox iframe { width: 100%; height: 100%; border: 0; background: #fff; }
  #offline { max-width: 60rem; margin: 0 auto; padding: 2rem; }
  pre { padding: 1rem; overflow-x: auto; background: #f2f2f2; color: #111; }
</style>
</head>
<body>
<div id="sandbox"></div>
<div id="offline" hidden>
  <h1>This is a GraphQL endpoint</h1>
  <p>Apollo Sandbox could not be loaded from its network; this machine may be offline. The endpoint works all the same:</p>
  <pre id="examples"></pre>
</div>
<noscript><p>This is a GraphQL endpoint. Apollo Sandbox needs JavaScript; the endpoint does not: POST {"query": "{ __typename }"} as application/json.</p></noscript>
<script nonce="${nonce}" src="${SANDBOX_SCRIPT}"></script>
<script nonce="${nonce}">
  const endpoint = location.origin + location.pathname;
  const subscriptions = endpoint.replace(/^http/, 'ws');
  if (window.EmbeddedSandbox) {
    new window.EmbeddedSandbox({
      target: '#sandbox',
      initialEndpoint: endpoint,
      initialSubscriptionEndpoint: subscriptions,
      endpointIsEditable: false,
      runTelemetry: false,
      allowDynamicStyles: false,
      hideCookieToggle: false,
      initialState: { document: ${scriptText(document)}, includeCookies: false, pollForSchemaUpdates: true },
    });
  } else {
    document.getElementById('sandbox').hidden = true;
    document.getElementById('offline').hidden = false;
    document.getElementById('examples').textContent = [
      "curl -s " + endpoint + " -H 'content-type: application/json' -d '{\\"query\\":\\"{ __typename }\\"}'",
      '',
      '# a subscription: server-sent events, until Ctrl-C',
      "curl -sN " + endpoint + " -H 'content-type: application/json' -H 'accept: text/event-stream' -d '{\\"query\\":\\"subscription { … }\\"}'",
      '',
      '# or over WebSocket, subprotocol graphql-transport-ws',
      subscriptions,
    ].join('\\n');
  }
</script>
</body>
</html>
`;
}

/** A string that may stand inside a script element. */
function scriptText(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
