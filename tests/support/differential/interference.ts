import { GraphQLError } from 'graphql';
import { randomOf } from '../../../gateway/testing/seeded-hash.ts';
import type { Resolvers, SubgraphSource } from '../fake-subgraph.ts';
import { findField } from '../random-supergraph/drawn-data.ts';
import type { DrawnField, DrawnGraph } from '../random-supergraph/drawn-graph.ts';

/** What a field gives in place of its value: nothing, an error, or a list whose first item is an error. */
export type Failure = 'null' | 'error' | 'item';

/** Fields that fail, and how; `share` of the objects are struck, the same ones whoever asks. */
export interface Interference {
  readonly seed: number;
  readonly share: number;
  readonly failures: ReadonlyMap<DrawnField, Failure>;
}

/** Between a field and whoever asks for it: the same in the one schema and in every subgraph, so that both must tell it in the same way. */
export class Interferer {
  current: Interference | undefined;

  /** @param ref of the object that the field is of */
  resolve(field: DrawnField, ref: string, value: () => unknown): unknown {
    const failure = this.current?.failures.get(field);
    if (!this.current || failure === undefined) return value();
    const { seed, share } = this.current;
    if (randomOf(`${seed}|${ref}|${field.name}`).next() >= share) return value();
    if (failure === 'null') return null;
    const error = new GraphQLError(`${ref}.${field.name} ${ON_PURPOSE}`);
    if (failure === 'error') throw error;
    const items = value();
    return Array.isArray(items) && items.length > 0 ? [error, ...items.slice(1)] : items;
  }
}

export const ON_PURPOSE = 'fails on purpose';

/** Subgraphs whose fields the interferer stands before. */
export function interferedSubgraphs(subgraphs: readonly SubgraphSource[], graph: DrawnGraph, interferer: Interferer): SubgraphSource[] {
  return subgraphs.map((source) => {
    const rootNames = Object.entries(graph.subgraphs.get(source.name) ?? {});
    const typeOf = (name: string): string => rootNames.find(([, own]) => own === name)?.[0] ?? name;
    const resolvers = Object.entries(source.resolvers).map(([type, own]) => {
      const fields = Object.entries(own).map(([name, resolve]) => {
        const field = fieldOf(graph, typeOf(type), name);
        if (!field || typeof resolve !== 'function') return [name, resolve] as const;
        const asked = resolve as (source: unknown, args: object) => unknown;
        return [
          name,
          (object: { ref?: string } | undefined, args: object) =>
            interferer.resolve(field, object?.ref ?? 'Root', () => asked(object, args)),
        ] as const;
      });
      return [type, Object.fromEntries(fields)] as const;
    });
    return { ...source, resolvers: Object.fromEntries(resolvers) as Resolvers };
  });
}

/** A field of a type, or of the @interfaceObject that has the name of its interface. */
function fieldOf(graph: DrawnGraph, type: string, name: string): DrawnField | undefined {
  return graph.interfaces.get(type)?.object?.fields.get(name) ?? findField(graph, type, name);
}
