import { STATUS_CODES } from 'node:http';
import { hasBody, type InputSource, type OperationInput } from './operation-inputs.ts';
import { JsonSchemas, described, type JsonSchema } from './json-schema.ts';
import { statusOfCode } from './problem-status.ts';
import type { StoredOperation } from './stored-operation.ts';

const PROBLEM = 'Problem';
const PROBLEM_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'What went wrong (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'One for each code.' },
    title: { type: 'string', description: 'The code in words.' },
    status: { type: 'integer', minimum: 400, maximum: 599, description: 'The status of this answer.' },
    detail: { type: 'string', description: 'What happened here, and what would work.' },
    instance: { type: 'string', description: 'The path that was asked for.' },
    code: { type: 'string', description: 'What programs should look at: it does not change when texts do.' },
    requestId: { type: 'string', description: 'Finds this request in logs; also in the header X-Request-Id.' },
    errors: {
      type: 'array',
      description: 'Each thing that is wrong, when there is more to say.',
      items: {
        type: 'object',
        required: ['detail'],
        properties: {
          detail: { type: 'string' },
          code: { type: 'string' },
          pointer: { type: 'string', description: 'A member of the body, as a JSON pointer.' },
          parameter: { type: 'string', description: 'A parameter of the path, the query string or the headers.' },
        },
      },
    },
  },
};
const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds to wait before the same request is sent again.', schema: { type: 'integer' } },
};

/** OpenAPI 3.1 of all operations, as JSON. @param mount one segment: `/rest` */
export function describeOpenapi(operations: readonly StoredOperation[], mount: string): string {
  const schemas = new JsonSchemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations)
    (paths[operation.path] ??= {})[operation.method.toLowerCase()] = toOpenapiOperation(operation, schemas);
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Stored operations',
      version: '1.0.0',
      description:
        'Each is one GraphQL operation. Errors are `application/problem+json`; their `code` is the same that GraphQL has in `extensions.code`.',
    },
    servers: [{ url: `..${mount}` }], // relative to the document, so that it is right behind any host and prefix
    paths,
    components: {
      schemas: { ...Object.fromEntries(schemas.named), [PROBLEM]: PROBLEM_SCHEMA },
      responses: { [PROBLEM]: { description: 'Anything else that went wrong.', content: problemContent } },
    },
  };
  return JSON.stringify(document, null, 2);
}

/** What `GET` on the mount itself answers. @param base the mount with what a proxy took off before it */
export function describeIndex(operations: readonly StoredOperation[], base: string): string {
  return JSON.stringify(
    {
      openapi: `${base}/openapi.json`,
      operations: operations.map(({ method, path, description, kind }) => ({
        method,
        path: `${base}${path}`,
        ...(description ? { summary: firstLine(description) } : {}),
        ...(kind === 'subscription' ? { events: true } : {}),
      })),
    },
    null,
    2,
  );
}

const problemContent = { 'application/problem+json': { schema: { $ref: `#/components/schemas/${PROBLEM}` } } };

function toOpenapiOperation(operation: StoredOperation, schemas: JsonSchemas): JsonSchema {
  const { id, description, inputs } = operation;
  const parameters = inputs.flatMap((input) => input.sources.flatMap((source) => toParameter(input, source, schemas)));
  const body = toRequestBody(operation, schemas);
  return {
    operationId: id,
    ...(description ? { summary: firstLine(description), description } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: body } : {}),
    responses: { ...toSuccess(operation, schemas), ...toProblems(operation), default: { $ref: `#/components/responses/${PROBLEM}` } },
  };
}

function toParameter(input: OperationInput, { in: place, name }: InputSource, schemas: JsonSchemas): JsonSchema[] {
  if (place === 'body' || place === 'whole body') return [];
  const schema = schemas.ofText(input.type);
  const withDefault = input.defaultValue === undefined || input.defaultValue === null ? schema : { ...schema, default: input.defaultValue };
  const required = place === 'path' || (input.required && input.sources.length === 1);
  return [{ name, in: place, required, ...(input.description ? { description: input.description } : {}), schema: withDefault }];
}

