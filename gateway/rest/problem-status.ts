import { REFUSAL_STATUS } from '../transports/statuses.ts';

/** Codes of the gateway and of GraphQL servers at large that are no family. */
const STATUSES: Readonly<Record<string, number>> = {
  ...REFUSAL_STATUS,
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  GATEWAY_NOT_READY: 503,
  REQUEST_ABORTED: 503,
  SUBSCRIPTION_TOO_SLOW: 503,
  SUBGRAPH_MALFORMED: 502,
  DOWNSTREAM_SERVICE_ERROR: 502,
};

/** Families by the end of the code: USER_NOT_FOUND, BOOKING_CONFLICT, SUBGRAPH_TIMEOUT … */
const FAMILIES: readonly (readonly [string, number])[] = [
  ['_NOT_FOUND', 404],
  ['_CONFLICT', 409],
  ['_EXPIRED', 410],
  ['_UNAVAILABLE', 503],
  ['_TIMEOUT', 504],
];

/**
 * The status of an error's code: what the operation says, or else what the code's name says. A code that nobody explains is 500:
 * a client must not take for its own mistake what may be ours.
 */
export function statusOfCode(code: string, ofOperation: ReadonlyMap<string, number>): number {
  const known = ofOperation.get(code) ?? (Object.hasOwn(STATUSES, code) ? STATUSES[code] : undefined);
  return known ?? FAMILIES.find(([end]) => code.endsWith(end))?.[1] ?? 500;
}

/** Whether the same request may succeed a little later. */
export function isTemporary(status: number): boolean {
  return status === 503 || status === 504;
}
