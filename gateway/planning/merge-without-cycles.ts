import type { FetchGroup } from './fetch-groups.ts';

/**
 * Keeps Apollo's planner from making fetches wait for each other in a circle. It joins fetches of the same entities from the same subgraph, and
 * where one of two comes after the other with fetches in between, it may move the fetches in between behind the one that they lead to. The next
 * look at who waits for whom never ends then: an array grows until the process dies (V8: "invalid size error"), and any client can ask for it.
 *
 * Both have the same inputs, so that the later one does not need what is in between: here it no longer waits for that when they are joined.
 */
export function mergeWithoutCycles(fetchGroup: FetchGroup): void {
  const merge = fetchGroup.mergeInWithAllDependencies;
  fetchGroup.mergeInWithAllDependencies = function (this: FetchGroup, other) {
    for (const { group } of [...this.parents()]) if (group === other || group.isDescendantOf(other)) group.removeChild(this);
    merge.call(this, other);
  };
}
