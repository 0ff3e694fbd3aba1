import {
  GraphQLFloat,
  getNullableType,
  isInputObjectType,
  isListType,
  isScalarType,
  isSpecifiedScalarType,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLList,
  type GraphQLSchema,
  type VariableDefinitionNode,
} from 'graphql';
import { toPlainNumbers } from '../numerals/hidden-numerals.ts';
import { isData, type Data } from './merge.ts';

/**
 * The client's variables as subgraphs get them: a numeral that JavaScript would change stays as it was written where it is a Float or part of a custom scalar. Anywhere else
 * it is the number that was checked, because `1.0` is right for an Int here and may not be so there. `variables` must fit the definitions.
 */
export function toSentVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  variables: Readonly<Record<string, unknown>>,
): Data {
  const sent: Data = {};
  for (const { variable, type: typeNode } of definitions) {
    const name = variable.name.value;
    if (!Object.hasOwn(variables, name) || name === '__proto__') continue;
    sent[name] = toSent(typeFromAST(schema, typeNode) as GraphQLInputType | undefined, variables[name]);
  }
  return sent;
}

function toSent(type: GraphQLInputType | undefined, value: unknown): unknown {
  const nullable = getNullableType(type);
  if (isScalarType(nullable) && (nullable === GraphQLFloat || !isSpecifiedScalarType(nullable))) return value;
  if (isListType(nullable)) {
    const { ofType } = nullable as GraphQLList<GraphQLInputType>;
    return Array.isArray(value) ? value.map((item) => toSent(ofType, item)) : toSent(ofType, value);
  }
  if (!isInputObjectType(nullable) || !isData(value)) return toPlainNumbers(value);
  const fields = nullable.getFields();
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toSent(fields[name]?.type, inner)]));
}
