import type { Logger } from '../../platform/foundation/logger.ts';
import type { CallbackRegistry } from '../subgraphs/callback-registry.ts';
import { parseExactly } from '../numerals/parse-exactly.ts';
import { parseJson } from './graphql-request.ts';
import type { HttpHandler } from './graphql-over-http.ts';
import { pathOf } from './http-routes.ts';
import { readJsonText } from './read-body.ts';
import { refuse, toClientError } from './refuse.ts';
import { sendTextEarly } from './send.ts';
import { statusOfRefusal } from './statuses.ts';

/** The versions of the protocol that we know, told with every answer. */
const PROTOCOL = { 'subscription-protocol': 'callback/1.0' };

/**
 * Where subgraphs report events by Apollo's HTTP callback protocol: POST `<mount>/<id>`. A body is read only for an id that is open, so
 * that strangers cannot fill the memory. The protocol's header is not asked for: Apollo Server leaves it out of `next` and `complete`.
 * @param options.maxBytes of one message
 */
export function createCallbackOverHttp(options: {
  readonly mount: string;
  readonly registry: CallbackRegistry;
  readonly maxBytes: number;
  readonly logger: Logger;
}): HttpHandler {
  const { mount, registry, maxBytes, logger } = options;
  return async (request, response) => {
    const answer = (status: number, text = ''): void => sendTextEarly(response, status, PROTOCOL, text);
    const id = pathOf(request).slice(mount.length + 1);
    try {
      if (request.method !== 'POST') {
        response.setHeader('allow', 'POST');
        throw refuse('METHOD_NOT_ALLOWED', `expected POST, got ${request.method}`);
      }
      if (!registry.has(id)) return answer(404);
      const message = parseJson(await readJsonText(request, maxBytes), 'the body', parseExactly);
      const status = registry.receive(id, message);
      if (status === 204) response.writeHead(204, PROTOCOL).end();
      else answer(status);
    } catch (error) {
      answer(statusOfRefusal(error), toClientError(error, undefined, logger).message);
    }
  };
}
