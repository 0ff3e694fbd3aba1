import { getVariableValues, type GraphQLFormattedError, type GraphQLSchema, type VariableDefinitionNode } from 'graphql';
import { readPlainVariables } from './plain-variables.ts';

export type CoercedVariables =
  { readonly values: Readonly<Record<string, unknown>> } | { readonly errors: readonly GraphQLFormattedError[] };

const MAX_ERRORS = 50;
const NONE: CoercedVariables = { values: {} };

/**
 * Checks the client's variables against their types and fills in defaults.
 * @param maxDepth how deep lists and objects may be nested: coercion and serialisation are recursive
 * @returns errors with BAD_USER_INPUT when one does not fit
 */
export function coerceVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  variables: Readonly<Record<string, unknown>>,
  maxDepth: number,
): CoercedVariables {
  if (definitions.length === 0) return NONE;
  const plain = readPlainVariables(schema, definitions, variables);
  if (plain) return { values: plain };
  for (const { variable } of definitions) {
    const name = variable.name.value;
    if (!Object.hasOwn(variables, name) || fits(variables[name], maxDepth)) continue;
    return {
      errors: [{ message: `Variable "$${name}" is nested more than ${maxDepth} levels deep.`, extensions: { code: 'BAD_USER_INPUT' } }],
    };
  }
  const { coerced, errors } = getVariableValues(schema, definitions, variables, { maxErrors: MAX_ERRORS });
  if (coerced) return { values: coerced };
  return { errors: (errors ?? []).map((error) => ({ ...error.toJSON(), extensions: { ...error.extensions, code: 'BAD_USER_INPUT' } })) };
}

/** Level by level, not by recursion. */
function fits(value: unknown, maxDepth: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= maxDepth; depth += 1) {
    const next: unknown[] = [];
    for (const item of level)
      if (typeof item === 'object' && item !== null)
        for (const inner of Object.values(item) as unknown[]) if (typeof inner === 'object' && inner !== null) next.push(inner);
    if (next.length === 0) return true;
    level = next;
  }
  return false;
}
