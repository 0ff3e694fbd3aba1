import { MultiMap } from '@apollo/federation-internals';

/** What is used of the planner's class of that name, which it does not export. */
interface FetchGroup {
  parents(): readonly { readonly group: FetchGroup }[];
  isDescendantOf(group: FetchGroup): boolean;
  removeChild(group: FetchGroup): void;
  mergeInWithAllDependencies(other: FetchGroup): void;
}

let isMended = false;

/**
 * Keeps Apollo's planner from making fetches wait for each other in a circle. It joins fetches of the same entities from the same subgraph, and
 * where one of two comes after the other with fetches in between, it may move the fetches in between behind the one that they lead to. The next
 * look at who waits for whom never ends then: an array grows until the process dies (V8: "invalid size error"), and any client can ask for it.
 *
 * Both have the same inputs, so that the later one does not need what is in between: here it no longer waits for that when they are joined.
 * In effect for the process from then on.
 */
export function mergeWithoutCycles(): void {
  if (isMended) return;
  isMended = true;
  const { prototype } = MultiMap<unknown, unknown>;
  const add = prototype.add;
  // The first that can be seen of the class from outside: right before joining, the planner sorts its fetches into such a map.
  prototype.add = function (this: MultiMap<unknown, unknown>, key, value) {
    if (isFetchGroup(value)) {
      prototype.add = add;
      mend(Object.getPrototypeOf(value) as FetchGroup);
    }
    return add.call(this, key, value);
  };
}

function mend(fetchGroup: FetchGroup): void {
  const merge = fetchGroup.mergeInWithAllDependencies;
  fetchGroup.mergeInWithAllDependencies = function (this: FetchGroup, other) {
    for (const { group } of [...this.parents()]) if (group === other || group.isDescendantOf(other)) group.removeChild(this);
    merge.call(this, other);
  };
}

function isFetchGroup(value: unknown): value is FetchGroup {
  return typeof value === 'object' && value !== null && 'mergeInWithAllDependencies' in value;
}
