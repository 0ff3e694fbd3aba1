import { Kind, type SelectionNode } from 'graphql';

/** Which response names an operation has at a place, on objects of any type and under any condition. */
export interface SelectedNames {
  has(name: string): boolean;
  /** What is selected of the objects behind a name. */
  below(name: string): SelectedNames;
}

/** @param responseNames response name in the plan → response name of the client, where they differ */
export function selectedNames(sets: readonly (readonly SelectionNode[])[], responseNames: ReadonlyMap<string, string>): SelectedNames {
  let found: Map<string, (readonly SelectionNode[])[]> | undefined;
  const names = (): Map<string, (readonly SelectionNode[])[]> => {
    if (found) return found;
    found = new Map();
    for (const set of sets) collect(set, responseNames, found);
    return found;
  };
  return {
    has: (name) => names().has(name),
    below: (name) => selectedNames(names().get(name) ?? [], responseNames),
  };
}

function collect(
  selections: readonly SelectionNode[],
  responseNames: ReadonlyMap<string, string>,
  found: Map<string, (readonly SelectionNode[])[]>,
): void {
  for (const selection of selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet.selections, responseNames, found);
    if (selection.kind !== Kind.FIELD) continue;
    const planned = selection.alias?.value ?? selection.name.value;
    const name = responseNames.get(planned) ?? planned;
    const below = found.get(name) ?? [];
    found.set(name, below);
    if (selection.selectionSet) below.push(selection.selectionSet.selections);
  }
}
