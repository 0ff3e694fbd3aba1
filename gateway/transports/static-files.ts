import { readdir, readFile, stat } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { ConfigError, toMessage } from '../../platform/foundation/errors.ts';
import { createAsset, sendAsset, type Asset } from './asset.ts';
import type { HttpHandler } from './graphql-over-http.ts';
import { pathOf } from './http-routes.ts';
import { refuse } from './refuse.ts';
import { relativePath } from './relative-path.ts';

const MAX_FILES = 2_000;
const MAX_BYTES = 64 * 1024 * 1024;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.xml': 'application/xml; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.pdf': 'application/pdf',
};

/** Nothing but the client's own files runs; requests go to this origin, as HTTP and as WebSocket (older browsers want `ws:` named). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self' ws: wss:",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

/** As bundlers name what never changes: `assets/index-BkXa12_9.js`, `static/js/main.0f3c9b21.js`. */
const HASHED = /^(assets|static)\/.*[-.](?=[\w-]*[0-9A-Z])[\w-]{8,}\.\w+$/;
const META = /<meta\b[^>]*\bname=["']?graphql-endpoint\b[^>]*>/i;

/**
 * Serves a built web client from memory: all its files are read here, so a request can name nothing else, whatever it says.
 * Links and files whose name begins with a dot are left out. The page is `index.html`, at `/`; when it has
 * `<meta name="graphql-endpoint" content="…">`, the gateway's path stands there, relative to the page.
 * @throws ConfigError CLIENT_INVALID when there is no such folder, no index.html in it, or more than 2,000 files or 64 MiB
 */
export async function readStaticFiles(folder: string, { graphqlPath }: { readonly graphqlPath: string }): Promise<HttpHandler> {
  const contents = await readFolder(folder);
  const page = contents.get('index.html');
  if (!page) throw invalid(folder, 'there is no index.html in it');
  contents.set('index.html', Buffer.from(withEndpoint(page.toString('utf8'), relativePath('/', graphqlPath))));

  const assets = new Map<string, Asset>();
  for (const [name, body] of contents) assets.set(`/${name}`, createAsset(body, headersOf(name)));
  const index = assets.get('/index.html');
  if (index) assets.set('/', index);

  return (request, response) => {
    const path = pathOf(request);
    const asset = assets.get(decoded(path));
    if (!asset) throw refuse('NOT_FOUND', `there is nothing at ${path.slice(0, 200)}; GraphQL is at ${graphqlPath}`);
    if (request.method === 'GET' || request.method === 'HEAD') return sendAsset(request, response, asset);
    response.setHeader('allow', 'GET, HEAD');
    throw refuse('METHOD_NOT_ALLOWED', `expected GET, got ${request.method}; GraphQL is at ${graphqlPath}`);
  };
}

async function readFolder(folder: string): Promise<Map<string, Buffer>> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter(
        (path) =>
          !relative(folder, path)
            .split(sep)
            .some((part) => part.startsWith('.')),
      )
      .sort();
    if (paths.length > MAX_FILES) throw invalid(folder, `it has ${paths.length} files, and ${MAX_FILES} are the most`);
    const contents = new Map<string, Buffer>();
    let bytes = 0;
    for (const path of paths) {
      bytes += (await stat(path)).size;
      if (bytes > MAX_BYTES) throw invalid(folder, `its files have more than ${MAX_BYTES / 1024 / 1024} MiB`);
      contents.set(relative(folder, path).split(sep).join('/'), await readFile(path));
    }
    return contents;
  } catch (error) {
    throw error instanceof ConfigError ? error : invalid(folder, toMessage(error), error);
  }
}

function invalid(folder: string, problem: string, cause?: unknown): ConfigError {
  return new ConfigError([`GATEWAY_CLIENT=${folder}: expected a folder with a built web client: ${problem}`], {
    code: 'CLIENT_INVALID',
    cause,
  });
}

function withEndpoint(html: string, endpoint: string): string {
  return html.replace(META, (meta) => meta.replace(/\bcontent=("[^"]*"|'[^']*'|[^\s>]+)/i, `content="${endpoint}"`));
}

function headersOf(name: string): OutgoingHttpHeaders {
  const type = TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream';
  const cache = { 'cache-control': HASHED.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache' };
  return { 'content-type': type, ...cache, 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer' };
}

/** Anything that is no path names no file. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}
