import type { ObjectType, Supergraph } from '@apollo/federation-internals';

const SHOWN = new WeakMap<Supergraph, () => void>();

/**
 * Makes a planner, and makes its subgraphs deny their @external fields from then on when selections of other subgraphs are moved to them.
 * Apollo's planner joins two fetches when the one's schema has the other's fields, and an external field is in the schema although the
 * subgraph does not resolve it: with a @requires of a field that has a @requires of its own, it asks the middle subgraph for what it is to
 * be told. The planner's graph, which is built here, knows who resolves what, and has to see the fields.
 */
export function withExternalFields<T>(supergraph: Supergraph, createPlanner: () => T): T {
  SHOWN.get(supergraph)?.();
  const planner = createPlanner();
  SHOWN.set(supergraph, hideExternalFields(supergraph));
  return planner;
}

function hideExternalFields(supergraph: Supergraph): () => void {
  const shown: (() => void)[] = [];
  for (const subgraph of supergraph.subgraphs()) {
    const metadata = subgraph.metadata();
    for (const type of [...subgraph.schema.objectTypes(), ...subgraph.schema.interfaceTypes()] as ObjectType[]) {
      const external = new Set([...type.fields()].filter((field) => metadata.isFieldFullyExternal(field)).map(({ name }) => name));
      if (external.size === 0) continue;
      const field = type.field.bind(type);
      type.field = (name) => (external.has(name) ? undefined : field(name));
      shown.push(() => (type.field = field));
    }
  }
  return () => shown.forEach((show) => show());
}
