import { ProtocolError } from '../../platform/foundation/errors.ts';
import type { GatewayRequest } from '../engine.ts';
import { isHiddenNumeral, toPlainNumbers } from '../numerals/hidden-numerals.ts';
import { parseExactly } from '../numerals/parse-exactly.ts';
import { refuse } from './refuse.ts';

/** Variables deeper than this are no input of any schema; walking them would end the stack. */
const MAX_DEPTH = 200;

/** A request as it came: `query` may be absent when `extensions.persistedQuery` stands for it. */
export type IncomingRequest = Omit<GatewayRequest, 'query'> & { readonly query: string | undefined };

/**
 * The members of a GraphQL request that came as JSON. `null` counts as absent, unknown members are ignored. Only variables may hold hidden numerals afterwards.
 * @throws ProtocolError BAD_REQUEST
 */
export function toIncomingRequest(value: unknown): IncomingRequest {
  if (Array.isArray(value))
    throw refuse('BAD_REQUEST', 'expected one request as an object, got a list: batching is not supported, send one request at a time');
  if (!isRecord(value)) throw refuse('BAD_REQUEST', `expected a JSON object with a query, got ${kindOf(value)}`);
  return {
    query: optionalText(value.query, 'query'),
    operationName: optionalText(value.operationName, 'operationName'),
    variables: optionalMap(value.variables, 'variables'),
    extensions: toPlainNumbers(optionalMap(value.extensions, 'extensions')),
  };
}

/**
 * The same from the parameters of a URL, where an empty value counts as absent.
 * @throws ProtocolError BAD_REQUEST
 */
export function fromSearchParams(parameters: URLSearchParams): IncomingRequest {
  const text = (name: string): string | undefined => {
    const values = parameters.getAll(name);
    if (values.length > 1) throw refuse('BAD_REQUEST', `expected one parameter ${name}, got ${values.length}`);
    return values[0] || undefined;
  };
  return toIncomingRequest({
    query: text('query'),
    operationName: text('operationName'),
    variables: json(text('variables'), 'variables'),
    extensions: json(text('extensions'), 'extensions'),
  });
}

/** @throws ProtocolError BAD_REQUEST when there is no query */
export function requireQuery(request: IncomingRequest): GatewayRequest {
  const { query } = request;
  if (query === undefined) throw refuse('BAD_REQUEST', 'expected a query, got none');
  return { query, operationName: request.operationName, variables: request.variables, extensions: request.extensions };
}

/** @param parse `parseExactly` or `parseClientJson` where hidden numerals are welcome @throws ProtocolError BAD_REQUEST */
export function parseJson(text: string, what: string, parse: (text: string) => unknown = JSON.parse): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw refuse('BAD_REQUEST', `expected ${what} to be JSON, got text that does not parse`);
  }
}

function json(text: string | undefined, name: string): unknown {
  return text === undefined ? undefined : parseJson(text, name, parseExactly);
}

function optionalText(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || isHiddenNumeral(value))
    throw refuse('BAD_REQUEST', `expected ${name} to be a string, got ${kindOf(value)}`);
  return value;
}

function optionalMap(value: unknown, name: string): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) throw refuse('BAD_REQUEST', `expected ${name} to be an object, got ${kindOf(value)}`);
  if (!isAtMostDeep(value, MAX_DEPTH))
    throw refuse('BAD_REQUEST', `expected ${name} to have at most ${MAX_DEPTH} levels of nesting, got more`);
  return value;
}

function isAtMostDeep(value: object, levels: number): boolean {
  if (levels === 0) return false;
  for (const name in value) {
    const item = (value as Record<string, unknown>)[name];
    if (typeof item === 'object' && item !== null && !isAtMostDeep(item, levels - 1)) return false;
  }
  return true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (isHiddenNumeral(value)) return 'a number';
  return `a ${typeof value}`;
}
