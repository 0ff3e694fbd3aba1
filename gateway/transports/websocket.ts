import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { everyAfterInput } from '../../platform/foundation/every-after-input.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import type { Engine } from '../engine.ts';
import { mayOpenWebSocket, type AllowedOrigins } from './cors.ts';
import { graphqlTransportWs } from './graphql-transport-ws.ts';
import { pathOf } from './http-routes.ts';
import { legacyGraphqlWs } from './legacy-graphql-ws.ts';
import { forwardedHeaders } from './request-scope.ts';
import { SocketOperations } from './socket-operations.ts';
import { SocketPeer } from './socket-peer.ts';
import type { SocketHandler, SocketProtocol } from './socket-protocol.ts';
import type { StreamOptions } from './stream-options.ts';

/** A ping goes out every `keepAliveMs`; a client that answered none until the next is gone. */
export interface WebSocketTransportOptions extends Pick<StreamOptions, 'keepAliveMs' | 'stallMs' | 'graceMs' | 'onClientLost'> {
  /** One that does not throw: see `createMaskedEngine`. */
  readonly engine: Engine;
  readonly logger: Logger;
  readonly paths: readonly string[];
  readonly corsOrigins: AllowedOrigins;
  /** Names of client headers that subgraphs get, in lower case; looked for in `connection_init` too. */
  readonly forwardHeaders: readonly string[];
  /** Largest message of a client; a larger one closes the socket with 1009. */
  readonly maxMessageBytes: number;
  /** How long a client may take to introduce itself. */
  readonly initTimeoutMs: number;
  /** Most operations of one socket at a time. */
  readonly maxOperations: number;
}

export interface WebSocketTransport extends Stoppable {
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const PROTOCOLS: readonly SocketProtocol[] = [graphqlTransportWs, legacyGraphqlWs];
const MAX_BUFFERED_BYTES = 1024 * 1024;
const GOING_AWAY = 1001;

interface OpenSocket {
  readonly handler: SocketHandler;
  answered: boolean;
}

/** GraphQL over WebSocket, in both of its protocols. Holds nothing open while no socket is. `stop` closes every socket with 1001, after which clients connect anew elsewhere. */
export function createWebSocketTransport(options: WebSocketTransportOptions): WebSocketTransport {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: options.maxMessageBytes,
    perMessageDeflate: false,
    handleProtocols: chooseProtocol,
  });
  const open = new Map<WebSocket, OpenSocket>();
  const giveSignsOfLife = (): void => {
    for (const [socket, entry] of open) {
      if (socket.isPaused) continue; // its answer could not be read: it has as long as any client that does not read
      if (!entry.answered) {
        options.onClientLost('no-answer');
        options.logger.warn('a WebSocket was cut because its client answers no ping');
        socket.terminate();
        continue;
      }
      entry.answered = false;
      socket.ping();
      entry.handler.onKeepAlive?.();
    }
  };
  let endKeepAlive: (() => void) | undefined;
  let stopping = false;

  const accept = (socket: WebSocket, request: IncomingMessage): void => {
    socket.on('error', (error) => options.logger.debug({ err: error }, 'a WebSocket broke')); // `close` follows
    const protocol = PROTOCOLS.find(({ name }) => name === socket.protocol);
    if (!protocol) return socket.close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable');
    const handler = openSession(socket, request, protocol, options);
    const entry: OpenSocket = { handler, answered: true };
    open.set(socket, entry);
    endKeepAlive ??= everyAfterInput(options.keepAliveMs, giveSignsOfLife);
    const judge = (): void => {
      if (!handler.initialised) socket.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
    };
    const initTimer = setTimeout(() => setImmediate(judge), options.initTimeoutMs); // what has arrived by then is read first
    socket.on('pong', () => (entry.answered = true));
    socket.on('message', (data, isBinary) => {
      entry.answered = true;
      if (socket.readyState === socket.OPEN) handler.onMessage(isBinary ? undefined : data.toString());
    });
    socket.on('close', () => {
      clearTimeout(initTimer);
      open.delete(socket);
      if (open.size === 0) {
        endKeepAlive?.();
        endKeepAlive = undefined;
      }
      handler.onClosed();
    });
  };

  return {
    onUpgrade(request, socket, head) {
      socket.on('error', () => undefined); // the client may be gone already; there is nobody to tell
      if (!options.paths.includes(pathOf(request))) return refuseUpgrade(socket, '404 Not Found');
      if (!mayOpenWebSocket(request.headers, options.corsOrigins)) return refuseUpgrade(socket, '403 Forbidden');
      if (stopping) return refuseUpgrade(socket, '503 Service Unavailable');
      server.handleUpgrade(request, socket, head, (webSocket) => accept(webSocket, request));
    },
    async stop(deadlineAt) {
      stopping = true;
      const closed = [...open.keys()].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const [socket, { handler }] of open) {
        handler.onClosed();
        socket.close(GOING_AWAY, 'The gateway is stopping: connect again');
      }
      const rude = setTimeout(
        () => [...open.keys()].forEach((socket) => socket.terminate()),
        Math.min(1_000, Math.max(0, deadlineAt - Date.now() - 500)),
      );
      await Promise.all(closed);
      clearTimeout(rude);
      server.close();
    },
  };
}

function openSession(
  socket: WebSocket,
  request: IncomingMessage,
  protocol: SocketProtocol,
  options: WebSocketTransportOptions,
): SocketHandler {
  const { engine, logger, forwardHeaders, stallMs, graceMs, maxOperations, onClientLost } = options;
  const peer = new SocketPeer(socket, {
    carrier: request.socket,
    maxBufferedBytes: MAX_BUFFERED_BYTES,
    maxWaiting: maxOperations,
    stallMs,
    graceMs,
    onTooSlow() {
      onClientLost('too-slow');
      logger.warn('a WebSocket was closed because its client does not read');
    },
    onClosing: () => handler.onClosed(),
  });
  const handler = protocol.open({
    peer,
    openOperations: (messages) => new SocketOperations({ engine, messages, maxOperations }),
    contextOf: (parameters) => (signal) => {
      const requestId = randomUUID();
      const headers = forwardedHeaders({ ...request.headers, ...inLowerCase(parameters) }, forwardHeaders, requestId);
      return { headers, signal, requestId };
    },
  });
  return handler;
}

/** Clients write the header's name as they like: `Authorization`. */
function inLowerCase(parameters: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The newer protocol when the client speaks both. None: the socket opens, and is closed with the code that says why. */
function chooseProtocol(offered: Set<string>): string | false {
  return PROTOCOLS.find(({ name }) => offered.has(name))?.name ?? false;
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
