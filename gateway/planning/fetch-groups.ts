import {
  isCompositeType,
  MapWithCachedArrays,
  type CompositeType,
  type NamedType,
  type OperationPath,
  type SelectionSet,
} from '@apollo/federation-internals';

/** What the mends use of the planner's class of that name, which it does not export: a fetch of a plan that is being made. */
export interface FetchGroup {
  readonly selection: SelectionSet;
  readonly inputs: FetchInputs | undefined;
  parents(): readonly { readonly group: FetchGroup; readonly path?: OperationPath }[];
  parentRelation(group: FetchGroup): { readonly path?: OperationPath } | undefined;
  isDescendantOf(group: FetchGroup): boolean;
  removeChild(group: FetchGroup): void;
  canMergeChildIn(child: FetchGroup): boolean;
  mergeInWithAllDependencies(other: FetchGroup): void;
}

/** What a fetch is told of its entities. */
export interface FetchInputs {
  selectionSets(): readonly SelectionSet[];
  contains(other: FetchInputs): boolean;
}

let isMended = false;

/**
 * Changes methods of Apollo's fetches, for the process from then on; later calls do nothing.
 * @param mends each is handed the class's prototype
 */
export function mendFetchGroups(mends: readonly ((prototype: FetchGroup) => void)[]): void {
  if (isMended) return;
  isMended = true;
  const { prototype } = MapWithCachedArrays<unknown, unknown>;
  const set = prototype.set;
  // The first that can be seen of the class from outside: a plan begins with its root fetches in such a map.
  prototype.set = function (this: MapWithCachedArrays<unknown, unknown>, key, value) {
    if (isFetchGroup(value)) {
      prototype.set = set;
      const fetchGroup = Object.getPrototypeOf(value) as FetchGroup;
      for (const mend of mends) mend(fetchGroup);
    }
    return set.call(this, key, value);
  };
}

/** The type that a path leads to, in the schema of the subgraph that it is asked of. */
export function typeAt(type: CompositeType, path: OperationPath): CompositeType | undefined {
  let at: CompositeType | undefined = type;
  for (const element of path) {
    if (!at) return undefined;
    const next = element.kind === 'Field' ? element.baseType() : element.typeCondition;
    const named: NamedType | undefined = next ? at.schema().type(next.name) : at;
    at = named && isCompositeType(named) ? named : undefined;
  }
  return at;
}

function isFetchGroup(value: unknown): value is FetchGroup {
  return typeof value === 'object' && value !== null && 'mergeInWithAllDependencies' in value;
}
