import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A port of 127.0.0.1 where nothing listens (until the system gives it to somebody else). */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface RawHttpServer extends AsyncDisposable {
  readonly url: string;
  /** Sockets that are open now. */
  readonly sockets: ReadonlySet<Socket>;
  /** Requests that came and were neither answered nor given up by the client. */
  readonly running: ReadonlySet<IncomingMessage>;
  readonly requests: readonly { readonly headers: IncomingMessage['headers']; readonly body: string }[];
}

/** A server on a port of its own that answers as the test says; closed, with its sockets, by `await using`. */
export async function startRawHttpServer(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<RawHttpServer> {
  const sockets = new Set<Socket>();
  const running = new Set<IncomingMessage>();
  const requests: { headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    running.add(request);
    response.on('close', () => running.delete(request));
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      requests.push({ headers: request.headers, body });
      answer(request, response, body);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    sockets,
    running,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
