import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MetricsPage } from '../../platform/foundation/metrics.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import type { HttpHandler } from './graphql-over-http.ts';
import { sendHealth, type Health } from './health.ts';
import { refuse, toClientError } from './refuse.ts';
import { sendText, sendTextEarly } from './send.ts';
import { statusOfRefusal } from './statuses.ts';

export interface HttpRoutesOptions {
  /** Where GraphQL is: `/graphql`. */
  readonly graphqlPath: string;
  readonly graphql: HttpHandler;
  /** What answers below a path: `/rest` takes `/rest` and `/rest/…`; `/` takes whatever nobody else does. The longest path wins. */
  readonly mounts?: ReadonlyMap<string, HttpHandler>;
  readonly readiness: () => Promise<Health>;
  readonly metrics: MetricsPage;
  readonly logger: Logger;
}

export interface HttpRoutes {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Whether there is something at the request's path. */
  serves(request: IncomingMessage): boolean;
}

/** Every HTTP request of the gateway, by its path. */
export function createHttpRoutes({ graphqlPath, graphql, mounts = new Map(), readiness, metrics, logger }: HttpRoutesOptions): HttpRoutes {
  const pages = new Map<string, (response: ServerResponse) => Promise<void> | void>([
    ['/health/live', (response) => sendHealth(response, { ready: true, checks: {} })],
    ['/health/ready', async (response) => sendHealth(response, await readiness())],
    ['/metrics', async (response) => sendText(response, 200, { 'content-type': metrics.contentType }, await metrics.metrics())],
  ]);
  const longestFirst = [...mounts].sort(([a], [b]) => b.length - a.length);
  const mountAt = (path: string): HttpHandler | undefined =>
    longestFirst.find(([prefix]) => prefix === '/' || path === prefix || path.startsWith(`${prefix}/`))?.[1];

  const route = async (path: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const page = pages.get(path);
    const mounted = page ? undefined : mountAt(path);
    if (mounted) return mounted(request, response);
    if (path === '/') return sendText(response, 302, { location: graphqlPath }, '');
    if (!page) throw refuse('NOT_FOUND', `there is nothing at ${path.slice(0, 200)}; GraphQL is at ${graphqlPath}`);
    if (request.method === 'GET' || request.method === 'HEAD') return page(response);
    response.setHeader('allow', 'GET, HEAD');
    throw refuse('METHOD_NOT_ALLOWED', `expected GET, got ${request.method}`);
  };
  return {
    handle(request, response) {
      const path = pathOf(request);
      const answering = path === graphqlPath ? graphql(request, response) : route(path, request, response);
      answering?.catch((error: unknown) => {
        if (response.headersSent) return void response.destroy();
        const body = JSON.stringify({ errors: [toClientError(error, undefined, logger)] });
        sendTextEarly(response, statusOfRefusal(error), { 'content-type': 'application/json; charset=utf-8' }, body);
      });
    },
    serves(request) {
      const path = pathOf(request);
      return path === graphqlPath || pages.has(path) || mountAt(path) !== undefined;
    },
  };
}

/** The path of a request, without its parameters. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  const question = url.indexOf('?');
  return question < 0 ? url : url.slice(0, question);
}
