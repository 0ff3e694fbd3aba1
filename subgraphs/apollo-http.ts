import { HeaderMap, type ApolloServer, type BaseContext } from '@apollo/server';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProtocolError } from '../platform/foundation/errors.ts';
import type { Caller } from './caller.ts';
import { refuseDeepNesting } from './document-limits.ts';

const MAX_BODY_BYTES = 1_000_000;

const STATUS_OF: Readonly<Record<string, number>> = { PAYLOAD_TOO_LARGE: 413, METHOD_NOT_ALLOWED: 405 };

/**
 * One GraphQL request over HTTP POST: Apollo Server decides everything but the bytes.
 * 413 for more than 1 MB, 405 for other methods, 400 for a body that is not JSON or a document that is nested too deeply.
 */
export async function answerGraphQL<Context extends BaseContext>(
  server: ApolloServer<Context>,
  request: IncomingMessage,
  response: ServerResponse,
  { caller, createContext }: { caller: Caller; createContext: (caller: Caller) => Context },
): Promise<void> {
  let body: unknown;
  try {
    if (request.method !== 'POST') throw new ProtocolError('METHOD_NOT_ALLOWED', `expected POST, got ${request.method}`);
    body = await readJson(request);
    if (typeof body === 'object' && body !== null && 'query' in body && typeof body.query === 'string') refuseDeepNesting(body.query);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    response.writeHead(STATUS_OF[error.code] ?? 400, { 'content-type': 'application/json', allow: 'POST', connection: 'close' });
    response.end(JSON.stringify({ errors: [{ message: error.message, extensions: { code: error.code } }] }));
    return;
  }
  const answer = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: 'POST',
      headers: new HeaderMap(Object.entries(caller.headers)),
      search: '',
      body,
    },
    context: () => Promise.resolve(createContext(caller)),
  });
  response.writeHead(answer.status ?? 200, Object.fromEntries(answer.headers));
  if (answer.body.kind === 'complete') response.end(answer.body.string);
  else throw new Error('incremental delivery was not asked for'); // needs graphql 17
}

/**
 * @returns undefined when there is no JSON to read: Apollo Server explains to the client what is missing
 * @throws ProtocolError PAYLOAD_TOO_LARGE | BAD_REQUEST
 */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new ProtocolError('PAYLOAD_TOO_LARGE', `the body may have at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (size === 0 || !/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (error) {
    throw new ProtocolError('BAD_REQUEST', 'the body must be JSON in UTF-8', { cause: error });
  }
}
