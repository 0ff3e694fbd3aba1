import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { DomainError } from '../../platform/foundation/errors.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import type { GatewayResult } from '../engine.ts';
import { numeralOf, toJson } from '../numerals/hidden-numerals.ts';
import { corsHeaders, preflightHeaders, type AllowedOrigins } from '../transports/cors.ts';
import { parseAccept } from '../transports/media-type.ts';
import type { OpenStreams } from '../transports/open-streams.ts';
import { refuse, toClientError } from '../transports/refuse.ts';
import { sendTextEarly } from '../transports/send.ts';
import type { StreamOptions } from '../transports/stream-options.ts';
import { writeStream } from '../transports/write-stream.ts';
import { createEventFormat, problemStream } from './event-format.ts';
import { codesOf, toProblem, type Problem, type ProblemPart, type ProblemScope } from './problem.ts';
import { isTemporary } from './problem-status.ts';
import { valueAt } from './selection.ts';
import type { StoredOperation } from './stored-operation.ts';

export interface RestReplyOptions extends StreamOptions {
  readonly logger: Logger;
  readonly corsOrigins: AllowedOrigins;
  readonly openStreams: OpenStreams;
}

const RETRY_AFTER_SECONDS = 1;
const EXPOSED = 'x-request-id, location, retry-after, x-partial';
const NO_STATUSES: ReadonlyMap<string, number> = new Map();

/** The answer to one request. Every form of it carries the same headers. */
export class RestReply {
  readonly #response: ServerResponse;
  readonly #options: RestReplyOptions;
  readonly #headers: OutgoingHttpHeaders;
  readonly #accept: string | undefined;
  #scope: ProblemScope;

  /** @param instance the path that was asked for */
  constructor(response: ServerResponse, requestId: string, instance: string, options: RestReplyOptions) {
    const { headers } = response.req;
    const cors = corsHeaders(headers, options.corsOrigins);
    this.#response = response;
    this.#options = options;
    this.#accept = headers.accept;
    this.#scope = { instance: instance.slice(0, 500), requestId, statuses: NO_STATUSES };
    this.#headers = { 'x-request-id': requestId, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...cors };
    if (cors['access-control-allow-origin'] !== undefined) this.#headers['access-control-expose-headers'] = EXPOSED;
    if (options.openStreams.stopping) this.#headers.connection = 'close';
  }

  get scope(): ProblemScope {
    return this.#scope;
  }

  get isHead(): boolean {
    return this.#response.req.method === 'HEAD';
  }

