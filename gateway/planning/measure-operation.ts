import { Kind, type DocumentNode, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';

/** How large an operation is once its fragments are written out. */
export interface OperationSize {
  readonly selections: number;
  /** Fields that have another name in the answer than in the schema. */
  readonly aliases: number;
  readonly depth: number;
}

/** Counts without writing anything out, so that a small document that stands for a huge one costs nothing. The document is valid: no cycles. */
export function measureOperation(document: DocumentNode, operation: OperationDefinitionNode): OperationSize {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const measured = new Map<string, OperationSize>();
  const measure = (set: SelectionSetNode | undefined): OperationSize => {
    let selections = 0;
    let aliases = 0;
    let depth = 0;
    for (const selection of set?.selections ?? []) {
      const inner = selection.kind === Kind.FRAGMENT_SPREAD ? measureFragment(selection.name.value) : measure(selection.selectionSet);
      selections += 1 + inner.selections;
      aliases += inner.aliases + (selection.kind === Kind.FIELD && selection.alias ? 1 : 0);
      depth = Math.max(depth, 1 + inner.depth);
    }
    return { selections, aliases, depth };
  };
  const measureFragment = (name: string): OperationSize => {
    const known = measured.get(name);
    if (known) return known;
    const size = measure(fragments.get(name)?.selectionSet);
    measured.set(name, size);
    return size;
  };
  return measure(operation.selectionSet);
}
