import {
  isEnumType,
  isNonNullType,
  isScalarType,
  isSpecifiedScalarType,
  typeFromAST,
  type GraphQLSchema,
  type VariableDefinitionNode,
} from 'graphql';

/** A variable of a built-in scalar or an enum, without a default. */
interface PlainVariable {
  readonly name: string;
  readonly nonNull: boolean;
  readonly fits: (value: unknown) => boolean;
}

const MAX_INT = 2_147_483_647;
const SCALARS: Readonly<Record<string, (value: unknown) => boolean>> = {
  ID: (value) => typeof value === 'string',
  String: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  Int: (value) => Number.isInteger(value) && Math.abs(value as number) <= MAX_INT,
  Float: (value) => Number.isFinite(value),
};

/** Per operation, as long as it is kept; undefined: some variable is not plain. */
const known = new WeakMap<readonly VariableDefinitionNode[], readonly PlainVariable[] | undefined>();

/**
 * Variables that are right as they came: plain ones, each given with a value of its type. That is what most clients send most of the time,
 * and it costs a fraction of coercion.
 * @returns undefined when that cannot be said; then they must be coerced
 */
export function readPlainVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  variables: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  if (!known.has(definitions)) known.set(definitions, toPlain(schema, definitions));
  const plain = known.get(definitions);
  if (!plain) return undefined;
  const values: Record<string, unknown> = {};
  for (const { name, nonNull, fits } of plain) {
    if (!Object.hasOwn(variables, name)) {
      if (nonNull) return undefined;
      continue;
    }
    const value = variables[name];
    if (value === null ? nonNull : !fits(value)) return undefined;
    values[name] = value;
  }
  return values;
}

function toPlain(schema: GraphQLSchema, definitions: readonly VariableDefinitionNode[]): readonly PlainVariable[] | undefined {
  const plain: PlainVariable[] = [];
  for (const { variable, type: typeNode, defaultValue } of definitions) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode);
    const nullable = isNonNullType(type) ? type.ofType : type;
    const fits = isEnumType(nullable)
      ? (value: unknown) => typeof value === 'string' && nullable.getValue(value)?.value === value
      : isScalarType(nullable) && isSpecifiedScalarType(nullable)
        ? SCALARS[nullable.name]
        : undefined;
    if (!fits || defaultValue || name === '__proto__') return undefined;
    plain.push({ name, nonNull: isNonNullType(type), fits });
  }
  return plain;
}
