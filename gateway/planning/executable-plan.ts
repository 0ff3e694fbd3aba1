import type { VariableDefinitionNode } from 'graphql';
import type { RootSelection } from './compile-shape.ts';
import type { PlannedNames } from './plannable-operation.ts';

/** A plan with everything worked out that does not depend on the request. Made by `compile-plan.ts`, run by `execution/`. */
export interface ExecutablePlan {
  readonly rootType: string;
  readonly serial: boolean;
  readonly node: PlanNode | undefined;
  readonly subscription: SubscriptionPlan | undefined;
  /** The operation's variables, by the client's names. */
  readonly variableDefinitions: readonly VariableDefinitionNode[];
  /** Values of variables that stand for the operation's literals; undefined: there are none. */
  readonly literals: Readonly<Record<string, unknown>> | undefined;
  readonly response: RootSelection;
  readonly names: PlannedNames;
  /** Runs the introspection fields of the root with the client's variables; absent when there are none. */
  readonly introspection: ((variables: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>) | undefined;
  /** True when an object may be merged into from different ancestors (@fromContext), so that entities must not share answers. */
  readonly entitiesAreUnique: boolean;
  readonly types: SupergraphTypes;
}

/** What execution must know of the supergraph's types, hidden ones included. */
export interface SupergraphTypes {
  /** The type itself and all object and interface types below it; undefined for a type that does not exist. */
  subtypesOf(type: string): ReadonlySet<string> | undefined;
  readonly rootTypes: readonly string[];
  /** Names of fields that are a Float or a custom scalar in some type. */
  readonly numberFields: ReadonlySet<string>;
  isObjectType(type: string): boolean;
  /** Interfaces that a subgraph knows as one object type (@interfaceObject). */
  interfaceObjectsOf(subgraph: string): readonly string[];
  /** The keys of a type in a subgraph as they are written in its @key directives, those of interfaces that stand for it among them. */
  keysOf(subgraph: string, type: string): readonly string[];
}

export type PlanNode = SequenceNode | ParallelNode | ConditionNode | FetchNode | BatchNode;

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly nodes: readonly PlanNode[];
}

export interface ParallelNode {
  readonly kind: 'parallel';
  readonly nodes: readonly PlanNode[];
}

export interface ConditionNode {
  readonly kind: 'condition';
  /** The client's variable. */
  readonly variable: string;
  readonly whenTrue: PlanNode | undefined;
  readonly whenFalse: PlanNode | undefined;
}

export interface FetchNode {
  readonly kind: 'fetch';
  /** Set where a deferred part waits for this fetch. */
  readonly id: string | undefined;
  readonly subgraph: string;
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: readonly VariableUse[];
  /** From the root of the data to the objects that the answer is merged into; empty: the root itself. */
  readonly path: readonly PathStep[];
  /** More places of the objects: a part of a batch may have several. */
  readonly otherPaths?: readonly (readonly PathStep[])[];
  /** Set: an `_entities` fetch. */
  readonly entities: EntityInputs | undefined;
  /** Response names at the fetch's own root, as planned; empty for an `_entities` fetch. */
  readonly rootFields: readonly string[];
  readonly outputRewrites: readonly Rewrite[];
  /** Its answer may hold numbers that JavaScript would change: some field is a Float or a custom scalar. */
  readonly exactNumbers: boolean;
  /** Names that output rewrites take back, for error paths: name in the answer → planned name. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** Several `_entities` fetches that one request makes. */
export interface BatchNode {
  readonly kind: 'batch';
  readonly subgraph: string;
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: readonly VariableUse[];
  readonly exactNumbers: boolean;
  readonly parts: readonly BatchPart[];
}

export interface BatchPart {
  /** Where its entities stand in the answer, in place of `_entities`. */
  readonly alias: string;
  readonly representationsVariable: string;
  /** As if it were asked alone, but for its text. */
  readonly fetch: FetchNode;
  readonly inputs: EntityInputs;
}

export interface VariableUse {
  /** In the fetch. */
  readonly name: string;
  /** In the client's operation. */
  readonly from: string;
}

export type PathStep =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'list' }
  | { readonly kind: 'type'; readonly types: ReadonlySet<string> };

export interface EntityInputs {
  /** The types whose objects the planner asks for, interfaces among them: for people who read plans. */
  readonly conditions: readonly string[];
  /** What is sent of an object of a type; undefined: the fetch does not want such objects. */
  of(typeName: string): TypeInputs | undefined;
  readonly rewrites: readonly Rewrite[];
  readonly contexts: readonly ContextInput[];
}

export interface TypeInputs {
  readonly fields: readonly InputField[];
  /** Where there is one field besides `__typename`, and nothing is selected below it. */
  readonly onlyKey: string | undefined;
  /** The type's keys in the subgraph: a representation holds at least one of them. */
  readonly keys: readonly (readonly InputField[])[];
}

export interface InputField {
  readonly key: string;
  readonly selection: InputSelection | undefined;
}

/** What is copied of an object below an input. */
export interface InputSelection {
  readonly fields: readonly InputField[];
  readonly fragments: readonly { readonly types: ReadonlySet<string>; readonly selection: InputSelection }[];
  readonly isObjectType: (typeName: string) => boolean;
}

/** Changes data at a path, in place. */
export interface Rewrite {
  readonly path: readonly PathStep[];
  readonly key: string;
  readonly change: { readonly kind: 'rename'; readonly to: string } | { readonly kind: 'set'; readonly value: unknown };
}

/** Fills one variable of a fetch from an ancestor of the entity. */
export interface ContextInput {
  readonly variable: string;
  /** How many objects to go up from the entity. */
  readonly levelsUp: number;
  readonly path: readonly PathStep[];
}

export interface SubscriptionPlan {
  readonly primary: FetchNode;
  /** Runs once for each event. */
  readonly rest: PlanNode | undefined;
  readonly cursor: CursorPlan | undefined;
}

/** How a broken subscription is continued behind its last event. */
export interface CursorPlan {
  /** Variable of the upstream operation that holds the position to continue after. */
  readonly variable: string;
  /** Response name of the subscription's root field, and below it of the hidden cursor. */
  readonly rootField: string;
  readonly key: string;
  /** Without a position the stream begins now: the argument has no default. */
  readonly beginsNow: boolean;
  /** What the client gave as the position: nothing, a literal, or a variable of its own. */
  readonly initial:
    | { readonly kind: 'none' }
    | { readonly kind: 'value'; readonly value: string | null }
    | { readonly kind: 'variable'; readonly name: string };
}
