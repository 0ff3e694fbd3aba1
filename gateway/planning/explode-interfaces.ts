import {
  Kind,
  isInterfaceType,
  isObjectType,
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
  getNamedType,
} from 'graphql';

/**
 * Writes what is selected of an interface as selections of each of its object types. Planners try every way for every type together, so
 * the number of ways is squared (with two types) at each level of an interface below itself; written out, it only doubles.
 * @param document one operation without fragment definitions
 * @returns undefined when that would be more than `maxSelections`
 */
export function explodeInterfaces(document: DocumentNode, schema: GraphQLSchema, maxSelections: number): DocumentNode | undefined {
  const explode = (set: SelectionSetNode, type: GraphQLNamedType | undefined): SelectionSetNode => {
    const below = set.selections.map((selection) => explodeBelow(selection, type));
    if (!isInterfaceType(type)) return { ...set, selections: below };
    const fields = below.filter(
      (selection): selection is FieldNode => selection.kind === Kind.FIELD && selection.name.value !== '__typename',
    );
    if (fields.length === 0) return { ...set, selections: below };
    const rest = below.filter((selection) => selection.kind !== Kind.FIELD || selection.name.value === '__typename');
    const typed = schema.getPossibleTypes(type).map((possible): SelectionNode => ({
      kind: Kind.INLINE_FRAGMENT,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: possible.name } },
      selectionSet: { kind: Kind.SELECTION_SET, selections: fields },
    }));
    return { ...set, selections: [...rest, ...typed] };
  };

  const explodeBelow = (selection: SelectionNode, type: GraphQLNamedType | undefined): SelectionNode => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition ? schema.getType(selection.typeCondition.name.value) : type;
      return { ...selection, selectionSet: explode(selection.selectionSet, condition) };
    }
    if (!selection.selectionSet) return selection;
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined;
    return { ...selection, selectionSet: explode(selection.selectionSet, field && getNamedType(field.type)) };
  };

  const definitions = document.definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? { ...definition, selectionSet: explode(definition.selectionSet, schema.getRootType(definition.operation) ?? undefined) }
      : definition,
  );
  return isSmall(definitions, maxSelections) ? { ...document, definitions } : undefined;
}

function isSmall(definitions: DocumentNode['definitions'], maxSelections: number): boolean {
  let left = maxSelections;
  const count = ({ selections }: SelectionSetNode): boolean =>
    selections.every(
      (selection) => (left -= 1) >= 0 && (!('selectionSet' in selection) || !selection.selectionSet || count(selection.selectionSet)),
    );
  return definitions.every((definition) => !('selectionSet' in definition) || count(definition.selectionSet));
}
