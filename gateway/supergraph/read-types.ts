import type { NamedType, Supergraph as FederationSupergraph } from '@apollo/federation-internals';
import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  type GraphQLField,
} from 'graphql';
import type { SupergraphTypes } from '../planning/executable-plan.ts';

/** Reads from a supergraph which types stand for which, and by which keys subgraphs find them. */
export function readTypes(supergraph: FederationSupergraph): SupergraphTypes {
  const schema = supergraph.schema.toGraphQLJSSchema();
  const subtypes = new Map<string, ReadonlySet<string>>();
  const objectTypes = new Set<string>();
  const numberFields = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type)) objectTypes.add(type.name);
    if (isObjectType(type) || isInterfaceType(type))
      for (const field of Object.values(type.getFields())) if (mayBeChanged(field)) numberFields.add(field.name);
    if (isObjectType(type) || isInterfaceType(type) || isAbstractType(type)) {
      const interfaces = isInterfaceType(type) ? schema.getImplementations(type).interfaces.map(({ name }) => name) : [];
      const objects = isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [];
      subtypes.set(type.name, new Set([type.name, ...interfaces, ...objects]));
    }
  }
  const { keys, interfaceObjects } = readSubgraphs(supergraph, subtypes);
  const rootTypes = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) => type?.name ?? []);
  return {
    rootTypes,
    numberFields,
    subtypesOf: (type) => subtypes.get(type),
    isObjectType: (type) => objectTypes.has(type),
    interfaceObjectsOf: (subgraph) => interfaceObjects.get(subgraph) ?? [],
    keysOf: (subgraph, type) => keys.get(subgraph)?.get(type) ?? [],
  };
}

/** Whether JavaScript may change its numbers. */
function mayBeChanged({ type }: GraphQLField<unknown, unknown>): boolean {
  const named = getNamedType(type);
  return isScalarType(named) && (named.name === 'Float' || !isSpecifiedScalarType(named));
}

interface OfSubgraphs {
  /** Subgraph → type → keys. */
  readonly keys: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  readonly interfaceObjects: ReadonlyMap<string, readonly string[]>;
}

function readSubgraphs(supergraph: FederationSupergraph, subtypes: ReadonlyMap<string, ReadonlySet<string>>): OfSubgraphs {
  const keys = new Map<string, Map<string, string[]>>();
  const interfaceObjects = new Map<string, string[]>();
  const subgraphOf = new Map([...supergraph.subgraphNameToGraphEnumValue()].map(([subgraph, graph]) => [graph, subgraph]));
  for (const application of supergraph.schema.directive('join__type')?.applications() ?? []) {
    const { graph, key, isInterfaceObject } = application.arguments() as { graph?: unknown; key?: unknown; isInterfaceObject?: unknown };
    const subgraph = subgraphOf.get(String(graph));
    if (subgraph === undefined) continue;
    const { name } = application.parent as NamedType;
    const known = interfaceObjects.get(subgraph) ?? [];
    if (isInterfaceObject === true && !known.includes(name)) interfaceObjects.set(subgraph, [...known, name]);
    if (typeof key !== 'string') continue;
    const byType = keys.get(subgraph) ?? new Map<string, string[]>();
    keys.set(subgraph, byType);
    // An entity may be asked for as its interface: then the interface's key is enough.
    for (const type of subtypes.get(name) ?? []) byType.set(type, [...(byType.get(type) ?? []), key.trim()]);
  }
  return { keys, interfaceObjects };
}
