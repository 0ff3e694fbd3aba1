import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** A message of graphql-transport-ws as it came. */
export interface ScriptedMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload?: { readonly query?: string; readonly variables?: Record<string, unknown> } & Record<string, unknown>;
}

export interface ScriptedSubgraph extends AsyncDisposable {
  /** `ws://…/graphql` */
  readonly url: string;
  readonly port: number;
  readonly sockets: ReadonlySet<WebSocket>;
  /** Every message of every socket, in order of arrival. */
  readonly messages: readonly ScriptedMessage[];
  readonly upgrades: readonly IncomingMessage[];
  /** Operations that were subscribed and neither completed nor lost with their socket. */
  readonly operations: ReadonlyMap<string, ScriptedOperation>;
}

export interface ScriptedOperation {
  readonly socket: WebSocket;
  readonly payload: NonNullable<ScriptedMessage['payload']>;
  next(data: unknown): void;
  complete(): void;
  error(errors: unknown): void;
}

export interface Script {
  readonly port?: number;
  /** Default true: `connection_init` is acknowledged. */
  readonly acknowledge?: boolean;
  readonly onSubscribe?: (operation: ScriptedOperation) => void;
}

/** A WebSocket subgraph of which every message is the test's own; closed by `await using`, roughly, as a crash would. */
export async function startScriptedSubgraph(script: Script = {}): Promise<ScriptedSubgraph> {
  const sockets = new Set<WebSocket>();
  const messages: ScriptedMessage[] = [];
  const upgrades: IncomingMessage[] = [];
  const operations = new Map<string, ScriptedOperation>();
  const http = createServer();
  const server = new WebSocketServer({ server: http, handleProtocols: () => 'graphql-transport-ws' });
  let connections = 0;
  server.on('connection', (socket, request) => {
    const connection = (connections += 1);
    sockets.add(socket);
    upgrades.push(request);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      for (const [key, operation] of operations) if (operation.socket === socket) operations.delete(key);
    });
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString()) as ScriptedMessage;
      messages.push(message);
      const { id } = message;
      const key = `${connection}/${id}`;
      const send = (type: string, payload?: unknown): void => socket.send(JSON.stringify({ id, type, payload }));
      if (message.type === 'connection_init' && script.acknowledge !== false) socket.send('{"type":"connection_ack"}');
      if (message.type === 'complete') operations.delete(key);
      if (message.type === 'subscribe') {
        const end = (type: string, payload?: unknown): void => {
          operations.delete(key);
          send(type, payload);
        };
        const operation: ScriptedOperation = {
          socket,
          payload: message.payload ?? {},
          next: (data) => send('next', { data }),
          complete: () => end('complete'),
          error: (errors) => end('error', errors),
        };
        operations.set(key, operation);
        script.onSubscribe?.(operation);
      }
    });
  });
  await new Promise<void>((resolve) => http.listen(script.port ?? 0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/graphql`,
    port,
    sockets,
    messages,
    upgrades,
    operations,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.terminate();
      await new Promise((resolve) => http.close(resolve));
      server.close();
    },
  };
}
