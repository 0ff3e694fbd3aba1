import { Kind, parse, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import type { PlannedFetch, PlannedFlatten } from './planner.ts';

/** What a fetch selects of the objects that it is for. */
export function selectionsOf(fetch: Pick<PlannedFetch, 'operation' | 'requires'>, alias = '_entities'): SelectionSetNode[] {
  const definition = parse(fetch.operation, { noLocation: true }).definitions.find(
    (candidate): candidate is OperationDefinitionNode => candidate.kind === Kind.OPERATION_DEFINITION,
  );
  if (!definition) return [];
  if (!fetch.requires && alias === '_entities') return [definition.selectionSet];
  return definition.selectionSet.selections.flatMap((selection) =>
    selection.kind === Kind.FIELD && selection.selectionSet && (selection.alias?.value ?? selection.name.value) === alias
      ? [selection.selectionSet]
      : [],
  );
}

/** A path as `.name.name`: lists and types leave no trace. */
export function toPlace(path: PlannedFlatten['path']): string {
  return path
    .map((element) => String(element).replace(/\|\[.*\]$/, ''))
    .filter((name) => name !== '' && name !== '@' && !name.startsWith('... on '))
    .map((name) => `.${name}`)
    .join('');
}
