import { HeaderMap, type ApolloServer, type BaseContext } from '@apollo/server';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProtocolError } from '../platform/foundation/errors.ts';
import type { Caller } from './caller.ts';

const MAX_BODY_BYTES = 1_000_000;

/**
 * One GraphQL request over HTTP: Apollo Server decides everything but the bytes.
 * Larger bodies than 1 MB are answered 413; a body that is not JSON, 400.
 */
export async function answerGraphQL<Context extends BaseContext>(
  server: ApolloServer<Context>,
  request: IncomingMessage,
  response: ServerResponse,
  { caller, createContext }: { caller: Caller; createContext: (caller: Caller) => Context },
): Promise<void> {
  let body: unknown;
  try {
    body = await readJson(request);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const status = error.code === 'PAYLOAD_TOO_LARGE' ? 413 : 400;
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ errors: [{ message: error.message, extensions: { code: error.code } }] }));
    return;
  }
  const answer = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method ?? 'GET',
      headers: new HeaderMap(Object.entries(caller.headers)),
      search: /\?.*$/.exec(request.url ?? '')?.[0] ?? '',
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