function toRequestBody({ method, inputs }: StoredOperation, schemas: JsonSchemas): JsonSchema | undefined {
  if (!hasBody(method)) return undefined;
  const whole = inputs.find(({ sources }) => sources.some((source) => source.in === 'whole body'));
  if (whole) return { required: whole.required, content: { 'application/json': { schema: schemas.ofInput(whole.type) } } };
  const members = inputs.filter(({ sources }) => sources.some((source) => source.in === 'body'));
  if (members.length === 0) return undefined;
  const required = members.filter((member) => member.required).map(({ variable }) => variable);
  const properties = members.map(({ variable, type, description, defaultValue }) => {
    const schema = schemas.ofInput(type);
    return [variable, described(defaultValue === undefined ? schema : { ...schema, default: defaultValue }, description)];
  });
  const schema = {
    type: 'object',
    properties: Object.fromEntries(properties) as JsonSchema,
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
  };
  return { required: required.length > 0, content: { 'application/json': { schema } } };
}

function toSuccess(operation: StoredOperation, schemas: JsonSchemas): JsonSchema {
  const { kind, status, location, selection, scope, notFound, event, eventId } = operation;
  const answer = schemas.ofSelection(selection, scope);
  if (kind === 'subscription') {
    const text = [
      'Server-sent events until the client leaves.',
      `Each event${event ? ` is named \`${event}\`,` : ''} has an answer as JSON in \`data\`${eventId ? `, and its \`${eventId.join('.')}\` as \`id\`` : ''}.`,
      'An event `problem` says why the stream ends; come back with the last id then. An event `complete` says that there will be no more.',
    ].join(' ');
    return {
      200: {
        description: text,
        content: { 'text/event-stream': { schema: { type: 'string', contentMediaType: 'text/event-stream' }, 'x-event-data': answer } },
      },
    };
  }
  // A null where 404 is answered instead cannot be seen; types that are null for another reason do not come here.
  const shown = notFound === undefined ? answer : withoutNull(answer);
  const headers =
    location === undefined
      ? {}
      : { headers: { Location: { description: 'Where to look next.', schema: { type: 'string', format: 'uri-reference' } } } };
  return { [status]: { description: STATUS_CODES[status] ?? 'Success', ...headers, content: { 'application/json': { schema: shown } } } };
}

function toProblems(operation: StoredOperation): JsonSchema {
  const { inputs, statuses, notFound, retryAfter, method, kind } = operation;
  const told = new Map<number, string[]>();
  const tell = (status: number, what: string): void => void told.set(status, [...(told.get(status) ?? []), what]);
  if (inputs.length > 0 || hasBody(method)) tell(400, '`BAD_USER_INPUT`: a parameter or member is wrong, missing or unknown.');
  if (notFound !== undefined) tell(404, `\`NOT_FOUND\`: ${notFound}.`);
  for (const code of statuses.keys()) tell(statusOfCode(code, statuses), `\`${code}\`.`);
  tell(406, '`NOT_ACCEPTABLE`: see the header Accept.');
  if (hasBody(method)) {
    tell(413, '`PAYLOAD_TOO_LARGE`: the body is above the limit.');
    tell(415, '`UNSUPPORTED_MEDIA_TYPE`: the body is not JSON in UTF-8.');
  }
  tell(503, '`SUBGRAPH_UNAVAILABLE`, or another thing that is missing now: the same request may succeed later.');
  if (kind !== 'subscription') tell(504, '`SUBGRAPH_TIMEOUT`: whether it was done is not known.');
  const responses = [...told]
    .sort(([a], [b]) => a - b)
    .map(([status, lines]) => {
      const mayRetry = status === 503 || status === 504 || (status === 404 && retryAfter !== undefined);
      return [status, { description: lines.join(' '), ...(mayRetry ? { headers: RETRY_AFTER } : {}), content: problemContent }];
    });
  return Object.fromEntries(responses) as JsonSchema;
}

function withoutNull(schema: JsonSchema): JsonSchema {
  const { type } = schema;
  if (Array.isArray(type)) return { ...schema, type: type[0] as string };
  const choices = schema['anyOf'];
  const last = Array.isArray(choices) ? (choices.at(-1) as JsonSchema) : undefined;
  return Array.isArray(choices) && last?.['type'] === 'null' ? (choices[0] as JsonSchema) : schema;
}

function firstLine(description: string): string {
  return description.split('\n', 1).join();
}
