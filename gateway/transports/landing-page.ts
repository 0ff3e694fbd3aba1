import { randomBytes } from 'node:crypto';
import type { Example } from './examples.ts';
import { GRAPHIQL_PATH } from './graphiql-page.ts';
import type { HttpHandler } from './graphql-over-http.ts';
import { relativePath } from './relative-path.ts';
import { scriptJson } from './script-json.ts';
import { sendText } from './send.ts';

const SANDBOX_SCRIPT = 'https://embeddable-sandbox.cdn.apollographql.com/v2/embeddable-sandbox.umd.production.min.js';
const SANDBOX_FRAME = 'https://sandbox.embed.apollographql.com';
/** How long its script may take to load before the page offers what needs no network. Should it come later, it is shown all the same. */
const SANDBOX_DEADLINE_MS = 5_000;
const NO_EXAMPLE: Pick<Example, 'query' | 'variables'> = { query: 'query Hello {\n  __typename\n}\n', variables: {} };

export interface LandingPageOptions {
  readonly graphqlPath: string;
  /** Asked at each view of the page; Sandbox opens with the first one. */
  readonly examples: () => readonly Example[];
}

/**
 * Apollo Sandbox for the URL that serves it. The page itself sends the requests that Sandbox asks for, so no CORS is involved.
 * Sandbox's script comes from Apollo's network; without it the page says so and offers GraphiQL in its place, which comes from here.
 */
export function createLandingPage({ graphqlPath, examples }: LandingPageOptions): HttpHandler {
  const ide = relativePath(graphqlPath, `${GRAPHIQL_PATH}/`);
  return (_request, response) => {
    const nonce = randomBytes(16).toString('base64');
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': contentSecurityPolicy(nonce),
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    };
    sendText(response, 200, headers, page(nonce, examples()[0] ?? NO_EXAMPLE, ide));
  };
}

/** Only our own script runs and the one it loads; Sandbox is framed, or our IDE; requests go to this origin, as HTTP and as WebSocket (older browsers want `ws:` named). */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' https://embeddable-sandbox.cdn.apollographql.com`,
    `style-src 'nonce-${nonce}' https://embeddable-sandbox.cdn.apollographql.com`,
    'img-src data:',
    "connect-src 'self' ws: wss:",
    `frame-src 'self' ${SANDBOX_FRAME}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
}

function page(nonce: string, { query, variables }: Pick<Example, 'query' | 'variables'>, ide: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>GraphQL</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">
  html, body { height: 100%; margin: 0; font: 16px/1.5 system-ui, sans-serif; }
  body { display: flex; flex-direction: column; }
  #offline { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; padding: .75rem 1rem; border-bottom: 1px solid #8886; }
  #offline p { margin: 0; }
  #offline button { font: inherit; padding: .4rem 1rem; border: 0; border-radius: .4rem; background: #4338ca; color: #fff; cursor: pointer; }
  #offline button:focus-visible { outline: 3px solid #a5b4fc; outline-offset: 2px; }
  #explorer { flex: 1; position: relative; }
  #explorer > * { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; }
  #explorer iframe { width: 100%; height: 100%; border: 0; background: #fff; }
  [hidden] { display: none !important; }
</style>
</head>
<body>
<div id="offline" role="status" hidden>
  <p>Apollo Sandbox could not be loaded from its network.</p>
  <button id="use-offline" type="button">Use the offline IDE</button>
</div>
<main id="explorer"><div id="sandbox"></div></main>
<noscript><p>This is a GraphQL endpoint. Its explorers need JavaScript; the endpoint does not: POST {"query": "{ __typename }"} as application/json.</p></noscript>
<script nonce="${nonce}">
  const endpoint = location.origin + location.pathname;
  const byId = (id) => document.getElementById(id);
  let offline = false;
  const offer = () => { byId('offline').hidden = false; };
  const deadline = setTimeout(offer, ${SANDBOX_DEADLINE_MS});
  byId('use-offline').onclick = () => {
    offline = true;
    byId('offline').hidden = true;
    const frame = document.createElement('iframe');
    frame.title = 'GraphiQL';
    frame.src = ${scriptJson(ide)};
    byId('explorer').replaceChildren(frame);
  };
  const script = document.createElement('script');
  script.src = '${SANDBOX_SCRIPT}';
  script.onerror = () => { clearTimeout(deadline); offer(); };
  script.onload = () => {
    clearTimeout(deadline);
    if (offline) return;
    byId('offline').hidden = true;
    new window.EmbeddedSandbox({
      target: '#sandbox',
      initialEndpoint: endpoint,
      initialSubscriptionEndpoint: endpoint.replace(/^http/, 'ws'),
      endpointIsEditable: false,
      runTelemetry: false,
      allowDynamicStyles: false,
      hideCookieToggle: false,
      initialState: { document: ${scriptJson(query)}, variables: ${scriptJson(variables)}, includeCookies: false, pollForSchemaUpdates: true },
    });
  };
  document.head.append(script);
</script>
</body>
</html>
`;
}
