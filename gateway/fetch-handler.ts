import { createServer, request as sendRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { duplexPair, Readable, type Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';

/** Statuses whose responses have no body, by the Fetch standard. */
const NO_BODY = new Set([101, 204, 205, 304]);
/** They belong to one connection, and this one ends here. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding'];

/**
 * A handler of Node's requests as one of WHATWG's. The request goes over a connection in memory through Node's own server and client, so that
 * streams, limits, back pressure and clients that leave are as they are over a network; nothing listens.
 */
export function createFetchHandler(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): (request: Request) => Promise<Response> {
  const server = createServer(handle);
  return (request) =>
    new Promise<Response>((resolve, reject) => {
      const { pathname, search, host } = new URL(request.url);
      const outgoing = sendRequest({
        createConnection: () => connectTo(server),
        method: request.method,
        path: pathname + search,
        headers: { host, ...Object.fromEntries(request.headers) },
        signal: request.signal,
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => resolve(toResponse(incoming, request.method)));
      if (!request.body) outgoing.end();
      else pipeline(Readable.fromWeb(request.body as NodeReadableStream), outgoing).catch(reject);
    });
}

/** A connection in memory, for one request. When one end breaks off, the other one learns of it. */
function connectTo(server: Server): Duplex {
  const [ours, theirs] = duplexPair();
  ours.on('close', () => theirs.destroy());
  theirs.on('close', () => {
    if (!theirs.writableFinished) ours.destroy(new Error('the gateway broke off its answer'));
  });
  theirs.on('error', () => undefined); // `close` follows
  server.emit('connection', theirs);
  return ours;
}

function toResponse(incoming: IncomingMessage, method: string): Response {
  const { statusCode: status = 200, statusMessage = '' } = incoming;
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    if (!HOP_BY_HOP.includes(name)) for (const value of values ?? []) headers.append(name, value);
  }
  if (method === 'HEAD' || NO_BODY.has(status)) incoming.resume();
  const body = method === 'HEAD' || NO_BODY.has(status) ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>);
  return new Response(body, { status, statusText: statusMessage, headers });
}
