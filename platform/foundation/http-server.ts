import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError, toCode } from './errors.ts';
import type { Stoppable } from './lifecycle.ts';

export interface HttpServerOptions {
  /** What listens, for messages: `gateway`. */
  readonly name: string;
  readonly host: string;
  /** 0: the system chooses, see `port` of the result. */
  readonly port: number;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  /** WebSocket upgrades; without it they are answered 404. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface HttpServer extends Stoppable {
  readonly server: Server;
  readonly port: number;
  /** `http://host:port` without a slash at the end. */
  readonly url: string;
}

/** The system asks a connection on which nothing moves for so long whether the other host is there, then every second; ten questions without an answer end it. */
const PROBE_AFTER_MS = 15_000;

/**
 * How many connections may wait to be taken. With Node's 511, of a thousand clients that come back at the same moment (their gateway died) the last ones find no
 * room, and the system tries again for them after 1, 3, 7, 15 … seconds. The system's own limit holds beside it (`net.core.somaxconn`, 4096 on Linux).
 */
const BACKLOG = 4_096;

/**
 * Listens, and closes in three steps: no new connections; requests in flight may finish until half a second before the deadline; then sockets are cut.
 * @throws ConfigError PORT_TAKEN | PORT_FORBIDDEN | HOST_UNKNOWN
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_MS },
    options.onRequest,
  );
  const sockets = trackSockets(server);
  server.on('upgrade', options.onUpgrade ?? refuseUpgrade);
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error): void => reject(explainListenError(error, options));
    server.once('error', onError);
    server.listen({ port: options.port, host: options.host, backlog: BACKLOG }, () => {
      server.removeListener('error', onError);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  let stopped: Promise<void> | undefined;
  return {
    server,
    port,
    url: `http://${toReachableHost(options.host)}:${port}`,
    stop: (deadlineAt) => (stopped ??= closeServer(server, sockets, deadlineAt)),
  };
}

/** Where a client of this machine finds a server that listens on `host`. */
function toReachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

interface Sockets {
  /** Also those that were upgraded, which the server forgets. */
  readonly open: ReadonlySet<Socket>;
  /** Opened in advance, as browsers do, and carried nothing yet: the server does not count them as idle and would wait for them. */
  readonly unused: ReadonlySet<Socket>;
}

function trackSockets(server: Server): Sockets {
  const open = new Set<Socket>();
  const unused = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    unused.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      unused.delete(socket);
    });
  });
  server.prependListener('request', ({ socket }) => unused.delete(socket));
  server.prependListener('upgrade', ({ socket }) => unused.delete(socket));
  return { open, unused };
}

async function closeServer(server: Server, { open, unused }: Sockets, deadlineAt: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection whose last request ends from now on would wait for another one, which must not come. (A shorter keepAliveTimeout does not do: Node adds a second to it.)
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  for (const socket of unused) socket.destroy();
  const patience = new AbortController();
  const rude = delay(Math.max(0, deadlineAt - Date.now() - 500), undefined, { signal: patience.signal })
    .then(() => open.forEach((socket) => socket.destroy()))
    .catch(() => undefined);
  await closed;
  clearInterval(sweep);
  patience.abort();
  await rude;
}

function refuseUpgrade(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => undefined); // the client may be gone already; there is nobody to tell
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

function explainListenError(error: Error, { name, host, port }: HttpServerOptions): Error {
  const where = `${host}:${port}`;
  switch (toCode(error)) {
    case 'EADDRINUSE':
      return new ConfigError(
        [`${name} cannot listen on ${where}: the port is taken by another program; choose another port or stop that program`],
        { code: 'PORT_TAKEN', cause: error },
      );
    case 'EACCES':
      return new ConfigError([`${name} cannot listen on ${where}: this user has no right to that port; choose one above 1023`], {
        code: 'PORT_FORBIDDEN',
        cause: error,
      });
    case 'ENOTFOUND':
    case 'EADDRNOTAVAIL':
      return new ConfigError([`${name} cannot listen on ${where}: this machine has no such address`], {
        code: 'HOST_UNKNOWN',
        cause: error,
      });
    default:
      return error;
  }
}
