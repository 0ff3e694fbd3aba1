import { ConfigError } from '../../platform/foundation/errors.ts';

const LOCAL_KEYS = ['sdl', 'resolvers', 'context'];
const OPERATION_KEYS = ['query', 'operationName', 'variables', 'headers'];

/** @throws ConfigError CONFIG_INVALID that says for each subgraph what was expected and what came */
export function checkSubgraphs(options: unknown): void {
  const subgraphs = isObject(options) ? options['subgraphs'] : undefined;
  if (!isObject(subgraphs)) throw new ConfigError([`startTestGraph: expected { subgraphs: { name: … } }, got ${describe(options)}`]);
  if (Object.keys(subgraphs).length === 0) throw new ConfigError(['startTestGraph: expected at least one subgraph, got none']);
  const problems = Object.entries(subgraphs).flatMap(([name, subgraph]) => {
    const problem = problemOf(subgraph);
    return problem === undefined ? [] : [`subgraph ${name}: ${problem}`];
  });
  if (problems.length > 0) throw new ConfigError(problems);
}

/** @throws TypeError that says what was expected and what came */
export function checkOperation(what: string, operation: unknown): void {
  const known = what === 'subscribe' ? [...OPERATION_KEYS, 'over'] : OPERATION_KEYS;
  const expected = `${what}: expected { ${known.map((key) => (key === 'query' ? key : `${key}?`)).join(', ')} }`;
  if (!isObject(operation)) throw new TypeError(`${expected}, got ${describe(operation)}`);
  const strangers = Object.keys(operation).filter((key) => !known.includes(key));
  if (strangers.length > 0) throw new TypeError(`${expected}, got ${strangers.join(', ')} besides`);
  if (!isDocument(operation['query']))
    throw new TypeError(`${expected} with a query as text or document, got ${describe(operation['query'])}`);
  if (operation['over'] !== undefined && operation['over'] !== 'sse' && operation['over'] !== 'websocket')
    throw new TypeError(`${what}: expected over to be sse or websocket, got ${describe(operation['over'])}`);
}

/** What came, in few words. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (value instanceof Promise) return 'a Promise: await it first';
  if (typeof value === 'string') return `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`;
  if (typeof value !== 'object') return `${typeof value} ${String(value)}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an empty object' : `an object with ${keys.slice(0, 10).join(', ')}`;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Promise);
}

export function isDocument(value: unknown): boolean {
  return typeof value === 'string' || (isObject(value) && value['kind'] === 'Document');
}

function problemOf(subgraph: unknown): string | undefined {
  const expected = 'expected { sdl, resolvers? } or { url, sdl? }';
  if (!isObject(subgraph)) return `${expected}, got ${describe(subgraph)}`;
  const { url, sdl } = subgraph;
  if (url !== undefined) {
    if (typeof url !== 'string' || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      return `expected a url that starts with http:// or https://, got ${describe(url)}`;
    const besides = LOCAL_KEYS.filter((key) => key !== 'sdl' && subgraph[key] !== undefined);
    if (besides.length > 0) return `expected { url, sdl? }, got ${besides.join(' and ')} too: what runs elsewhere has resolvers of its own`;
    if (sdl === undefined) return undefined;
  }
  if (!isDocument(sdl)) return `${expected} with the SDL as text or document, got ${describe(sdl ?? subgraph)}`;
  return undefined;
}
