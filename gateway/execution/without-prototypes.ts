import { isInputObjectType, type GraphQLSchema } from 'graphql';

const known = new WeakMap<GraphQLSchema, boolean>();

/**
 * Variables as graphql-js reads them rightly: it takes a field of an input object from the value or from what the value inherits, so that an input
 * field `constructor` that a client left out would be JavaScript's own function. Copied only where the schema has input fields of such names.
 */
export function withoutPrototypes(schema: GraphQLSchema, variables: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return hasInheritedNames(schema) ? (copy(variables) as Record<string, unknown>) : variables;
}

function hasInheritedNames(schema: GraphQLSchema): boolean {
  let found = known.get(schema);
  if (found === undefined) {
    found = Object.values(schema.getTypeMap()).some(
      (type) => isInputObjectType(type) && Object.keys(type.getFields()).some((name) => name in Object.prototype),
    );
    known.set(schema, found);
  }
  return found;
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  const copied = Object.create(null) as Record<string, unknown>;
  for (const [name, inner] of Object.entries(value)) copied[name] = copy(inner);
  return copied;
}
