import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Operation {
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: Readonly<Record<string, MediaType>> }>>;
}
interface MediaType {
  readonly schema: object;
  readonly 'x-event-data'?: object;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object; readonly responses: Operation['responses'] };
}

/** Holds answers to an OpenAPI document. */
export interface RestContract {
  readonly document: Document;
  /** @throws Error unless the document promises such an answer for this operation */
  check(method: string, path: string, answer: { readonly status: number; readonly type: string; readonly body: unknown }): void;
  /** The same for one event of a stream. */
  checkEvent(path: string, data: unknown): void;
}

/** Members that the document does not name count as wrong: so an answer cannot have more than is described. */
export function createRestContract(document: unknown): RestContract {
  const contract = document as Document;
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
  const compiled = new Map<object, ValidateFunction>();
  const validate = (schema: object, value: unknown, what: string): void => {
    const known = compiled.get(schema) ?? ajv.compile(closed({ ...schema, components: contract.components }) as object);
    compiled.set(schema, known);
    if (!known(value)) throw new Error(`${what} is not as described: ${ajv.errorsText(known.errors)} in ${JSON.stringify(value)}`);
  };
  const operationOf = (method: string, path: string): Operation => {
    const operation = contract.paths[path]?.[method.toLowerCase()];
    if (!operation) throw new Error(`the document has no ${method} ${path}`);
    return operation;
  };
  return {
    document: contract,
    check(method, path, { status, type, body }) {
      const { responses } = operationOf(method, path);
      const named = responses[String(status)] ?? responses['default'];
      const response = named?.$ref ? contract.components.responses[named.$ref.split('/').at(-1) ?? ''] : named;
      const media = response?.content?.[type.split(';', 1).join()];
      if (!media) throw new Error(`${method} ${path} promises no ${type} with ${status}`);
      validate(media.schema, body, `the ${status} of ${method} ${path}`);
    },
    checkEvent(path, data) {
      const media = operationOf('GET', path).responses['200']?.content?.['text/event-stream'];
      if (!media?.['x-event-data']) throw new Error(`${path} promises no events`);
      validate(media['x-event-data'], data, `an event of ${path}`);
    },
  };
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([name, value]) => [name, closed(value)]);
  const result = Object.fromEntries(entries) as Record<string, unknown>;
  return 'properties' in result && result['type'] !== undefined ? { additionalProperties: false, ...result } : result;
}
