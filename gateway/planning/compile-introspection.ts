import { Kind, executeSync, visit, type FieldNode, type GraphQLSchema, type OperationDefinitionNode, type SelectionNode } from 'graphql';
import type { ExecutablePlan } from './executable-plan.ts';
import type { PlannableOperation } from './plannable-operation.ts';

/**
 * Introspection is answered from the schema alone, by graphql-js. An answer that depends on no variable is worked out once.
 * @returns undefined when the operation asks for none
 */
export function compileIntrospection(schema: GraphQLSchema, { operation, names }: PlannableOperation): ExecutablePlan['introspection'] {
  const selections = operation.selectionSet.selections.flatMap((selection) => keepIntrospection(selection) ?? []);
  if (selections.length === 0) return undefined;
  const usesVariables = new Set<string>();
  const reduced: OperationDefinitionNode = { ...operation, directives: [], selectionSet: { kind: Kind.SELECTION_SET, selections } };
  visit(reduced.selectionSet, {
    Variable: (node) => {
      usesVariables.add(node.name.value);
    },
  });
  const definitions = (operation.variableDefinitions ?? []).filter((definition) => usesVariables.has(definition.variable.name.value));
  const document = { kind: Kind.DOCUMENT, definitions: [{ ...reduced, variableDefinitions: definitions }] } as const;
  const run = (variables: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
    const variableValues: Record<string, unknown> = {};
    for (const name of usesVariables) {
      const from = names.variables.get(name) ?? name;
      if (Object.hasOwn(variables, from)) variableValues[name] = variables[from];
    }
    const { data, errors } = executeSync({ schema, document, rootValue: {}, variableValues });
    if (errors?.[0]) throw errors[0];
    return data ?? {};
  };
  if (definitions.length > 0) return run;
  let answer: Readonly<Record<string, unknown>> | undefined;
  return (variables) => (answer ??= run(variables));
}

function keepIntrospection(selection: SelectionNode): SelectionNode | undefined {
  if (selection.kind === Kind.FIELD) return isIntrospection(selection) ? selection : undefined;
  if (selection.kind === Kind.FRAGMENT_SPREAD) return undefined; // inlined before
  const selections = selection.selectionSet.selections.flatMap((inner) => keepIntrospection(inner) ?? []);
  return selections.length === 0 ? undefined : { ...selection, selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

function isIntrospection(field: FieldNode): boolean {
  return field.name.value === '__schema' || field.name.value === '__type';
}
