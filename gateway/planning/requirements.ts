import type { FieldDefinition, ObjectType, Supergraph } from '@apollo/federation-internals';
import { Kind, parse, type SelectionNode } from 'graphql';

/** The @requires of a supergraph. Places are written `.name.name`, from the entity on. */
export interface Requirements {
  /** Subgraph → field → the places that it needs. */
  readonly bySubgraph: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  /** Names of fields of entities that some field needs. */
  readonly names: ReadonlySet<string>;
}

export function readRequirements(supergraph: Supergraph): Requirements {
  const bySubgraph = new Map<string, Map<string, readonly string[]>>();
  const names = new Set<string>();
  for (const subgraph of supergraph.subgraphs()) {
    const byField = new Map<string, readonly string[]>();
    for (const application of subgraph.metadata().requiresDirective().applications()) {
      const { name } = application.parent as FieldDefinition<ObjectType>;
      const leaves = leavesOfText(application.arguments().fields as string);
      byField.set(name, [...(byField.get(name) ?? []), ...leaves]); // of whatever type
      for (const leaf of leaves) names.add(leaf.split('.')[1] ?? '');
    }
    bySubgraph.set(subgraph.name, byField);
  }
  return { bySubgraph, names };
}

function leavesOfText(fields: string): string[] {
  const leaves = (selections: readonly SelectionNode[], path: string): string[] =>
    selections.flatMap((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
      if (selection.kind === Kind.INLINE_FRAGMENT) return leaves(selection.selectionSet.selections, path);
      const place = `${path}.${selection.name.value}`;
      return selection.selectionSet ? leaves(selection.selectionSet.selections, place) : [place];
    });
  const [definition] = parse(`{${fields}}`, { noLocation: true }).definitions;
  return definition?.kind === Kind.OPERATION_DEFINITION ? leaves(definition.selectionSet.selections, '') : [];
}
