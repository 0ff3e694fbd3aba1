import {
  getNullableType,
  isInputObjectType,
  isListType,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type VariableDefinitionNode,
} from 'graphql';

/** More than that are no misspelling. */
const MOST_UNKNOWN = 100;

/**
 * Looks for an object with more than a hundred fields that its input type does not have. Coercion would find the first of them too, but only after it has
 * copied the object and written all of it into the message, which takes half a second for sixty thousand. Level by level, not by recursion.
 * @param maxDepth what is deeper is somebody else's to refuse
 * @returns what to tell the client
 */
export function findUnknownFields(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  variables: Readonly<Record<string, unknown>>,
  maxDepth: number,
): string | undefined {
  for (const { variable, type } of definitions) {
    const name = variable.name.value;
    const declared = typeFromAST(schema, type) as GraphQLInputType | undefined;
    let level: [value: object, type: GraphQLInputType][] = [];
    const add = (value: unknown, of: GraphQLInputType | undefined): void => {
      if (typeof value === 'object' && value !== null && of) level.push([value, of]);
    };
    if (Object.hasOwn(variables, name)) add(variables[name], declared);
    for (let depth = 0; depth <= maxDepth && level.length > 0; depth += 1) {
      const here = level;
      level = [];
      for (const [value, given] of here) {
        const expected = getNullableType(given);
        if (isListType(expected)) {
          for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) add(item, expected.ofType as GraphQLInputType);
        } else if (isInputObjectType(expected) && !Array.isArray(value)) {
          const fields = expected.getFields();
          let unknown = 0;
          for (const key in value) {
            const field = fields[key];
            if (field) add((value as Record<string, unknown>)[key], field.type);
            else if ((unknown += 1) > MOST_UNKNOWN)
              return `Variable "$${name}" has more than ${MOST_UNKNOWN} fields that the type "${expected.name}" does not have, among them "${key.slice(0, 100)}".`;
          }
        }
      }
    }
  }
  return undefined;
}
