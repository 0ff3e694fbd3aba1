import type { ConstArgumentNode } from 'graphql';

/** Name that planners know a field with certain arguments by → what it stands for. Empty where they are told no more than the supergraph says. */
export type RequiredCopies = ReadonlyMap<string, RequiredCopy>;

/** A field as some @requires select it. */
export interface RequiredCopy {
  /** Its name in the subgraphs. */
  readonly field: string;
  readonly arguments: readonly ConstArgumentNode[];
}
