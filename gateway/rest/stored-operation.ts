import {
  GraphQLError,
  Kind,
  Source,
  getDirectiveValues,
  getNullableType,
  isObjectType,
  parse,
  print,
  validate,
  visit,
  type ASTNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { toMessage } from '../../platform/foundation/errors.ts';
import { namesInBraces, readInputs, type OperationInput } from './operation-inputs.ts';
import type { RestFile } from './read-folder.ts';
import {
  bodyDirective,
  headerDirective,
  queryDirective,
  restDirective,
  withRestDirectives,
  type RestArguments,
  type RestMethod,
} from './rest-directives.ts';
import { selectionAt, type Selection, type SelectionScope } from './selection.ts';

/** One operation as REST: how it is asked for, what is run, and how its result becomes an answer. Belongs to one schema. */
export interface StoredOperation {
  readonly file: string;
  /** Its name, or that of its file. */
  readonly id: string;
  readonly kind: OperationDefinitionNode['operation'];
  readonly method: RestMethod;
  /** Below the mount, variables in braces. */
  readonly path: string;
  readonly description: string | undefined;
  /** What the engine is given: the file without our directives. */
  readonly query: string;
  readonly inputs: readonly OperationInput[];
  /** Response names that lead to the answer. */
  readonly result: readonly string[];
  /** What the answer looks like. */
  readonly selection: Selection;
  readonly scope: SelectionScope;
  readonly status: number;
  readonly location: string | undefined;
  readonly notFound: string | undefined;
  readonly retryAfter: number | undefined;
  /** Statuses of error codes that go before the general rules. */
  readonly statuses: ReadonlyMap<string, number>;
  /** Of a subscription. */
  readonly event: string | undefined;
  readonly eventId: readonly string[] | undefined;
}

const OURS = new Set([restDirective, headerDirective, queryDirective, bodyDirective].map(({ name }) => name));
const SEGMENT = /^(?:[\w\-.~]+|\{[A-Za-z_]\w*\})$/;
const EVENT_NAME = /^[\w.-]+$/;
const WORD = /^[A-Z][A-Z0-9_]*$/;

/**
 * Reads one file against a schema.
 * @returns the operation, or every problem with file and line
 */
export function toStoredOperation(
  { file, text }: RestFile,
  schema: GraphQLSchema,
): StoredOperation | { readonly problems: readonly string[] } {
  try {
    const document = parse(new Source(text, file), { maxTokens: 15_000 });
    const errors = validate(withRestDirectives(schema), document);
    if (errors.length > 0) return { problems: errors.map((error) => placed(error, file)) };
    return read(file, document, schema);
  } catch (error) {
    if (error instanceof GraphQLError) return { problems: [placed(error, file)] };
    throw error;
  }
}

function read(file: string, document: DocumentNode, schema: GraphQLSchema): StoredOperation | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const complain = (problem: string, nodes: ASTNode): void => {
    problems.push(placed(new GraphQLError(problem, { nodes }), file));
  };
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [definition] = operations;
  if (!definition || operations.length > 1)
    return { problems: [`${file}: expected one operation and any number of fragments, got ${operations.length} operations`] };
  const values = getDirectiveValues(restDirective, definition);
  if (!values)
    return { problems: [placed(new GraphQLError('expected @rest(method: …, path: …) on the operation', { nodes: definition }), file)] };
  const rest = values as unknown as RestArguments;

  checkRest(rest, definition, (problem) => complain(problem, definition));
  const inputs = readInputs(definition, document, schema, rest, complain);
  const fragments = new Map(
    document.definitions.flatMap((node): [string, FragmentDefinitionNode][] =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [],
    ),
  );
  const scope: SelectionScope = { schema, fragments };
  const result = rest.result === undefined ? [] : rest.result.split('.');
  const root = schema.getRootType(definition.operation);
  const selection = root
    ? selectionAt({ type: root, sets: [definition.selectionSet] }, result, scope)
    : { problem: 'the schema has no such root type' };
  if ('problem' in selection) complain(`result: ${selection.problem}`, definition);
  else {
    for (const name of namesInBraces(rest.location ?? ''))
      lookFor('location', name, selection, scope, (problem) => complain(problem, definition));
    if (rest.eventId !== undefined) lookFor('eventId', rest.eventId, selection, scope, (problem) => complain(problem, definition));
  }
  if (problems.length > 0 || 'problem' in selection) return { problems };
  return {
    file,
    id: definition.name?.value ?? file.replace(/^.*\//, '').replace(/\.graphql$/, ''),
    kind: definition.operation,
    method: rest.method,
    path: rest.path,
    description: definition.description?.value,
    query: print(withoutOurs(document)),
    inputs,
    result,
    selection,
    scope,
    status: rest.status,
    location: rest.location,
    notFound: rest.notFound,
    retryAfter: rest.retryAfter,
    statuses: new Map(Object.entries((rest.statuses ?? {}) as Record<string, number>)),
    event: rest.event,
    eventId: rest.eventId?.split('.'),
  };
}

function checkRest(rest: RestArguments, { operation }: OperationDefinitionNode, complain: (problem: string) => void): void {
  const { method, path, status, location, retryAfter, notFound, event, eventId, statuses = {} } = rest;
  if (
    !path.startsWith('/') ||
    !path
      .slice(1)
      .split('/')
      .every((segment) => SEGMENT.test(segment))
  )
    complain(`path: expected segments of letters, digits, - . _ ~ or a variable in braces, such as /users/{id}; got ${path}`);
  if (path === '/openapi.json') complain('path: /openapi.json is taken by the description of all operations');
  if (new Set(namesInBraces(path)).size < namesInBraces(path).length) complain(`path: a variable stands in it twice: ${path}`);
  if (operation === 'mutation' && method === 'GET') complain('method: a mutation changes something and cannot be a GET');
  if (operation === 'query' && method !== 'GET' && method !== 'POST')
    complain(`method: a query changes nothing and cannot be a ${method}: take GET, or POST for large input`);
  if (operation === 'subscription' && method !== 'GET')
    complain(`method: a subscription is a stream of events, which is a GET, not a ${method}`);
  if (status < 200 || status > 299 || status === 204 || status === 205 || status === 206)
    complain(`status: expected a success with a body, 200 to 299; got ${status}`);
  if (operation === 'subscription' && status !== 200) complain('status: a stream of events is 200');
  if (location !== undefined && !location.startsWith('/'))
    complain(`location: expected a path below the mount, such as /payments/{id}; got ${location}`);
  if (retryAfter !== undefined && (notFound === undefined || retryAfter < 0))
    complain('retryAfter: expected seconds, and notFound beside it');
  if (operation !== 'subscription' && (event !== undefined || eventId !== undefined))
    complain('event and eventId: only a subscription has events');
  if (operation === 'subscription' && (location !== undefined || notFound !== undefined))
    complain('location and notFound: a subscription has neither');
  if (event !== undefined && !EVENT_NAME.test(event)) complain(`event: expected letters, digits, - . _; got ${event}`);
  if (event === 'problem' || event === 'error') complain(`event: ${event} is what the stream says when it fails`);
  if (typeof statuses !== 'object' || statuses === null || Array.isArray(statuses))
    return complain('statuses: expected an object such as { INSUFFICIENT_FUNDS: 422 }');
  for (const [code, value] of Object.entries(statuses)) {
    if (!WORD.test(code)) complain(`statuses: expected a code in capitals, got ${code}`);
    if (!Number.isInteger(value) || (value as number) < 400 || (value as number) > 599)
      complain(`statuses: expected a status from 400 to 599 for ${code}, got ${String(value)}`);
  }
}

/** Whether a place in the answer is one leaf. */
function lookFor(what: string, path: string, selection: Selection, scope: SelectionScope, complain: (problem: string) => void): void {
  const found = selectionAt(selection, path.split('.'), scope);
  if ('problem' in found) complain(`${what}: ${found.problem}`);
  else if (isObjectType(getNullableType(found.type)) || found.sets.length > 0)
    complain(`${what}: ${path} is an object, expected one value`);
}

function withoutOurs(document: DocumentNode): DocumentNode {
  return visit(document, {
    Directive: (node) => (OURS.has(node.name.value) ? null : undefined),
    OperationDefinition: (node) => ({ ...node, description: undefined }),
    FragmentDefinition: (node) => ({ ...node, description: undefined }),
    VariableDefinition: (node) => ({ ...node, description: undefined }),
  });
}

function placed(error: GraphQLError, file: string): string {
  const place = error.locations?.[0];
  return `${file}${place ? `:${place.line}:${place.column}` : ''}: ${toMessage(error)}`;
}
