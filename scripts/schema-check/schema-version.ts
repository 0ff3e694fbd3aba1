import type { GraphQLSchema } from 'graphql';

/** One subgraph as it was at one time. */
export interface SubgraphVersion {
  readonly schema: GraphQLSchema;
  readonly routingUrl: string;
  /** Where its SDL is written; undefined when only the composed supergraph is known. */
  readonly file: string | undefined;
  readonly sdl: string | undefined;
}

/** A schema as it was at one time, for a comparison. */
export interface SchemaVersion {
  /** What a person calls it: `main (4f3c2a1)`, `supergraph.yaml`. */
  readonly title: string;
  /** What clients see. */
  readonly api: GraphQLSchema;
  /** undefined for a plain schema, which has none. */
  readonly subgraphs: ReadonlyMap<string, SubgraphVersion> | undefined;
}
