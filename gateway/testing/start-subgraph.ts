import { graphql, type ExecutionResult, type GraphQLError, type GraphQLSchema } from 'graphql';
import { handleProtocols, makeServer } from 'graphql-ws';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { toMessage } from '../../platform/foundation/errors.ts';
import { startHttpServer } from '../../platform/foundation/http-server.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';

export interface StartSubgraphOptions {
  /** For messages. */
  readonly name: string;
  readonly schema: GraphQLSchema;
  /** Default 0: the system chooses. */
  readonly port?: number;
  /** What resolvers get as their third argument, made for each operation; default `{ headers }`. */
  readonly context?: (request: { readonly headers: IncomingHttpHeaders }) => unknown;
  /** Told of each answer and event with errors, before it is sent: the errors still know what was thrown. */
  readonly onErrors?: (errors: readonly GraphQLError[], headers: IncomingHttpHeaders) => void;
  /** Told when a subscription's resolver has given its stream, or has refused: events from now on are not missed. */
  readonly onSubscribed?: (operation: { readonly query: string; readonly variables: unknown }) => void;
}

/** One subgraph that listens on 127.0.0.1. */
export interface RunningSubgraph extends Stoppable, AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:port/graphql`; subscriptions at the same place with `ws:`. */
  readonly url: string;
  /** Headers of every HTTP request and WebSocket upgrade, in order. */
  readonly headers: readonly IncomingHttpHeaders[];
  /** Requests that clients wait for now. */
  readonly running: ReadonlySet<unknown>;
  /** Cuts every connection, as a network does. */
  cut(): void;
}

interface Operation {
  readonly query: string;
  readonly variables?: Record<string, unknown> | null;
  readonly operationName?: string | null;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Serves one executable subgraph: queries and mutations by `POST /graphql`, subscriptions by graphql-transport-ws on the same path when the
 * schema has any. Errors go out as graphql-js makes them, nothing is masked. Stopping cuts what is under way, as a crash would.
 */
export async function startSubgraph(options: StartSubgraphOptions): Promise<RunningSubgraph> {
  const { name, schema, context = ({ headers }) => ({ headers }), onErrors } = options;
  const headers: IncomingHttpHeaders[] = [];
  const running = new Set<unknown>();

  const answer = async (request: IncomingMessage): Promise<ExecutionResult> => {
    const { query, variables, operationName } = await readOperation(request);
    const result = await graphql({
      schema,
      source: query,
      variableValues: variables,
      operationName,
      contextValue: context({ headers: request.headers }),
    });
    if (result.errors) onErrors?.(result.errors, request.headers);
    return result;
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    headers.push(request.headers);
    running.add(request);
    response.on('close', () => running.delete(request));
    answer(request).then(
      (result) => send(response, 200, result),
      (error: unknown) =>
        send(response, 400, { errors: [{ message: `subgraph ${name} could not read the request: ${toMessage(error)}` }] }),
    );
  };

  const webSockets = schema.getSubscriptionType() ? createWebSockets(options, context, headers) : undefined;
  const http = await startHttpServer({
    name: `subgraph ${name}`,
    host: '127.0.0.1',
    port: options.port ?? 0,
    onRequest,
    ...(webSockets && {
      onUpgrade: (request, socket, head) =>
        webSockets.handleUpgrade(request, socket, head, (webSocket) => webSockets.emit('connection', webSocket, request)),
    }),
  });
  const sockets = new Set<Socket>();
  http.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const stop = async (): Promise<void> => {
    const closed = http.stop(Date.now());
    cut();
    await closed;
    webSockets?.close();
  };
  return { port: http.port, url: `${http.url}/graphql`, headers, running, cut, stop, [Symbol.asyncDispose]: stop };
}

function createWebSockets(
  { schema, onErrors, onSubscribed }: StartSubgraphOptions,
  context: NonNullable<StartSubgraphOptions['context']>,
  headers: IncomingHttpHeaders[],
): WebSocketServer {
  const server = new WebSocketServer({ noServer: true, handleProtocols, maxPayload: MAX_BODY_BYTES });
  const protocol = makeServer<Record<string, unknown>, { readonly headers: IncomingHttpHeaders }>({
    schema,
    context: (connection) => context({ headers: connection.extra.headers }) as Record<string, unknown>,
    onOperation: (_connection, _id, { query, variables }) => onSubscribed?.({ query, variables }),
    onNext: (connection, _id, _payload, _args, { errors }) => {
      if (errors) onErrors?.(errors, connection.extra.headers);
    },
    onError: (connection, _id, _payload, errors) => onErrors?.(errors as readonly GraphQLError[], connection.extra.headers),
  });
  server.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    headers.push(request.headers);
    const send = (text: string): Promise<void> => new Promise((resolve) => socket.send(text, () => resolve()));
    const onMessage = (handle: (text: string) => Promise<void>): void =>
      void socket.on('message', (data) => void handle(String(data)).catch(() => socket.terminate()));
    const onClosed = protocol.opened(
      { protocol: socket.protocol, send, close: (code, reason) => socket.close(code, reason), onMessage },
      { headers: request.headers },
    );
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', (code, reason) => void onClosed(code, String(reason)).catch(() => undefined)); // a resolver's stream that fails to end
  });
  return server;
}

async function readOperation(request: IncomingMessage): Promise<Operation> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error(`expected at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Partial<Operation> | null;
  if (typeof body?.query !== 'string') throw new Error('expected a JSON object with a query');
  return { ...body, query: body.query };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
