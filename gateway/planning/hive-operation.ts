import { Kind, visit, type DocumentNode, type FieldNode, type SelectionNode, type SelectionSetNode } from 'graphql';

/**
 * An operation in the form that Hive Router's planner plans well. The answer is shaped by the client's own, so what is added does not show.
 * - Introspection of the root is taken out: the planner refuses it, and it is answered here.
 * - Where `__typename` is selected under an alias, it is also selected as it is: the planner takes the alias for it and does not ask for its own.
 * - It is also selected beside fragments: the planner looks at an object's type for what stands in one, and does not ask for it where a field has an
 *   object type.
 * @returns undefined when there is nothing to fetch
 */
export function toHiveOperation(document: DocumentNode): DocumentNode | undefined {
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return document;
  const root = fetchedOf(operation.selectionSet);
  if (root.selections.length === 0) return undefined;
  const selectionSet = { ...root, selections: root.selections.map((selection) => visit(selection, { SelectionSet: withPlainTypename })) };
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, selectionSet }] };
}

function fetchedOf(root: SelectionSetNode): SelectionSetNode {
  return {
    ...root,
    selections: root.selections.flatMap((selection): readonly SelectionNode[] => {
      if (selection.kind === Kind.FIELD) return selection.name.value.startsWith('__') ? [] : [selection];
      if (selection.kind !== Kind.INLINE_FRAGMENT) return [selection];
      const selectionSet = fetchedOf(selection.selectionSet);
      return selectionSet.selections.length === 0 ? [] : [{ ...selection, selectionSet }];
    }),
  };
}

function withPlainTypename(set: SelectionSetNode): SelectionSetNode | undefined {
  const isNeeded = set.selections.some(
    (selection) =>
      selection.kind === Kind.INLINE_FRAGMENT ||
      (selection.kind === Kind.FIELD && selection.name.value === '__typename' && selection.alias !== undefined),
  );
  return isNeeded ? { ...set, selections: [TYPENAME, ...set.selections] } : undefined;
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };
