import type { DocumentNode } from 'graphql';
import type { ActiveLabels } from './override-labels.ts';

/** Whose planner: Apollo's knows all of federation 2; Hive Router's is native code and an optional package. See docs/decisions/two-planners.md. */
export const PLANNERS = ['apollo', 'hive'] as const;
export type PlannerName = (typeof PLANNERS)[number];

/**
 * Turns an operation into the fetches that answer it. One planner belongs to one supergraph.
 * The forms below are what federation 2 planners write (Apollo's router and gateway share them); `compile-plan.ts` makes them ready to run.
 */
export interface Planner {
  /**
   * @param operation one operation without fragment definitions, valid for the API schema
   * @param active labels of @override that hold; default none
   * @returns undefined when there is nothing to fetch
   * @throws UnreachableField when no subgraph can be asked for a field, PlannerGaveUp; else whatever the planner throws: a bug or a schema that it cannot plan
   */
  plan(operation: DocumentNode, active?: ActiveLabels): PlannedNode | PlannedSubscription | undefined;
  /**
   * The same for an operation some of whose fragments carry @defer, each with a label of its own and no `if`. A planner that does not have
   * this plans the operation without @defer, and the client gets one answer: the specification allows that.
   * @returns a plan without Defer nodes when nothing can be deferred
   */
  planDeferred?(operation: DocumentNode, active?: ActiveLabels): PlannedDefer | PlannedNode | undefined;
}

/** The operation cannot be planned: there are more ways to answer it than can be looked at, or the planner tripped. The message says which. */
export class PlannerGaveUp extends Error {}

export type PlannedNode = PlannedSequence | PlannedParallel | PlannedFlatten | PlannedCondition | PlannedFetch | PlannedBatchFetch;

export interface PlannedSequence {
  readonly kind: 'Sequence';
  readonly nodes: readonly PlannedNode[];
}

export interface PlannedParallel {
  readonly kind: 'Parallel';
  readonly nodes: readonly PlannedNode[];
}

export interface PlannedFlatten {
  readonly kind: 'Flatten';
  /** Response names; `@` goes into a list; `... on T` and `|[A,B]` keep objects of a type. */
  readonly path: readonly (string | number)[];
  readonly node: PlannedNode;
}

export interface PlannedCondition {
  readonly kind: 'Condition';
  /** Name of a Boolean variable. */
  readonly condition: string;
  readonly ifClause?: PlannedNode | undefined;
  readonly elseClause?: PlannedNode | undefined;
}

export interface PlannedFetch {
  readonly kind: 'Fetch';
  /** Set where a deferred part waits for this fetch. */
  readonly id?: string | undefined;
  readonly serviceName: string;
  readonly operation: string;
  readonly operationName?: string | undefined;
  readonly variableUsages?: readonly string[] | undefined;
  /** What of an entity is sent as its representation. Absent: a fetch of root fields. */
  readonly requires?: readonly PlannedSelection[] | undefined;
  readonly inputRewrites?: readonly PlannedRewrite[] | undefined;
  readonly outputRewrites?: readonly PlannedRewrite[] | undefined;
  /** Where a @fromContext argument finds its value: path from the entity upwards (`..`), then down; renamed to the argument's variable. */
  readonly contextRewrites?: readonly PlannedKeyRenamer[] | undefined;
}

/** Several `_entities` fetches from one subgraph in one request, each under an alias and with a variable of its own. Hive Router's planner makes them. */
export interface PlannedBatchFetch {
  readonly kind: 'BatchFetch';
  readonly serviceName: string;
  readonly operation: string;
  readonly operationName?: string | undefined;
  readonly variableUsages?: readonly string[] | undefined;
  readonly entities: readonly PlannedBatchedEntities[];
}

export interface PlannedBatchedEntities {
  readonly alias: string;
  readonly representationsVariable: string;
  /** Where the entities stand, from the root of the data: as the path of a Flatten. At least one. */
  readonly paths: readonly PlannedFlatten['path'][];
  readonly requires: readonly PlannedSelection[];
  readonly inputRewrites?: readonly PlannedRewrite[] | undefined;
  readonly outputRewrites?: readonly PlannedRewrite[] | undefined;
}

export interface PlannedSubscription {
  readonly kind: 'Subscription';
  readonly primary: PlannedFetch;
  readonly rest?: PlannedNode | undefined;
}

/** Found as the root of a plan, and as the node of a deferred part that has deferred parts itself. */
export interface PlannedDefer {
  readonly kind: 'Defer';
  readonly primary: { readonly node?: PlannedNode | undefined };
  readonly deferred: readonly PlannedDeferred[];
}

export interface PlannedDeferred {
  /** The fetches that must be over before this part's begin. */
  readonly depends: readonly { readonly id: string }[];
  readonly label?: string | undefined;
  /** Absent: others fetch what the part needs. */
  readonly node?: PlannedNode | PlannedDefer | undefined;
}

export type PlannedSelection =
  | {
      readonly kind: 'Field';
      readonly name: string;
      readonly alias?: string | undefined;
      readonly selections?: readonly PlannedSelection[] | undefined;
    }
  | { readonly kind: 'InlineFragment'; readonly typeCondition?: string | undefined; readonly selections: readonly PlannedSelection[] };

export type PlannedRewrite = PlannedKeyRenamer | PlannedValueSetter;

export interface PlannedKeyRenamer {
  readonly kind: 'KeyRenamer';
  readonly path: readonly string[];
  readonly renameKeyTo: string;
}

export interface PlannedValueSetter {
  readonly kind: 'ValueSetter';
  readonly path: readonly string[];
  readonly setValueTo: unknown;
}
