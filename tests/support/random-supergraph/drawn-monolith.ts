import {
  buildSchema,
  graphql,
  isAbstractType,
  isObjectType,
  parse,
  printSchema,
  subscribe,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import type { GatewayRequest } from '../../../gateway/engine.ts';
import { findField, trueInputs, trueValue, valueOf, type Instance } from './drawn-data.ts';
import { streamEvents } from './drawn-resolvers.ts';
import type { DrawnField, DrawnGraph } from './drawn-graph.ts';

/** An object in the one schema, with the way that led to it: what @fromContext looks up. */
interface Placed extends Instance {
  readonly above: Placed | undefined;
}

const ROOT: Placed = { __typename: 'Root', ref: 'Root', above: undefined };

/** Stands before each field. @param ref of the object that the field is of */
export type Interfere = (field: DrawnField, ref: string, value: () => unknown) => unknown;

/** One schema over all of the data, by graphql-js: its answers are right by definition. */
export function createDrawnMonolith(
  graph: DrawnGraph,
  apiSchema: GraphQLSchema,
  interfere: Interfere = (_field, _ref, value) => value(),
): (request: GatewayRequest) => Promise<ExecutionResult> {
  const schema = toMonolith(graph, apiSchema, interfere);
  return async ({ query, variables, operationName }) =>
    overTheWire(await graphql({ schema, source: query, variableValues: variables, operationName }));
}

/** All events of a subscription, as the same schema tells them. */
export function createDrawnEvents(graph: DrawnGraph, apiSchema: GraphQLSchema): (request: GatewayRequest) => Promise<ExecutionResult[]> {
  const schema = toMonolith(graph, apiSchema, (_field, _ref, value) => value());
  return async ({ query, variables, operationName }) => {
    const stream = await subscribe({ schema, document: parse(query), variableValues: variables, operationName });
    if (!(Symbol.asyncIterator in stream)) return [overTheWire(stream)];
    const events: ExecutionResult[] = [];
    for await (const event of stream) events.push(overTheWire(event));
    return events;
  };
}

function overTheWire(result: ExecutionResult): ExecutionResult {
  return JSON.parse(JSON.stringify(result)) as ExecutionResult;
}

function toMonolith(graph: DrawnGraph, apiSchema: GraphQLSchema, interfere: Interfere): GraphQLSchema {
  const schema = buildSchema(printSchema(apiSchema));
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isAbstractType(type)) type.resolveType = (value: unknown) => (value as Instance).__typename;
    if (!isObjectType(type)) continue;
    for (const [name, definition] of Object.entries(type.getFields())) {
      const field = findField(graph, type.name, name);
      if (!field) throw new Error(`the data has no ${type.name}.${name}`);
      if (type === schema.getSubscriptionType()) definition.subscribe = streamEvents;
      definition.resolve = (source: unknown, args: object) => {
        const above = (source as Placed | undefined) ?? ROOT;
        return placed(
          interfere(field, above.ref, () => answer(graph, field, above, args)),
          above,
        );
      };
    }
  }
  return schema;
}

function answer(graph: DrawnGraph, field: DrawnField, source: Placed, args: object): unknown {
  const { fromContext, requires } = field;
  if (!fromContext) return valueOf(graph, field, source, args, requires ? trueInputs(graph, requires, source) : '');
  let above = source.above;
  while (above && !graph.objects.get(above.__typename)?.contexts.size) above = above.above;
  const told = above && findField(graph, above.__typename, fromContext.field);
  return valueOf(graph, field, source, args, `above ${JSON.stringify(above && told ? trueValue(graph, told, above, {}) : null)}`);
}

function placed(value: unknown, above: Placed): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => placed(item, above));
  return 'ref' in value ? { ...value, above } : value;
}
