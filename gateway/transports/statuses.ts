import { AppError } from '../../platform/foundation/errors.ts';
import type { GatewayResult } from '../engine.ts';
import type { JsonMediaType } from './negotiate.ts';

/** Refusals of a transport, before or beside GraphQL, and the HTTP status of each. Every code stands in docs/errors.md. */
export const REFUSAL_STATUS = {
  BAD_REQUEST: 400,
  NOT_FOUND: 404,
  STREAM_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  STREAM_ALREADY_OPEN: 409,
  OPERATION_EXISTS: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TOO_MANY_OPERATIONS: 429,
  GATEWAY_STOPPING: 503,
} as const;

export type RefusalCode = keyof typeof REFUSAL_STATUS;

/**
 * The HTTP status of a well-formed GraphQL request (docs/decisions/http-statuses.md): in `application/json` always 200, because a client
 * that reads that type may not trust a body that comes with another status; in `application/graphql-response+json` 200 when execution
 * began, 400 when the request was refused before, 500 when that was our fault.
 */
export function statusOf(result: GatewayResult, type: JsonMediaType): number {
  if (type === 'application/json' || result.data !== undefined) return 200;
  return result.errors?.some(({ extensions }) => extensions?.code === 'INTERNAL_SERVER_ERROR') ? 500 : 400;
}

/** The HTTP status of anything that was thrown instead of an answer; what is not a refusal is our fault. */
export function statusOfRefusal(error: unknown): number {
  const code = error instanceof AppError ? error.code : '';
  return Object.hasOwn(REFUSAL_STATUS, code) ? REFUSAL_STATUS[code as RefusalCode] : 500;
}
