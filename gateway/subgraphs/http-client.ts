import { Pool } from 'undici';
import { DependencyError, ProtocolError, toCode, toMessage } from '../../platform/foundation/errors.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import { HttpExchange, type HttpAnswer } from './http-exchange.ts';
import { parseResponse } from './parse-response.ts';
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

const SOCKET_DIED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** HTTP/1.1 with keep-alive towards one subgraph. `stop` lets running requests finish until its deadline. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { name, timeoutMs, maxResponseBytes = 64 * 1024 * 1024, connections = 128 } = options;
  const { origin, pathname, search } = new URL(options.url);
  const path = pathname + search;
  // The exchange has its own clock over everything, so undici's two, which start anew with each chunk, are off.
  const pool = new Pool(origin, {
    connections,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: timeoutMs },
    keepAliveTimeout: 30_000,
  });

  const send = (body: string, context: CallContext): Promise<HttpAnswer> => {
    const exchange = new HttpExchange({ timeoutMs, maxBytes: maxResponseBytes, signal: context.signal });
    const headers = {
      ...context.headers,
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
    };
    try {
      pool.dispatch({ path, method: 'POST', headers, body }, exchange);
    } catch (error) {
      exchange.fail(error); // a header that HTTP does not allow
    }
    return exchange.answer;
  };

  const sendSafely = async (request: SubgraphRequest, context: CallContext): Promise<HttpAnswer> => {
    const body = toBody(request);
    try {
      return await send(body, context);
    } catch (error) {
      if (!isQuery(request) || !SOCKET_DIED.has(toCode(error) ?? '') || hasBegun(error) || context.signal.aborted) throw error;
      return send(body, context);
    }
  };

  return {
    async execute(request, context) {
      let answer: HttpAnswer;
      try {
        answer = await sendSafely(request, context);
      } catch (error) {
        throw explainFailure(error, name, timeoutMs, maxResponseBytes);
      }
      return parseAnswer(answer, name);
    },
    async stop(deadlineAt) {
      const rude = setTimeout(() => void pool.destroy().catch(() => undefined), Math.max(0, deadlineAt - Date.now() - 250));
      await pool.close().catch(() => undefined); // it was destroyed: nothing is left to close
      clearTimeout(rude);
    },
  };
}

/** JSON members in the order of the specification; what is absent is left out. */
function toBody({ query, variables, operationName }: SubgraphRequest): string {
  return JSON.stringify({ query, variables, operationName });
}

function isQuery({ kind, query }: SubgraphRequest): boolean {
  return kind === undefined ? /^\s*(query\b|\{)/.test(query) : kind === 'query';
}

function hasBegun(error: unknown): boolean {
  return error instanceof Error && 'answerHadBegun' in error;
}

/** A body that is GraphQL wins over its status: many servers answer 400 or 500 with errors that belong to the client. */
function parseAnswer({ status, text }: HttpAnswer, name: string): SubgraphResponse {
  if (status >= 200 && status < 300) return parseResponse(text, name);
  try {
    return parseResponse(text, name);
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
    case 'UND_ERR_CONNECT_TIMEOUT':
      return new DependencyError('SUBGRAPH_TIMEOUT', dependency, `${dependency} did not answer within ${timeoutMs} ms`, { cause });
    case 'too-large':
      return new ProtocolError('SUBGRAPH_MALFORMED', `${dependency}: expected an answer of at most ${maxBytes} bytes, got more`, { cause });
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
