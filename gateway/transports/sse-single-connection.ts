import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from '../../platform/foundation/logger.ts';
import type { Engine } from '../engine.ts';
import type { HttpReply } from './http-reply.ts';
import type { OpenStreams } from './open-streams.ts';
import type { PersistedQueries } from './persisted-queries.ts';
import { readRequest, searchParamsOf, type ReadRequestOptions } from './read-request.ts';
import { refuse } from './refuse.ts';
import { forwardedHeaders } from './request-scope.ts';
import { ReservedStream } from './reserved-stream.ts';

export interface SingleConnectionsOptions extends ReadRequestOptions {
  /** One that does not throw: see `createMaskedEngine`. */
  readonly engine: Engine;
  readonly logger: Logger;
  readonly openStreams: OpenStreams;
  readonly persistedQueries: PersistedQueries;
  /** Names of client headers that subgraphs get, in lower case. */
  readonly forwardHeaders: readonly string[];
  /** Most operations of one stream at a time. */
  readonly maxOperations: number;
  /** How long a reservation waits for its stream; default 30 seconds. */
  readonly reservationMs?: number | undefined;
  /**
   * Most reservations that wait for their streams; one more takes the oldest one's place, so that a flood of them leaves clients that open
   * their streams at once alone. Default 1,000.
   */
  readonly maxReservations?: number | undefined;
}

/** Single connection mode of GraphQL over SSE: one event stream for all operations of a client, which it asks for with requests of their own. */
export interface SingleConnections {
  /** @throws ProtocolError NOT_FOUND … see docs/errors.md */
  answer(request: IncomingMessage, reply: HttpReply, requestId: string): Promise<void>;
}

const TOKEN_HEADER = 'x-graphql-event-stream-token';
const TOKEN = /^[\w-]{43}$/;
const MAX_ID_LENGTH = 200;

/**
 * Whether a request is one of single connection mode: PUT and DELETE, and what has a token. In a URL only what looks like one of ours counts,
 * because an application may have a parameter of that name for itself.
 */
export function isOfSingleConnection(request: IncomingMessage): boolean {
  return request.method === 'PUT' || request.method === 'DELETE' || tokenOf(request) !== undefined;
}

/** https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#single-connection-mode, the server's side. Streams and reservations end with `openStreams`. */
export function createSingleConnections(options: SingleConnectionsOptions): SingleConnections {
  const { engine, logger, openStreams, persistedQueries, forwardHeaders, maxOperations } = options;
  const { reservationMs = 30_000, maxReservations = 1_000 } = options;
  const streams = new Map<string, ReservedStream>();
  /** Those that nobody opened yet, the oldest first. */
  const reservations = new Map<string, ReservedStream>();

  const reserve = (authorization: string | undefined): string => {
    const token = randomBytes(32).toString('base64url');
    const stream = new ReservedStream({
      engine,
      maxOperations,
      authorization,
      onOver() {
        clearTimeout(expiry);
        over();
        streams.delete(token);
        reservations.delete(token);
      },
    });
    const expiry = setTimeout(() => !stream.isOpen && stream.end(), reservationMs);
    const over = openStreams.add(stream);
    streams.set(token, stream);
    reservations.set(token, stream);
    const [oldest] = reservations.values();
    if (reservations.size > maxReservations) oldest?.end();
    return token;
  };

  const find = (request: IncomingMessage): { token: string; stream: ReservedStream } => {
    const token = tokenOf(request);
    if (token === undefined)
      throw refuse('STREAM_NOT_FOUND', `expected the token of an event stream in ${TOKEN_HEADER}, got none: PUT reserves one`);
    const stream = streams.get(token);
    if (stream?.belongsTo(request.headers.authorization)) return { token, stream };
    throw refuse('STREAM_NOT_FOUND', 'there is no event stream for this token: it ended, or its reservation did; PUT reserves another');
  };

  const open = (request: IncomingMessage, reply: HttpReply): Promise<void> => {
    const { token, stream } = find(request);
    if (stream.isOpen)
      throw refuse('STREAM_ALREADY_OPEN', 'expected a token whose event stream is not open yet: there is one stream for each token');
    stream.open();
    reservations.delete(token);
    request.resume();
    return reply.streamAs(stream.format, stream.events);
  };

  const execute = async (request: IncomingMessage, reply: HttpReply, requestId: string): Promise<void> => {
    find(request); // before a body is read for it
    reply.requireJson();
    const incoming = await readRequest(request, options);
    const id = operationIdOf(incoming.extensions?.operationId, 'extensions.operationId');
    const complete = persistedQueries.complete(incoming);
    if (!complete) return reply.persistedQueryNotFound();
    const prepared = engine.prepare(complete);
    if ('refusal' in prepared) return reply.refused({ errors: prepared.refusal.errors });
    reply.checkMethod(prepared.operation);
    const { stream } = find(request); // it may have ended while the body came
    if (stream.operations.has(id))
      throw refuse('OPERATION_EXISTS', 'expected an operationId that no operation of this event stream has, got one that is in use');
    if (stream.isFull)
      throw refuse('TOO_MANY_OPERATIONS', `expected at most ${maxOperations} operations at a time on one event stream, got more`);
    const headers = forwardedHeaders(request.headers, forwardHeaders, requestId);
    stream.operations
      .start(id, complete, (signal) => ({ headers, signal, requestId }))
      .catch((error: unknown) => {
        logger.error({ err: error, requestId }, 'an operation of an event stream met a bug');
        stream.end();
      });
    reply.status(202);
  };

  return {
    async answer(request, reply, requestId) {
      if (openStreams.stopping) throw refuse('GATEWAY_STOPPING', 'the gateway is stopping and opens no streams: try again');
      switch (request.method) {
        case 'PUT':
          reply.requireText();
          return reply.status(201, reserve(request.headers.authorization));
        case 'DELETE':
          find(request).stream.stop(operationIdOf(searchParamsOf(request).get('operationId'), 'the parameter operationId'));
          return reply.status(200);
        case 'GET':
        case 'POST':
          return reply.prefersEvents ? open(request, reply) : execute(request, reply, requestId);
        default:
          return reply.methodNotAllowed();
      }
    },
  };
}

function tokenOf(request: IncomingMessage): string | undefined {
  const header = request.headers[TOKEN_HEADER];
  if (typeof header === 'string' && header !== '') return header;
  if (!request.url?.includes('token=')) return undefined;
  const parameter = searchParamsOf(request).get('token');
  return parameter !== null && TOKEN.test(parameter) ? parameter : undefined;
}

function operationIdOf(value: unknown, where: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH) return value;
  const got =
    typeof value === 'string' ? `${value.length}` : typeof value === 'object' || value === undefined ? 'none' : `a ${typeof value}`;
  throw refuse('BAD_REQUEST', `expected ${where} to be a string of 1 to ${MAX_ID_LENGTH} characters, got ${got}`);
}
