import {
  Kind,
  getNamedType,
  getNullableType,
  isObjectType,
  isInterfaceType,
  isScalarType,
  parse,
  print,
  stripIgnoredCharacters,
  type ArgumentNode,
  type FieldNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { CursorPlan } from './executable-plan.ts';
import type { PlannedNames } from './plannable-operation.ts';
import type { PlannedFetch } from './planner.ts';

/** How a subscription field shows that it can be continued: an argument that takes a position, and a field of its type that gives one. */
export interface CursorNames {
  /** Default `after`. */
  readonly argument: string;
  /** Default `cursor`. */
  readonly field: string;
}

/**
 * Rewrites the upstream operation of a subscription so that the position comes from a variable of ours and each event carries a hidden cursor.
 * @returns undefined when the subgraph's field has no such argument or its type no such field
 */
export function compileCursor(
  primary: PlannedFetch,
  subgraph: GraphQLSchema,
  cursor: CursorNames,
  names: PlannedNames,
): { readonly fetch: PlannedFetch; readonly plan: CursorPlan } | undefined {
  const document = parse(primary.operation, { noLocation: true });
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const root = operation?.selectionSet.selections.find((selection): selection is FieldNode => selection.kind === Kind.FIELD);
  const field = root && subgraph.getSubscriptionType()?.getFields()[root.name.value];
  if (!operation || !root?.selectionSet || !field) return undefined;
  const argument = field.args.find(({ name }) => name === cursor.argument);
  const eventType = getNullableType(field.type);
  if (!argument || !isPosition(argument.type) || !(isObjectType(eventType) || isInterfaceType(eventType))) return undefined;
  const cursorField = eventType.getFields()[cursor.field];
  if (!cursorField || cursorField.args.length > 0 || !isPosition(getNullableType(cursorField.type))) return undefined;

  const variable = 'resumeAfter';
  const key = freeName(root, 'resumeCursor');
  const given = root.arguments?.find(({ name }) => name.value === cursor.argument);
  const after: ArgumentNode = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: cursor.argument },
    value: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: variable } },
  };
  const hidden: FieldNode = { kind: Kind.FIELD, alias: { kind: Kind.NAME, value: key }, name: { kind: Kind.NAME, value: cursor.field } };
  const rewritten: FieldNode = {
    ...root,
    arguments: [...(root.arguments ?? []).filter((other) => other !== given), after],
    selectionSet: { ...root.selectionSet, selections: [...root.selectionSet.selections, hidden] },
  };
  const replaced: OperationDefinitionNode = {
    ...operation,
    selectionSet: {
      ...operation.selectionSet,
      selections: operation.selectionSet.selections.map((selection) => (selection === root ? rewritten : selection)),
    },
  };
  const used = variablesIn(
    print({
      kind: Kind.DOCUMENT,
      definitions: [{ ...replaced, variableDefinitions: [] }, ...document.definitions.filter((definition) => definition !== operation)],
    }),
  );
  const definitions = (operation.variableDefinitions ?? []).filter((definition) => used.has(definition.variable.name.value));
  const withVariable: OperationDefinitionNode = {
    ...replaced,
    variableDefinitions: [
      ...definitions,
      {
        kind: Kind.VARIABLE_DEFINITION,
        variable: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: variable } },
        type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: getNamedType(argument.type).name } },
      },
    ],
  };
  const text = stripIgnoredCharacters(
    print({ ...document, definitions: document.definitions.map((definition) => (definition === operation ? withVariable : definition)) }),
  );
  return {
    fetch: { ...primary, operation: text, variableUsages: (primary.variableUsages ?? []).filter((name) => used.has(name)) },
    plan: {
      variable,
      rootField: root.alias?.value ?? root.name.value,
      key,
      beginsNow: argument.defaultValue === undefined || argument.defaultValue === null,
      initial: initialOf(given, names),
    },
  };
}

function initialOf(given: ArgumentNode | undefined, names: PlannedNames): CursorPlan['initial'] {
  switch (given?.value.kind) {
    case Kind.VARIABLE:
      return { kind: 'variable', name: names.variables.get(given.value.name.value) ?? given.value.name.value };
    case Kind.STRING:
    case Kind.INT:
      return { kind: 'value', value: given.value.value };
    case Kind.NULL:
      return { kind: 'value', value: null };
    default:
      return { kind: 'none' };
  }
}

function isPosition(type: unknown): boolean {
  return isScalarType(type) && (type.name === 'String' || type.name === 'ID');
}

function freeName(root: FieldNode, wanted: string): string {
  const text = print(root);
  let name = wanted;
  while (text.includes(name)) name += '_';
  return name;
}

function variablesIn(text: string): Set<string> {
  return new Set([...text.matchAll(/\$(\w+)/g)].map(([, name]) => name ?? ''));
}
