/** A graph drawn from a seed: who declares what. SDL, data and resolvers are worked out from it (`write-sdl`, `drawn-data`, `drawn-resolvers`). */
export interface DrawnGraph {
  readonly seed: number;
  /** Names of subgraphs → what each calls its root types. */
  readonly subgraphs: ReadonlyMap<string, RootNames>;
  /** Entities, value types and roots. */
  readonly objects: Map<string, DrawnObject>;
  readonly interfaces: Map<string, DrawnInterface>;
  readonly unions: Map<string, DrawnUnion>;
  readonly enums: Map<string, DrawnEnum>;
  readonly inputs: Map<string, DrawnInput>;
}

export type RootKind = 'Query' | 'Mutation' | 'Subscription';
export type RootNames = Readonly<Record<RootKind, string>>;

export interface DrawnObject {
  readonly name: string;
  readonly kind: 'entity' | 'value' | 'root';
  readonly fields: Map<string, DrawnField>;
  /** Subgraph → the keys that it declares, in order. Value types and roots have none. */
  readonly places: Map<string, DrawnKey[]>;
  /** All keys that some subgraph resolves. */
  readonly keys: DrawnKey[];
  /** Interface → subgraphs in which the type says that it implements it. */
  readonly interfaces: Map<string, Set<string>>;
  /** Subgraphs in which the type has this @context. */
  readonly contexts: Map<string, string>;
}

export interface DrawnKey {
  readonly selection: readonly DrawnSelection[];
  readonly resolvable: boolean;
}

/** What a @key, @requires or @provides selects. */
export type DrawnSelection =
  | { readonly field: string; readonly args?: Readonly<Record<string, unknown>>; readonly selections: readonly DrawnSelection[] }
  | { readonly on: string; readonly selections: readonly DrawnSelection[] };

export interface DrawnField {
  readonly name: string;
  /** As in SDL. */
  readonly type: string;
  readonly args: readonly DrawnArgument[];
  /** Subgraphs that resolve it. */
  readonly homes: Set<string>;
  /** Subgraphs that declare it @external. */
  readonly external: Set<string>;
  isKey: boolean;
  /** Some of its values are errors. */
  mayFail: boolean;
  isShareable: boolean;
  isInaccessible: boolean;
  /** What its home asks others for. */
  requires: readonly DrawnSelection[] | undefined;
  /** Subgraph → what it gives of the objects behind this field. */
  readonly provides: Map<string, readonly DrawnSelection[]>;
  /** `from` declares it too and must not be asked, unless a label that is off leaves it there. */
  override: { readonly from: string; readonly label: string | undefined } | undefined;
  /** Name of an argument that is filled from a @context: the text of the nearest object above that has it. */
  fromContext: { readonly argument: string; readonly context: string; readonly field: string } | undefined;
}

export interface DrawnArgument {
  readonly name: string;
  readonly type: string;
  readonly defaultValue?: string;
}

export interface DrawnInterface {
  readonly name: string;
  /** Fields of all members, wherever those are declared. */
  readonly fields: readonly string[];
  readonly members: readonly string[];
  readonly isEntity: boolean;
  /** Subgraph → members there. */
  readonly places: Map<string, Set<string>>;
  /** The type that stands for it in subgraphs with an @interfaceObject, and the fields that these add. */
  readonly object: DrawnObject | undefined;
  /** Members are the same in every subgraph. */
  readonly isUniform: boolean;
  /** Interfaces that it implements, those of these too: all its members are members of them. */
  readonly above: readonly string[];
  /** Subgraphs that say so; others know it alone, or side by side with them. */
  readonly implementing: Set<string>;
}

export interface DrawnUnion {
  readonly name: string;
  readonly members: readonly string[];
  readonly places: Map<string, Set<string>>;
  readonly isUniform: boolean;
}

/** An enum of answers has values of its own in each subgraph; clients of one that is an argument may use only what all of them know. */
export interface DrawnEnum {
  readonly name: string;
  readonly use: 'output' | 'input' | 'both';
  /** Subgraph → values. */
  readonly places: Map<string, readonly string[]>;
  readonly inaccessible: ReadonlySet<string>;
}

export interface DrawnInput {
  readonly name: string;
  readonly fields: readonly DrawnArgument[];
  /** Subgraph → what only it knows, and which fields it makes non-null. */
  readonly places: Map<string, { readonly own: DrawnArgument | undefined; readonly strict: ReadonlySet<string> }>;
}

export function createField(name: string, type: string, options: Partial<DrawnField> = {}): DrawnField {
  return {
    name,
    type,
    args: [],
    homes: new Set(),
    external: new Set(),
    isKey: false,
    mayFail: false,
    isShareable: false,
    isInaccessible: false,
    requires: undefined,
    provides: new Map(),
    override: undefined,
    fromContext: undefined,
    ...options,
  };
}

export function createObject(name: string, kind: DrawnObject['kind'], keys: DrawnKey[] = []): DrawnObject {
  return { name, kind, fields: new Map(), places: new Map(), keys, interfaces: new Map(), contexts: new Map() };
}

/** Whether a subgraph's SDL has the field. */
export function isDeclared(field: DrawnField, subgraph: string): boolean {
  return field.homes.has(subgraph) || field.external.has(subgraph) || field.override?.from === subgraph;
}

/** The name in a type as SDL writes it: `[[A!]]` → `A`. */
export function namedType(type: string): string {
  return type.replace(/[[\]!]/g, '');
}
