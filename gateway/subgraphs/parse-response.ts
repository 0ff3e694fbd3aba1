import type { GraphQLFormattedError } from 'graphql';
import { ProtocolError, toMessage } from '../../platform/foundation/errors.ts';
import { toPlainNumbers } from '../numerals/hidden-numerals.ts';
import { parseExactly } from '../numerals/parse-exactly.ts';
import type { SubgraphResponse } from './subgraph-client.ts';

/** Deeper data than any operation asks for: walking it would end the stack. */
const MAX_DEPTH = 1_000;

/**
 * The text of a subgraph's answer as a GraphQL response.
 * @param isExact whether numerals in `data` that JavaScript would change come as hidden numerals
 * @throws ProtocolError SUBGRAPH_MALFORMED; what came stands in its cause only, because the message may go to clients
 */
export function parseResponse(text: string, subgraph: string, isExact = false): SubgraphResponse {
  let value: unknown;
  try {
    value = isExact ? parseExactly(text) : JSON.parse(text);
  } catch (error) {
    throw malformed(
      subgraph,
      'JSON, got something else',
      new Error(`${toMessage(error)}; the text begins with ${JSON.stringify(text.slice(0, 200))}`),
    );
  }
  return toSubgraphResponse(value, subgraph);
}

/**
 * Checks the members of a response that came as JSON. Its objects stay as they are, so whoever reads them by a name that is not written in the code
 * uses `ownValue`: what JavaScript gives every object (`constructor`) is no data. (Measured: taking the prototype from every object doubled the
 * time of everything that is done with them later.)
 * @throws ProtocolError SUBGRAPH_MALFORMED
 */
export function toSubgraphResponse(value: unknown, subgraph: string): SubgraphResponse {
  if (!isRecord(value)) throw malformed(subgraph, `an object with data or errors, got ${kindOf(value)}`);
  if (!isAtMostDeep(value, MAX_DEPTH)) throw malformed(subgraph, `at most ${MAX_DEPTH} levels of nesting, got more`);
  const { data, errors, extensions } = value;
  if (data === undefined && errors === undefined) throw malformed(subgraph, 'an object with data or errors, got one with neither');
  if (data !== undefined && data !== null && !isRecord(data))
    throw malformed(subgraph, `data to be an object or null, got ${kindOf(data)}`);
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors === undefined || errors === null ? {} : { errors: toErrors(errors, subgraph) }),
    ...(isRecord(extensions) ? { extensions: toPlainNumbers(extensions) } : {}),
  };
}

/** Errors that a subgraph sent; a member that is no text or no path is left out rather than passed on. @throws ProtocolError SUBGRAPH_MALFORMED */
export function toErrors(sent: unknown, subgraph: string): GraphQLFormattedError[] {
  const value = toPlainNumbers(sent);
  if (!Array.isArray(value)) throw malformed(subgraph, `errors to be a list, got ${kindOf(value)}`);
  return value.map((item: unknown) => {
    if (!isRecord(item)) return { message: 'the subgraph sent an error that is not an object' };
    const { message, path, locations, extensions } = item;
    return {
      message: typeof message === 'string' ? message : 'the subgraph sent an error without a message',
      ...(Array.isArray(path) && path.every(isPathKey) ? { path } : {}),
      ...(Array.isArray(locations) && locations.every(isLocation) ? { locations } : {}),
      ...(isRecord(extensions) ? { extensions } : {}),
    };
  });
}

function isAtMostDeep(value: object, levels: number): boolean {
  if (levels === 0) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const item: unknown = value[index];
      if (typeof item === 'object' && item !== null && !isAtMostDeep(item, levels - 1)) return false;
    }
    return true;
  }
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === 'object' && item !== null && !isAtMostDeep(item, levels - 1)) return false;
  }
  return true;
}

function malformed(subgraph: string, expectation: string, cause?: unknown): ProtocolError {
  return new ProtocolError('SUBGRAPH_MALFORMED', `subgraph ${subgraph}: expected ${expectation}`, { cause });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPathKey(key: unknown): key is string | number {
  return typeof key === 'string' || typeof key === 'number';
}

function isLocation(value: unknown): value is { line: number; column: number } {
  return isRecord(value) && typeof value.line === 'number' && typeof value.column === 'number';
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
