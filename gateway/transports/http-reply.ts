import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Logger } from '../../platform/foundation/logger.ts';
import type { GatewayResult, IncrementalAnswer, PreparedOperation } from '../engine.ts';
import { toJson } from '../numerals/hidden-numerals.ts';
import { corsHeaders, preflightHeaders, type AllowedOrigins } from './cors.ts';
import { incrementalFormats, type IncrementalMessage } from './incremental-format.ts';
import { toIncrementalMessages } from './incremental-messages.ts';
import { multipartSubscription } from './multipart.ts';
import { parseAccept } from './media-type.ts';
import { negotiate, type Acceptable, type JsonMediaType, type StreamMediaType } from './negotiate.ts';
import type { OpenStreams } from './open-streams.ts';
import { refuse, toClientError } from './refuse.ts';
import { sendTextEarly } from './send.ts';
import { serverSentEvents } from './sse.ts';
import type { StreamFormat } from './stream-format.ts';
import type { StreamOptions } from './stream-options.ts';
import { statusOf, statusOfRefusal } from './statuses.ts';
import { writeStream } from './write-stream.ts';

export interface HttpReplyOptions extends StreamOptions {
  readonly logger: Logger;
  readonly corsOrigins: AllowedOrigins;
  readonly openStreams: OpenStreams;
  /** What may be sent to this address besides OPTIONS: `GET, POST`. */
  readonly methods: string;
}

const CONTENT_TYPES = {
  'application/json': 'application/json; charset=utf-8',
  'application/graphql-response+json': 'application/graphql-response+json; charset=utf-8',
} as const;
const TEXT_TYPES = new Set(['text/plain', 'text/*', '*/*']);
const STREAM_FORMATS = { 'text/event-stream': serverSentEvents, 'multipart/mixed': multipartSubscription } as const;
const HOW_TO_SUBSCRIBE =
  'a subscription has many results: send Accept: text/event-stream (server-sent events) or Accept: multipart/mixed;subscriptionSpec=1.0, or open a WebSocket at the same URL (graphql-transport-ws)';

/** The answer to one request: what the client accepts decides its form, and every form of it carries the same headers. */
export class HttpReply {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #requestId: string;
  readonly #options: HttpReplyOptions;
  readonly #acceptable: Acceptable;
  /** Of this answer only, besides those that every answer has; mostly none. */
  #special: OutgoingHttpHeaders | undefined;

  constructor(response: ServerResponse, requestId: string, options: HttpReplyOptions) {
    this.#request = response.req;
    this.#response = response;
    this.#requestId = requestId;
    this.#options = options;
    this.#acceptable = negotiate(response.req.headers.accept);
    if (response.req.headers.origin !== undefined) this.#special = corsHeaders(response.req.headers, options.corsOrigins);
    if (options.openStreams.stopping) this.#add('connection', 'close');
  }

