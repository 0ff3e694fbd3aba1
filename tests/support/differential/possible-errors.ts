import { buildSchema, Kind, parse, print, printSchema, visit, type ExecutionResult, type GraphQLSchema, type TypeNode } from 'graphql';
import { errorsOf, errorText, type PlacedError } from './compare-answers.ts';

/** The same schema, in which every field and every item of a list may be null: there, each error stays where it is, and all are told. */
export function withoutNonNull(schema: GraphQLSchema): GraphQLSchema {
  const loose = visit(parse(printSchema(schema)), {
    FieldDefinition: (node) => ({ ...node, type: nullable(node.type) }),
  });
  return buildSchema(print(loose));
}

/** @param result of an operation over the schema `withoutNonNull`. A null may also be an error there where it may not be. */
export function isPossibleIn(result: ExecutionResult): (error: PlacedError) => boolean {
  const texts = new Set(errorsOf(result).map(errorText));
  return (error) => {
    if (texts.has(errorText(error))) return true;
    if (!error.message.startsWith('Cannot return null for non-nullable field ')) return false;
    let value: unknown = result.data;
    for (const part of error.path) {
      if (typeof value !== 'object' || value === null || !(part in value)) return false;
      value = (value as Record<string, unknown>)[part];
    }
    return value === null;
  };
}

function nullable(type: TypeNode): TypeNode {
  if (type.kind === Kind.NON_NULL_TYPE) return nullable(type.type);
  return type.kind === Kind.LIST_TYPE ? { ...type, type: nullable(type.type) } : type;
}
