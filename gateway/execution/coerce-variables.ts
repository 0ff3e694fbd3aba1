import { getVariableValues, type GraphQLFormattedError, type GraphQLSchema, type VariableDefinitionNode } from 'graphql';
import { findUnknownFields } from './find-unknown-fields.ts';
import { readPlainVariables } from './plain-variables.ts';
import { withoutPrototypes } from './without-prototypes.ts';

export type CoercedVariables =
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly errors: readonly GraphQLFormattedError[] };

const MAX_ERRORS = 50;
/** Of longer variables, as JSON, only the first mistake is told, in short: each message has the whole value in it, or compares it with every known name. */
const MAX_LENGTH_OF_ALL_MISTAKES = 10_000;
const MAX_MESSAGE_LENGTH = 1_000;
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
  const unknown = findUnknownFields(schema, definitions, variables, maxDepth);
  if (unknown !== undefined) return { errors: [{ message: unknown, extensions: { code: 'BAD_USER_INPUT' } }] };
  for (const { variable } of definitions) {
    const name = variable.name.value;
    if (!Object.hasOwn(variables, name) || fits(variables[name], maxDepth)) continue;
    return {
      errors: [{ message: `Variable "$${name}" is nested more than ${maxDepth} levels deep.`, extensions: { code: 'BAD_USER_INPUT' } }],
    };
  }
  const given = withoutPrototypes(schema, variables);
  const { coerced, errors: first = [] } = getVariableValues(schema, definitions, given, { maxErrors: 1, hideSuggestions: true });
  if (coerced) return { values: coerced };
  const isLong = JSON.stringify(variables).length > MAX_LENGTH_OF_ALL_MISTAKES;
  const errors = isLong ? first.slice(0, 1) : (getVariableValues(schema, definitions, given, { maxErrors: MAX_ERRORS }).errors ?? first);
  return {
    errors: errors.map((error) => {
      const json = error.toJSON();
      return {
        ...json,
        message: isLong ? shorten(json.message) : json.message,
        extensions: { ...error.extensions, code: 'BAD_USER_INPUT' },
      };
    }),
  };
}

/** Which variable stands at the beginning, what is wrong at the end. */
function shorten(message: string): string {
  if (message.length <= MAX_MESSAGE_LENGTH) return message;
  return `${message.slice(0, MAX_MESSAGE_LENGTH / 2)} … ${message.slice(-MAX_MESSAGE_LENGTH / 2)}`;
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
