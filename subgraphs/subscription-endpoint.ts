import {
  GraphQLError,
  createSourceEventStream,
  execute,
  getOperationAST,
  parse,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { CloseCode, handleProtocols, makeServer, type Context as ConnectionContext, type SubscribePayload } from 'graphql-ws';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { pause } from '../platform/foundation/backoff.ts';
import { toMessage } from '../platform/foundation/errors.ts';
import { everyAfterInput } from '../platform/foundation/every-after-input.ts';
import type { Stoppable } from '../platform/foundation/lifecycle.ts';
import type { Logger } from '../platform/foundation/logger.ts';
import { mapAsyncIterable } from '../platform/foundation/map-async-iterable.ts';
import { Gauge, type Registry } from '../platform/foundation/metrics.ts';
import { writeTogether } from '../platform/foundation/write-together.ts';
import { toCaller, type Caller, type CallerContext } from './caller.ts';
import { countOpen } from './count-open.ts';
import { MAX_TOKENS, refuseDeepNesting } from './document-limits.ts';
import { toPublicError } from './public-error.ts';

const MAX_MESSAGE_BYTES = 1_000_000;
/** What may wait in this process for one client before its next event is pulled. */
const MAX_BUFFERED_BYTES = 64 * 1_024;
/** A peer that has not answered a ping when the next one is due is gone. */
const PING_EVERY_MS = 12_000;
const GOING_AWAY = 1001;

export interface SubscriptionEndpointOptions<Context extends CallerContext> {
  readonly schema: GraphQLSchema;
  /** Called for the subscription itself and again for each of its events. */
  readonly createContext: (caller: Caller) => Context;
  readonly metrics: Registry;
  readonly logger: Logger;
}

export interface SubscriptionEndpoint extends Stoppable {
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

interface Connection {
  readonly caller: Caller;
}

/**
 * graphql-transport-ws on `/graphql`, for subscriptions alone: queries and mutations go over HTTP, where CSRF prevention stands.
 * Errors are told as over HTTP. A slow client is waited for: no event is pulled while 64 kB wait to leave for it.
 * `stop` closes every socket with 1001, so that clients connect to another replica.
 */
export function createSubscriptionEndpoint<Context extends CallerContext>(
  options: SubscriptionEndpointOptions<Context>,
): SubscriptionEndpoint {
  const { logger, createContext, metrics } = options;
  const open = new Gauge({
    name: 'paygraph_graphql_subscriptions',
    help: 'Subscriptions that are open: their source has been opened, so no event from now on is missed',
    registers: [metrics],
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, handleProtocols });
  const publish = (errors: readonly GraphQLError[], connection: ConnectionContext<Record<string, unknown>, Connection>) =>
    errors.map((error) => toPublicError(error, { requestId: connection.extra.caller.requestId, logger }));

  const protocol = makeServer<Record<string, unknown>, Connection>({
    onSubscribe: (connection, _id, payload) => prepare(payload, connection.extra.caller, options),
    async subscribe(args) {
      const stream = await subscribe(args, createContext);
      return Symbol.asyncIterator in stream ? countOpen(stream, open) : stream;
    },
    onNext: (connection, _id, _payload, _args, { data, errors, extensions }) => ({
      ...(data !== undefined && { data }),
      ...(errors && { errors: publish(errors, connection) }),
      ...(extensions && { extensions }),
    }),
    onError: (connection, _id, _payload, errors) => publish(errors, connection),
  });

  sockets.on('connection', (socket, request) => {
    const onMessage = (handle: (text: string) => Promise<void>): void => {
      socket.on('message', (bytes) => {
        handle(String(bytes)).catch((error: unknown) => {
          logger.error({ err: error }, 'a WebSocket message could not be handled');
          socket.close(CloseCode.InternalServerError, 'Internal server error');
        });
      });
    };
    const send = async (text: string): Promise<void> => {
      if (socket.readyState !== socket.OPEN) return;
      writeTogether(request.socket);
      if (socket.bufferedAmount < MAX_BUFFERED_BYTES) socket.send(text);
      else await new Promise<void>((resolve) => socket.send(text, () => resolve())); // a failed send is followed by `close`
    };
    const onClosed = protocol.opened(
      { protocol: socket.protocol, send, close: (code, reason) => socket.close(code, reason), onMessage },
      { caller: toCaller(request.headers) },
    );
    const stopPinging = pingRegularly(socket);
    socket.on('error', (error) => logger.debug({ err: error }, 'a WebSocket broke')); // too large, not a frame, reset
    socket.once('close', (code, reason) => {
      stopPinging();
      onClosed(code, String(reason)).catch((error: unknown) => logger.error({ err: error }, 'a subscription could not be ended'));
    });
  });

  return {
    onUpgrade(request, socket, head) {
      socket.on('error', (error) => logger.debug({ err: error }, 'a socket broke before it was a WebSocket'));
      if ((request.url ?? '').replace(/\?.*$/s, '') !== '/graphql') {
        socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit('connection', webSocket, request));
    },
    async stop() {
      const closed = [...sockets.clients].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const socket of sockets.clients) socket.close(GOING_AWAY, 'Going away');
      await Promise.race([Promise.all(closed), pause(500)]);
      for (const socket of sockets.clients) socket.terminate(); // did not answer the close frame
      sockets.close();
    },
  };
}

/** The operation, ready to be executed, or what is wrong with it. */
function prepare<Context extends CallerContext>(
  payload: SubscribePayload,
  caller: Caller,
  options: SubscriptionEndpointOptions<Context>,
): ExecutionArgs | readonly GraphQLError[] {
  const { schema, createContext } = options;
  let document: DocumentNode;
  try {
    refuseDeepNesting(payload.query);
    document = parse(payload.query, { maxTokens: MAX_TOKENS });
  } catch (error) {
    return [withCode('GRAPHQL_PARSE_FAILED', error instanceof GraphQLError ? error : new GraphQLError(toMessage(error)))];
  }
  const problems = validate(schema, document);
  if (problems.length > 0) return problems.map((problem) => withCode('GRAPHQL_VALIDATION_FAILED', problem));
  const operation = getOperationAST(document, payload.operationName);
  if (!operation) return [withCode('OPERATION_RESOLUTION_FAILURE', new GraphQLError('expected one operation, or the name of one'))];
  if (operation.operation !== 'subscription')
    return [withCode('BAD_REQUEST', new GraphQLError(`expected a subscription, got a ${operation.operation}: send it by HTTP POST`))];
  return { schema, document, operationName: payload.operationName, variableValues: payload.variables, contextValue: createContext(caller) };
}

function withCode(code: string, { message, nodes, source, positions }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, extensions: { code } });
}

/** Like graphql-js' `subscribe`, but each event is executed with a context of its own: a loader that lived as long as the subscription would serve old rows. */
async function subscribe<Context extends CallerContext>(
  args: ExecutionArgs,
  createContext: (caller: Caller) => Context,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  const { caller } = args.contextValue as CallerContext;
  return mapAsyncIterable(source, (event) => execute({ ...args, rootValue: event, contextValue: createContext(caller) }));
}

/** @returns what stops it */
function pingRegularly(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  return everyAfterInput(PING_EVERY_MS, () => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  });
}
