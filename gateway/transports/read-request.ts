import type { IncomingMessage } from 'node:http';
import { refuseForgedGet, type CsrfPolicy } from './csrf.ts';
import { fromSearchParams, parseJson, toIncomingRequest, type IncomingRequest } from './graphql-request.ts';
import { parseClientJson } from './parse-client-json.ts';
import { readJsonText, requireJson } from './read-body.ts';

export interface ReadRequestOptions {
  readonly maxBodyBytes: number;
  readonly csrf: CsrfPolicy;
}

/**
 * The GraphQL request of a POST's body or a GET's parameters.
 * @throws ProtocolError UNSUPPORTED_MEDIA_TYPE | PAYLOAD_TOO_LARGE | BAD_REQUEST
 */
export async function readRequest(request: IncomingMessage, { maxBodyBytes, csrf }: ReadRequestOptions): Promise<IncomingRequest> {
  if (request.method !== 'GET') return toIncomingRequest(parseJson(await readJsonText(request, maxBodyBytes), 'the body', parseClientJson));
  if (request.headers['content-type'] !== undefined) requireJson(request.headers['content-type']);
  refuseForgedGet(request.headers, csrf);
  return fromSearchParams(searchParamsOf(request));
}

export function searchParamsOf({ url = '' }: IncomingMessage): URLSearchParams {
  const question = url.indexOf('?');
  return new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
}
