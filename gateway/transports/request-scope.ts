import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { CallContext } from '../subgraphs/subgraph-client.ts';
import { Departure } from './departure.ts';

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** The client's own id for its request when it sent a sane one, a new one otherwise. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** What is handed on to subgraphs: the named headers of the client, and the request's id. @param names in lower case */
export function forwardedHeaders(
  headers: Readonly<Record<string, unknown>>,
  names: readonly string[],
  requestId: string,
): Record<string, string> {
  const forwarded: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') forwarded[name] = value;
  }
  forwarded['x-request-id'] = requestId;
  return forwarded;
}

/** The context of one HTTP request. Its signal aborts when the client goes before it has its whole answer. */
export function contextOf(response: ServerResponse, requestId: string, forwardHeaders: readonly string[]): CallContext {
  const left = new Departure();
  response.on('close', () => {
    if (!response.writableFinished) left.abort();
  });
  return { headers: forwardedHeaders(response.req.headers, forwardHeaders, requestId), signal: left, requestId };
}