  /**
   * Refuses before anything is executed what could not be answered after it.
   * @throws ProtocolError METHOD_NOT_ALLOWED | NOT_ACCEPTABLE | GATEWAY_STOPPING
   */
  check(operation: PreparedOperation): void {
    const { kind } = operation;
    this.checkMethod(operation);
    if (this.takesParts(operation)) return;
    if (kind !== 'subscription') return void this.#preferred();
    if (!this.#acceptable.stream) throw refuse('NOT_ACCEPTABLE', HOW_TO_SUBSCRIBE);
    if (this.#options.openStreams.stopping) throw refuse('GATEWAY_STOPPING', 'the gateway is stopping and opens no streams: try again');
  }

  /** @throws ProtocolError METHOD_NOT_ALLOWED */
  checkMethod({ kind }: PreparedOperation): void {
    if (kind !== 'mutation' || this.#request.method !== 'GET') return;
    this.#add('allow', 'POST');
    throw refuse('METHOD_NOT_ALLOWED', 'a mutation changes something and cannot be sent by GET: send POST');
  }

  /** True when the client wants what it gets as server-sent events. */
  get prefersEvents(): boolean {
    return this.#acceptable.preferred === 'text/event-stream';
  }

  /** @throws ProtocolError NOT_ACCEPTABLE unless the client takes JSON */
  requireJson(): void {
    if (this.#acceptable.json === undefined)
      throw refuse('NOT_ACCEPTABLE', `expected Accept to name application/json, got ${this.#request.headers.accept}`);
  }

  /** @throws ProtocolError NOT_ACCEPTABLE unless the client takes plain text */
  requireText(): void {
    const { accept } = this.#request.headers;
    const takes = accept === undefined || parseAccept(accept).some(({ essence, quality }) => TEXT_TYPES.has(essence) && quality > 0);
    if (!takes) throw refuse('NOT_ACCEPTABLE', `expected Accept to name text/plain, got ${accept}`);
  }

  /** A status, and a plain text where there is something to say: for what is no GraphQL result. */
  status(status: number, text = ''): void {
    const type = text === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' };
    sendTextEarly(this.#response, status, { ...this.#headers, ...type }, text);
  }

  /** A request that was refused before execution, to a client whose results come elsewhere: never with a status of success. */
  refused(result: GatewayResult): void {
    this.#json(statusOf(result, 'application/graphql-response+json'), this.#acceptable.json ?? 'application/json', result);
  }

  /** True when the operation may be answered in parts and the client reads one of their formats. */
  takesParts({ deferrable }: PreparedOperation): boolean {
    return deferrable === true && this.#acceptable.incremental !== undefined;
  }

  /** What `executeIncrementally` answered to an operation that `takesParts`. Resolves when all of it is written, or the client is gone. */
  async parts(answer: GatewayResult | IncrementalAnswer): Promise<void> {
    if (this.#response.destroyed) return 'updates' in answer ? void (await answer.updates.return?.()) : undefined;
    const { incremental = 'deferSpec=20220824', json } = this.#acceptable;
    if ('updates' in answer) return this.#parts(incremental, toIncrementalMessages(answer));
    if (answer.data === undefined || json !== undefined) {
      const type = json ?? 'application/json';
      return this.#json(statusOf(answer, type), type, answer);
    }
    return this.#parts(incremental, single<IncrementalMessage>({ initial: answer, pending: [] }));
  }

  /** One result: as JSON, or as a stream of one when the client likes that better. @throws ProtocolError NOT_ACCEPTABLE */
  result(result: GatewayResult): Promise<void> | undefined {
    if (this.#response.destroyed) return undefined;
    const type = this.#preferred();
    if (type === 'text/event-stream' || (type === 'multipart/mixed' && result.data !== undefined))
      return this.#stream(type, single(result));
    // The multipart protocol has no place for a request that was refused: it is answered as any other.
    const refused = type === 'multipart/mixed';
    const jsonType = refused ? (this.#acceptable.json ?? 'application/json') : type;
    this.#json(statusOf(result, refused ? 'application/graphql-response+json' : jsonType), jsonType, result);
    return undefined;
  }

  /** Results as they come; `check` must have passed. Resolves when the stream is over, whoever ended it. */
  stream(results: AsyncIterator<GatewayResult>): Promise<void> {
    return this.#stream(this.#acceptable.stream ?? 'text/event-stream', results);
  }

  /** To a client that sent a hash alone: it is to send the text along. With 200, because that is part of the conversation. */
  persistedQueryNotFound(): void {
    this.#json(200, this.#acceptable.json ?? 'application/json', {
      errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    });
  }

  methodNotAllowed(): void {
    const { methods } = this.#options;
    this.#add('allow', `${methods}, OPTIONS`);
    this.refusal(refuse('METHOD_NOT_ALLOWED', `expected one of ${methods}, got ${this.#request.method}`));
  }

  /** Anything that was thrown, with the status of its code. Never throws. */
  refusal(error: unknown): void {
    if (this.#response.headersSent || this.#response.destroyed) return void this.#response.destroy();
    const shown = toClientError(error, this.#requestId, this.#options.logger);
    const status = statusOfRefusal(error);
    if (status === 503) this.#add('retry-after', '1');
    this.#json(status, this.#acceptable.json ?? 'application/json', { errors: [shown] });
  }

  /** To the question of a browser, whether a page of another origin may send what it wants to send. */
  preflight(): void {
    const headers = this.#headers;
    const { methods } = this.#options;
    const isAllowed = headers['access-control-allow-origin'] !== undefined;
    if (isAllowed) Object.assign(headers, preflightHeaders(this.#request.headers, methods));
    this.#response.writeHead(204, { ...headers, allow: `${methods}, OPTIONS` }).end();
  }

  #preferred(): JsonMediaType | StreamMediaType {
    const { preferred } = this.#acceptable;
    if (!preferred)
      throw refuse(
        'NOT_ACCEPTABLE',
        `expected Accept to name application/json or application/graphql-response+json, got ${this.#request.headers.accept}`,
      );
    return preferred;
  }

  #json(status: number, type: JsonMediaType, body: object): void {
    const headers = ['x-request-id', this.#requestId, 'cache-control', 'no-store', 'content-type', CONTENT_TYPES[type]];
    for (const name in this.#special) headers.push(name, String(this.#special[name]));
    sendTextEarly(this.#response, status, headers, toJson(body));
  }

  get #headers(): OutgoingHttpHeaders {
    return { 'x-request-id': this.#requestId, 'cache-control': 'no-store', ...this.#special };
  }

  #add(name: string, value: string): void {
    this.#special = { ...this.#special, [name]: value };
  }

  /** A result in parts has an end, so stopping waits for it as for any other result, and it has no age. */
  async #parts(spec: keyof typeof incrementalFormats, messages: AsyncIterator<IncrementalMessage>): Promise<void> {
    const options = { ...this.#options, headers: this.#headers, maxAgeMs: 0 };
    const end = await writeStream(this.#response, messages, incrementalFormats[spec], options).ended;
    if (end !== 'too-slow') return;
    options.onClientLost('too-slow');
    options.logger.warn({ requestId: this.#requestId }, 'an answer in parts was cut short because its client does not read');
  }

  #stream(type: StreamMediaType, results: AsyncIterator<GatewayResult>): Promise<void> {
    return this.streamAs(STREAM_FORMATS[type], results);
  }

  /** Messages as they come, in any form. Resolves when the stream is over, whoever ended it. */
  async streamAs<Message>(format: StreamFormat<Message>, messages: AsyncIterator<Message>): Promise<void> {
    const { openStreams, onClientLost, logger } = this.#options;
    const written = writeStream(this.#response, messages, format, { ...this.#options, headers: this.#headers });
    const over = openStreams.add(written);
    const end = await written.ended.finally(over);
    if (end !== 'too-slow') return;
    onClientLost('too-slow');
    logger.warn({ requestId: this.#requestId }, 'a stream was closed because its client does not read');
  }
}

async function* single<Message>(message: Message): AsyncGenerator<Message> {
  yield message;
}
