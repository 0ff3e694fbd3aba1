import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from '../../platform/foundation/metrics.ts';
import { toMessage } from '../../platform/foundation/errors.ts';
import type { HttpHandler } from './graphql-over-http.ts';
import { sendHealth, type Health } from './health.ts';
import { sendText, sendTextEarly } from './send.ts';

export interface HttpRoutesOptions {
  /** Where GraphQL is: `/graphql`. */
  readonly graphqlPath: string;
  readonly graphql: HttpHandler;
  readonly readiness: () => Promise<Health>;
  readonly metrics: Registry;
}

/** Every HTTP request of the gateway, by its path. */
export function createHttpRoutes({
  graphqlPath,
  graphql,
  readiness,
  metrics,
}: HttpRoutesOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const pages = new Map<string, (response: ServerResponse) => Promise<void> | void>([
    ['/health/live', (response) => sendHealth(response, { ready: true, checks: {} })],
    ['/health/ready', async (response) => sendHealth(response, await readiness())],
    ['/metrics', async (response) => sendText(response, 200, { 'content-type': metrics.contentType }, await metrics.metrics())],
    ['/', (response) => sendText(response, 302, { location: graphqlPath }, '')],
  ]);

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = pathOf(request);
    if (path === graphqlPath) return graphql(request, response);
    const page = pages.get(path);
    if (!page) return sendProblem(response, 404, {}, `there is nothing at ${path.slice(0, 200)}; GraphQL is at ${graphqlPath}`);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendProblem(response, 405, { allow: 'GET, HEAD' }, `expected GET, got ${request.method}`);
    await page(response);
  };
  return (request, response) => {
    route(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendProblem(response, 500, {}, toMessage(error));
    });
  };
}

/** The path of a request, without its parameters. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  const question = url.indexOf('?');
  return question < 0 ? url : url.slice(0, question);
}

function sendProblem(response: ServerResponse, status: number, headers: Record<string, string>, text: string): void {
  sendTextEarly(response, status, { ...headers, 'content-type': 'text/plain; charset=utf-8' }, `${text}\n`);
}
