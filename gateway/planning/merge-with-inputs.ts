import { typeAt, type FetchGroup } from './fetch-groups.ts';

/**
 * Keeps Apollo's planner from joining a fetch with the one before it when it has inputs that are not there yet: with a @requires of a field
 * that has a @requires of its own, and a client that comes from the subgraph of that field, it asks for the field at once and tells the
 * subgraph nothing.
 */
export function mergeWithInputs(fetchGroup: FetchGroup): void {
  const canMerge = fetchGroup.canMergeChildIn;
  fetchGroup.canMergeChildIn = function (this: FetchGroup, child) {
    return canMerge.call(this, child) && hasInputsOf(this, child);
  };
}

/** Whether the fetch knows by itself, or was told, what the child is to be told. */
function hasInputsOf(fetch: FetchGroup, child: FetchGroup): boolean {
  const { inputs } = child;
  if (!inputs || fetch.inputs?.contains(inputs)) return true;
  const type = typeAt(fetch.selection.parentType, child.parentRelation(fetch)?.path ?? []);
  return type !== undefined && inputs.selectionSets().every((selection) => selection.canRebaseOn(type)); // no @external field counts
}
