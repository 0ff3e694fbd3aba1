import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { coerceInputValue } from 'graphql';
import { DomainError } from '../../platform/foundation/errors.ts';
import { parseJson } from '../transports/graphql-request.ts';
import { readJsonText, requireJson } from '../transports/read-body.ts';
import { refuse } from '../transports/refuse.ts';
import { hasBody, type InputSource, type OperationInput } from './operation-inputs.ts';
import type { ProblemPart } from './problem.ts';
import type { FoundRoute } from './rest-routes.ts';
import { toTextValue } from './text-value.ts';

const MAX_PROBLEMS = 20;
const SHOWN = 60;

/**
 * The variables of an operation from the path, the query string, the headers and the JSON body of a request. Reads the body.
 * @throws DomainError BAD_USER_INPUT with every parameter and member that is wrong, missing or unknown
 * @throws ProtocolError BAD_REQUEST | UNSUPPORTED_MEDIA_TYPE | PAYLOAD_TOO_LARGE
 */
export async function readVariables(request: IncomingMessage, route: FoundRoute, maxBodyBytes: number): Promise<Record<string, unknown>> {
  const { operation, parameters } = route;
  const search = readSearch(request.url ?? '');
  const body = hasBody(operation.method) ? await readBody(request, maxBodyBytes) : undefined;
  const problems: ProblemPart[] = [...unknownParameters(search, operation.inputs), ...unknownMembers(body, operation.inputs)];
  const variables: Record<string, unknown> = {};
  for (const input of operation.inputs) {
    const source = input.sources.find((candidate) => isGiven(candidate, request.headers, search, body));
    if (source) {
      const read = isText(source)
        ? readText(input, source, textsOf(source, request.headers, search, parameters))
        : readJson(input, source, body);
      if ('problems' in read) problems.push(...read.problems);
      else variables[input.variable] = read.value;
    } else if (input.required) {
      problems.push(...input.sources.slice(0, 1).map((missing) => tell(missing, 'is required')));
    }
  }
  const [first] = problems;
  if (first) {
    const more = problems.length > 1 ? `; and ${problems.length - 1} more, see errors` : '';
    throw new DomainError('BAD_USER_INPUT', `${first.detail}${more}`, { errors: problems.slice(0, MAX_PROBLEMS) });
  }
  return variables;
}

type Read = { readonly value: unknown } | { readonly problems: readonly ProblemPart[] };

function readText(input: OperationInput, source: InputSource, texts: readonly string[]): Read {
  const converted = toTextValue(texts, input.type);
  return 'problem' in converted ? { problems: [tell(source, converted.problem)] } : converted;
}

/** The engine checks variables too, but it names them as the operation does, which the client has never seen. */
function readJson(input: OperationInput, source: InputSource, body: unknown): Read {
  const value = source.in === 'whole body' ? body : (body as Readonly<Record<string, unknown>>)[source.name];
  const problems: ProblemPart[] = [];
  coerceInputValue(value, input.type, (path, _invalid, error) => {
    const place = [...(source.in === 'whole body' ? [] : [source.name]), ...path];
    problems.push({
      detail: `${place.length > 0 ? `body member ${place.join('.')}` : 'the body'}: ${error.message}`,
      pointer: pointerTo(place),
    });
  });
  return problems.length > 0 ? { problems } : { value };
}

function tell({ in: place, name }: InputSource, problem: string): ProblemPart {
  switch (place) {
    case 'header':
      return { detail: `header ${name} ${problem}`, parameter: name };
    case 'path':
    case 'query':
      return { detail: `parameter ${name} ${problem}`, parameter: name };
    case 'body':
      return { detail: `body member ${name} ${problem}`, pointer: pointerTo([name]) };
    case 'whole body':
      return { detail: `a JSON body ${problem}`, pointer: '#' };
  }
}

function pointerTo(path: readonly (string | number)[]): string {
  return `#${path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')}`;
}

function isText({ in: place }: InputSource): boolean {
  return place !== 'body' && place !== 'whole body';
}

function isGiven({ in: place, name }: InputSource, headers: IncomingHttpHeaders, search: URLSearchParams, body: unknown): boolean {
  switch (place) {
    case 'path':
      return true;
    case 'query':
      return search.has(name);
    case 'header':
      return Boolean(headers[name.toLowerCase()]); // an empty header says nothing
    case 'body':
      return body !== undefined && Object.hasOwn(body as object, name);
    case 'whole body':
      return body !== undefined;
  }
}

function textsOf(
  { in: place, name }: InputSource,
  headers: IncomingHttpHeaders,
  search: URLSearchParams,
  parameters: FoundRoute['parameters'],
): readonly string[] {
  if (place === 'query') return search.getAll(name);
  if (place === 'path') return [parameters[name] ?? ''];
  const header = headers[name.toLowerCase()];
  return typeof header === 'string' ? [header] : (header ?? []);
}

/** @throws ProtocolError BAD_REQUEST for an encoding that nothing can be made of */
function readSearch(url: string): URLSearchParams {
  const question = url.indexOf('?');
  const text = question < 0 ? '' : url.slice(question + 1);
  try {
    decodeURIComponent(text);
  } catch {
    throw refuse('BAD_REQUEST', 'expected the query string to be percent-encoded UTF-8, got something that does not decode');
  }
  return new URLSearchParams(text);
}

/** @returns undefined when there is none */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const { headers } = request;
  if (headers['content-type'] !== undefined) requireJson(headers['content-type']);
  if (!isBodyAnnounced(headers)) return undefined;
  return parseJson(await readJsonText(request, maxBytes), 'the body');
}

/** Whether the request's headers announce a body. */
export function isBodyAnnounced(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function unknownParameters(search: URLSearchParams, inputs: readonly OperationInput[]): ProblemPart[] {
  const known = inputs.flatMap(({ sources }) => sources.flatMap((source) => (source.in === 'query' ? [source.name] : [])));
  return [...new Set(search.keys())]
    .filter((name) => !known.includes(name))
    .map((name) => ({ detail: `parameter ${shorten(name)} is not known; ${listing('parameters', known)}`, parameter: shorten(name) }));
}

/** @throws ProtocolError BAD_REQUEST when members are wanted and the body has none to have */
function unknownMembers(body: unknown, inputs: readonly OperationInput[]): ProblemPart[] {
  if (body === undefined || inputs.some(({ sources }) => sources.some((source) => source.in === 'whole body'))) return [];
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refuse(
      'BAD_REQUEST',
      `expected the body to be a JSON object, got ${Array.isArray(body) ? 'a list' : body === null ? 'null' : `a ${typeof body}`}`,
    );
  }
  const known = inputs.flatMap(({ sources }) => sources.flatMap((source) => (source.in === 'body' ? [source.name] : [])));
  return Object.keys(body)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      detail: `body member ${shorten(name)} is not known; ${listing('members', known)}`,
      pointer: pointerTo([shorten(name)]),
    }));
}

function listing(what: string, known: readonly string[]): string {
  return known.length === 0 ? `there are no ${what}` : `known are ${known.join(', ')}`;
}

function shorten(name: string): string {
  return name.length > SHOWN ? `${name.slice(0, SHOWN)}…` : name;
}
