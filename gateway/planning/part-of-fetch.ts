import { Kind, parse, print, stripIgnoredCharacters, visit, type SelectionNode, type SelectionSetNode } from 'graphql';
import type { PlannedFetch } from './planner.ts';

/**
 * An `_entities` fetch with some of its fields. What it sends of its entities stays as it is.
 * @param isWanted asked with the name of each field of the entities, and the type that it is selected of
 * @returns undefined when nothing but `__typename` is left, or the text has fragments of its own
 */
export function partOfFetch(fetch: PlannedFetch, isWanted: (field: string, type: string) => boolean): PlannedFetch | undefined {
  const document = parse(fetch.operation, { noLocation: true });
  const [definition] = document.definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION || document.definitions.length > 1) return undefined;
  const keep = ({ selections }: SelectionSetNode, type: string): SelectionNode[] =>
    selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind !== Kind.INLINE_FRAGMENT)
        return selection.kind === Kind.FIELD && isWanted(selection.name.value, type) ? [selection] : [];
      const inner = keep(selection.selectionSet, selection.typeCondition?.name.value ?? type);
      return inner.length === 0 ? [] : [{ ...selection, selectionSet: { kind: Kind.SELECTION_SET, selections: inner } }];
    });
  const roots = definition.selectionSet.selections.flatMap((root): SelectionNode[] => {
    const selections = root.kind === Kind.FIELD && root.selectionSet ? keep(root.selectionSet, '') : [];
    return selections.length === 0 ? [] : [{ ...root, selectionSet: { kind: Kind.SELECTION_SET, selections } } as SelectionNode];
  });
  const hasMore = roots.some((root) => root.kind === Kind.FIELD && root.selectionSet && selectsMoreThanTypename(root.selectionSet));
  if (!hasMore) return undefined;
  const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: roots };
  const used = new Set<string>();
  visit(selectionSet, { Variable: ({ name }) => void used.add(name.value) });
  const variableDefinitions = (definition.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value));
  return {
    ...fetch,
    operation: stripIgnoredCharacters(print({ ...definition, variableDefinitions, selectionSet })),
    variableUsages: fetch.variableUsages?.filter((name) => used.has(name)),
    ...(fetch.contextRewrites && { contextRewrites: fetch.contextRewrites.filter(({ renameKeyTo }) => used.has(renameKeyTo)) }),
  };
}

function selectsMoreThanTypename({ selections }: SelectionSetNode): boolean {
  return selections.some((selection) => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return selectsMoreThanTypename(selection.selectionSet);
    return selection.kind === Kind.FIELD && selection.name.value !== '__typename';
  });
}