  /**
   * From here on problems have the operation's own statuses.
   * @throws ProtocolError NOT_ACCEPTABLE | GATEWAY_STOPPING
   */
  check({ kind, statuses }: StoredOperation): void {
    this.#scope = { ...this.#scope, statuses };
    const type = kind === 'subscription' ? 'text/event-stream' : 'application/json';
    if (!this.#accepts(type)) throw refuse('NOT_ACCEPTABLE', `expected Accept to name ${type}, got ${this.#accept}`);
    if (kind === 'subscription' && this.#options.openStreams.stopping)
      throw refuse('GATEWAY_STOPPING', 'the gateway is stopping and opens no streams: try again');
  }

  methodNotAllowed(allowed: readonly string[]): void {
    this.#headers.allow = [...allowed, 'OPTIONS'].join(', ');
    this.failure(refuse('METHOD_NOT_ALLOWED', `expected ${allowed.join(' or ')}, got ${this.#response.req.method}`));
  }

  /** To the question of a browser, whether a page of another origin may send what it wants to send. */
  preflight(allowed: readonly string[]): void {
    const allow = [...allowed, 'OPTIONS'].join(', ');
    if (this.#headers['access-control-allow-origin'] !== undefined)
      Object.assign(this.#headers, preflightHeaders(this.#response.req.headers, allowed.join(', ')));
    this.#response.writeHead(204, { ...this.#headers, allow }).end();
  }

  /** A document of the gateway's own. */
  document(text: string): void {
    this.#send(200, 'application/json', text);
  }

  /** The answer of an operation that succeeded. @param base what stands before a path below the mount */
  success(operation: StoredOperation, result: GatewayResult, base: string): void {
    const value = valueAt(result.data, operation.result);
    const location = operation.location && fill(operation.location, value);
    if (location) this.#headers.location = `${base}${location}`;
    if (result.errors?.length) this.#headers['x-partial'] = codesOf(result).join(', ');
    this.#send(operation.status, 'application/json', toJson(value as object));
  }

  notFound(detail: string, retryAfter: number | undefined): void {
    if (retryAfter !== undefined) this.#headers['retry-after'] = String(retryAfter);
    this.problem(toProblem('NOT_FOUND', detail, this.#scope));
  }

  problem(problem: Problem): void {
    if (this.#response.headersSent || this.#response.destroyed) return void this.#response.destroy();
    const { status } = problem;
    if (isTemporary(status)) this.#headers['retry-after'] = String(RETRY_AFTER_SECONDS);
    this.#send(status, 'application/problem+json', JSON.stringify(problem));
  }

  /** A stream that could not be opened. To an EventSource, which says what it accepts, a temporary problem is an event, so that it comes back. */
  streamProblem(problem: Problem): void {
    if (!isTemporary(problem.status) || !this.#names('text/event-stream')) return this.problem(problem);
    this.#send(200, 'text/event-stream', problemStream(problem));
  }

  /** Anything that was thrown. Never throws. */
  failure(error: unknown, isStream = false): void {
    const { message, extensions } = toClientError(error, this.#scope.requestId, this.#options.logger);
    const parts = error instanceof DomainError ? (error.details['errors'] as readonly ProblemPart[] | undefined) : undefined;
    const problem = toProblem(String(extensions?.['code']), message, this.#scope, parts);
    if (isStream) this.streamProblem(problem);
    else this.problem(problem);
  }

  /** Events as they come. Resolves when the stream is over, whoever ended it. */
  async stream(operation: StoredOperation, results: AsyncIterator<GatewayResult>): Promise<void> {
    const { openStreams, onClientLost, logger } = this.#options;
    if (this.#response.destroyed) return void (await results.return?.());
    const format = createEventFormat(operation, this.#scope);
    const written = writeStream(this.#response, results, format, { ...this.#options, headers: this.#headers });
    const over = openStreams.add(written);
    const end = await written.ended.finally(over);
    if (end !== 'too-slow') return;
    onClientLost('too-slow');
    logger.warn({ requestId: this.#scope.requestId }, 'a stream was closed because its client does not read');
  }

  /** To HEAD: what a GET would begin with. */
  streamHead(): void {
    this.#response.writeHead(200, { ...this.#headers, 'content-type': 'text/event-stream; charset=utf-8' }).end();
  }

  #send(status: number, type: string, text: string): void {
    if (this.#response.destroyed) return;
    sendTextEarly(
      this.#response,
      status,
      { ...this.#headers, 'content-type': type === 'text/event-stream' ? `${type}; charset=utf-8` : type },
      text,
    );
  }

  #accepts(type: string): boolean {
    if (this.#accept === undefined) return true;
    const ranges = parseAccept(this.#accept);
    const found = [type, `${type.split('/', 1).join()}/*`, '*/*']
      .map((essence) => ranges.find((range) => range.essence === essence))
      .find((range) => range !== undefined);
    return found !== undefined && found.quality > 0;
  }

  #names(type: string): boolean {
    return this.#accept !== undefined && parseAccept(this.#accept).some(({ essence }) => essence === type);
  }
}

/** @returns undefined when the answer lacks one of the places */
function fill(template: string, value: unknown): string | undefined {
  let complete = true;
  const filled = template.replace(/\{([^{}]*)\}/g, (_place, name: string) => {
    const part = valueAt(value, name.split('.'));
    if (typeof part !== 'string' && typeof part !== 'number' && typeof part !== 'boolean') complete = false;
    return encodeURIComponent(numeralOf(part) ?? String(part));
  });
  return complete ? filled : undefined;
}
