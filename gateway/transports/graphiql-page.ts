import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createAsset, sendAsset, type Asset } from './asset.ts';
import type { Example } from './examples.ts';
import type { HttpHandler } from './graphql-over-http.ts';
import { pathOf } from './http-routes.ts';
import { refuse } from './refuse.ts';
import { relativePath } from './relative-path.ts';
import { scriptJson } from './script-json.ts';
import { sendText } from './send.ts';

export const GRAPHIQL_PATH = '/graphiql';

/** No inline script, no eval, no other host. Its editor writes style elements while it runs, so styles have to be free. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

/** GraphiQL keeps tabs in the browser's storage; the examples are what a browser gets that was never here. `?subscriptions=sse` is for proxies that let no WebSocket through. */
const BOOT = `
const { endpoint, workers, tabs } = JSON.parse(document.getElementById('options').textContent);
self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_module, label) => new URL(workers[label], document.baseURI).href };
YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), {
  endpoint: new URL(endpoint, document.baseURI).href,
  subscriptionsProtocol: new URLSearchParams(location.search).get('subscriptions') === 'sse' ? 'SSE' : 'WS',
  ...(tabs.length > 0 && { defaultTabs: tabs }),
  ...(tabs.length > 0 && localStorage.getItem('graphiql:tabState') === null && { variables: tabs[0].variables }),
  title: 'GraphiQL',
  logo: '',
  onEditQuery: () => undefined,
});
`;
const LAYOUT = 'html, body, #root { height: 100%; margin: 0; } body { overflow: hidden; }';

export interface GraphiqlPageOptions {
  readonly graphqlPath: string;
  /** Asked at each view of the page. */
  readonly examples: () => readonly Example[];
}

/**
 * GraphiQL as this product brings it along: page, scripts and workers come from here, and nothing leaves the machine.
 * Answers at `/graphiql`, where its files are too, and its page may be answered at any other path.
 */
export function createGraphiqlPage({ graphqlPath, examples }: GraphiqlPageOptions): HttpHandler {
  let loading: Promise<Files> | undefined;
  const load = (): Promise<Files> =>
    (loading ??= loadFiles().catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));

  return async (request, response) => {
    const path = pathOf(request);
    const isFile = path.startsWith(`${GRAPHIQL_PATH}/`) && path.length > GRAPHIQL_PATH.length + 1;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      throw refuse('METHOD_NOT_ALLOWED', `expected GET, got ${request.method}; GraphQL is at ${graphqlPath}`);
    }
    const { assets, names } = await load();
    const asset = isFile ? assets.get(path.slice(GRAPHIQL_PATH.length + 1)) : undefined;
    if (asset) return sendAsset(request, response, asset);
    if (isFile) throw refuse('NOT_FOUND', `there is nothing at ${path.slice(0, 200)}; GraphiQL is at ${GRAPHIQL_PATH}`);
    sendPage(request, response, render(path, graphqlPath, names, examples()));
  };
}

interface Files {
  readonly assets: ReadonlyMap<string, Asset>;
  /** By what they are, the names of assets: they hold a hash, so that browsers may keep them for good. */
  readonly names: Readonly<Record<'script' | 'style' | 'layout' | 'boot' | 'editorWorkerService' | 'json' | 'graphql' | 'icon', string>>;
}

/** Imported at the first use: it is 9 MB of text. */
async function loadFiles(): Promise<Files> {
  const { js, css, favicon, editorWorkerService, jsonWorker, graphqlWorker } = await import('@graphql-yoga/render-graphiql/graphiql');
  const assets = new Map<string, Asset>();
  const add = (name: string, extension: string, type: string, content: string | Buffer): string => {
    const body = Buffer.from(content);
    const file = `${name}-${createHash('sha256').update(body).digest('hex').slice(0, 12)}.${extension}`;
    const headers = { 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable', 'content-security-policy': POLICY };
    assets.set(file, createAsset(body, headers));
    return file;
  };
  const addScript = (name: string, content: string): string => add(name, 'js', 'text/javascript; charset=utf-8', content);
  const names = {
    script: addScript('graphiql', js),
    style: add('graphiql', 'css', 'text/css; charset=utf-8', css),
    layout: add('layout', 'css', 'text/css; charset=utf-8', LAYOUT),
    boot: addScript('boot', BOOT),
    editorWorkerService: addScript('editor-worker', editorWorkerService),
    json: addScript('json-worker', jsonWorker),
    graphql: addScript('graphql-worker', graphqlWorker),
    icon: add('favicon', 'ico', 'image/x-icon', Buffer.from(favicon.slice(favicon.indexOf(',') + 1), 'base64')),
  };
  return { assets, names };
}

function render(path: string, graphqlPath: string, names: Files['names'], examples: readonly Example[]): string {
  const at = (name: string): string => relativePath(path, `${GRAPHIQL_PATH}/${name}`);
  const options = {
    endpoint: relativePath(path, graphqlPath),
    workers: { editorWorkerService: at(names.editorWorkerService), json: at(names.json), graphql: at(names.graphql) },
    tabs: examples.map(({ query, variables }) => ({
      query,
      variables: Object.keys(variables).length === 0 ? null : JSON.stringify(variables, null, 2),
      headers: null,
    })),
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GraphiQL</title>
<link rel="icon" href="${at(names.icon)}">
<link rel="stylesheet" href="${at(names.style)}">
<link rel="stylesheet" href="${at(names.layout)}">
</head>
<body>
<div id="root"></div>
<noscript><p>GraphiQL needs JavaScript; the endpoint does not: POST {"query": "{ __typename }"} as application/json.</p></noscript>
<script type="application/json" id="options">${scriptJson(options)}</script>
<script src="${at(names.script)}"></script>
<script src="${at(names.boot)}"></script>
</body>
</html>
`;
}

function sendPage(request: IncomingMessage, response: ServerResponse, html: string): void {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': POLICY,
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  };
  sendText(response, 200, headers, request.method === 'HEAD' ? '' : html);
}
