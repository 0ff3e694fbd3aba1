import { DependencyError, ProtocolError, toCode, toMessage } from '../../platform/foundation/errors.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import type { AbortNotice } from './abort-notice.ts';
import { createHttp1Pool } from './http1-pool.ts';
import type { HttpAnswer } from './http1-response.ts';
import { createRequestWriter } from './http1-request.ts';
import { parseResponse } from './parse-response.ts';
import { createBodyWriter } from './request-body.ts';
import { SeenChanges } from './seen-changes.ts';
import { createSharedQueries } from './shared-queries.ts';
import type { CallContext, SubgraphRequest, SubgraphResponse } from './subgraph-client.ts';

export interface HttpClientOptions {
  /** The subgraph's name, for messages. */
  readonly name: string;
  readonly url: string;
  /** From the call to the last byte of the answer, connecting and waiting for a free connection included. */
  readonly timeoutMs: number;
  /** Largest answer; default 64 MiB. */
  readonly maxResponseBytes?: number;
  /** Connections at once; more requests wait for one. Default 128. */
  readonly connections?: number;
  /** Mutations are noted there when they are over; default: one of its own. */
  readonly changes?: SeenChanges | undefined;
  /** Whether identical queries that run at the same time, with no change between, are sent once; default false. */
  readonly shareQueries?: boolean | undefined;
}

export interface HttpClient extends Stoppable {
  /**
   * POSTs one operation. An answer of any status with a GraphQL body is an answer.
   * A query whose keep-alive socket dies before the first byte is sent once more; a mutation never is.
   * @throws DependencyError SUBGRAPH_UNAVAILABLE | SUBGRAPH_TIMEOUT | REQUEST_ABORTED (the context's signal)
   * @throws ProtocolError SUBGRAPH_MALFORMED
   */
  execute(request: SubgraphRequest, context: CallContext): Promise<SubgraphResponse>;
}

const SOCKET_DIED = new Set(['ECONNRESET', 'EPIPE', 'closed']);

/** HTTP/1.1 with keep-alive towards one subgraph. `stop` lets running requests finish until its deadline. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { name, timeoutMs, maxResponseBytes = 64 * 1024 * 1024, connections = 128, changes = new SeenChanges() } = options;
  const url = new URL(options.url);
  const pool = createHttp1Pool({ url, timeoutMs, maxResponseBytes, connections });
  const writeRequest = createRequestWriter(url);
  const writeBody = createBodyWriter();
  const shareQuery = options.shareQueries ? createSharedQueries(changes) : undefined;
  const read = (answer: HttpAnswer): SubgraphResponse => parseAnswer(answer, name, false);
  const readExactly = (answer: HttpAnswer): SubgraphResponse => parseAnswer(answer, name, true);
  const onFailure = (error: unknown): never => {
    throw explainFailure(error, name, timeoutMs, maxResponseBytes);
  };

  /** Also of one that failed: it may have been done. */
  const noteChange = (): void => changes.note();

  return {
    execute(request, { headers, signal }) {
      const onAnswer = request.exactNumbers ? readExactly : read;
      let body: string;
      let text: string | Buffer;
      try {
        body = writeBody(request);
        text = writeRequest(body, headers);
      } catch (error) {
        return Promise.reject(explainFailure(error, name, timeoutMs, maxResponseBytes));
      }
      if (!isQuery(request)) return pool.exchange(text, signal).finally(noteChange).then(onAnswer, onFailure);
      if (!shareQuery) {
        return pool
          .exchange(text, signal)
          .then(onAnswer, (error: unknown) =>
            mayBeSentAgain(error) && !signal.aborted ? pool.exchange(text, signal).then(onAnswer, onFailure) : onFailure(error),
          );
      }
      const send = (stop: AbortNotice): Promise<HttpAnswer> =>
        pool.exchange(text, stop).catch((error: unknown) => {
          if (mayBeSentAgain(error) && !stop.aborted) return pool.exchange(text, stop);
          throw error;
        });
      return shareQuery(body, headers, signal, send).then(onAnswer, onFailure);
    },
    stop: pool.stop,
  };
}

function mayBeSentAgain(error: unknown): boolean {
  return SOCKET_DIED.has(toCode(error) ?? '') && !hasBegun(error);
}

function isQuery({ kind, query }: SubgraphRequest): boolean {
  return kind === undefined ? /^\s*(query\b|\{)/.test(query) : kind === 'query';
}

function hasBegun(error: unknown): boolean {
  return error instanceof Error && 'answerHadBegun' in error;
}

/** A body that is GraphQL wins over its status: many servers answer 400 or 500 with errors that belong to the client. */
function parseAnswer({ status, text }: HttpAnswer, name: string, isExact: boolean): SubgraphResponse {
  if (status >= 200 && status < 300) return parseResponse(text, name, isExact);
  try {
    return parseResponse(text, name, isExact);
  } catch (cause) {
    throw new DependencyError(
      'SUBGRAPH_UNAVAILABLE',
      `subgraph ${name}`,
      `subgraph ${name} answered with HTTP status ${status} and no GraphQL response`,
      { cause },
    );
  }
}

function explainFailure(cause: unknown, name: string, timeoutMs: number, maxBytes: number): Error {
  const dependency = `subgraph ${name}`;
  switch (toCode(cause)) {
    case 'timeout':
      return new DependencyError('SUBGRAPH_TIMEOUT', dependency, `${dependency} did not answer within ${timeoutMs} ms`, { cause });
    case 'too-large':
      return new ProtocolError('SUBGRAPH_MALFORMED', `${dependency}: expected an answer of at most ${maxBytes} bytes, got more`, { cause });
    case 'malformed':
      return new ProtocolError('SUBGRAPH_MALFORMED', `${dependency}: expected an answer in HTTP/1.1, got something else`, { cause });
    case 'aborted':
      return new DependencyError('REQUEST_ABORTED', dependency, `the request to ${dependency} was given up because the client left`, {
        retryable: false,
        cause,
      });
    default:
      return new DependencyError('SUBGRAPH_UNAVAILABLE', dependency, `${dependency} cannot be reached`, {
        cause: cause instanceof Error ? cause : new Error(toMessage(cause)),
      });
  }
}
