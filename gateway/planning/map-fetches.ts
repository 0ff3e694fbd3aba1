import type { PlannedBatchFetch, PlannedDefer, PlannedFetch, PlannedNode, PlannedSubscription } from './planner.ts';

type Planned = PlannedNode | PlannedSubscription | PlannedDefer;

/**
 * The same plan with other fetches: those of all its parts.
 * @param change makes the fetch of root fields of a subscription too
 * @param replace puts anything in place of a fetch; default: what `change` makes of it
 */
export function mapFetches<T extends Planned>(
  plan: T,
  change: <F extends PlannedFetch | PlannedBatchFetch>(fetch: F) => F,
  replace: (fetch: PlannedFetch | PlannedBatchFetch) => PlannedNode = change,
): T {
  const inNode = (node: PlannedNode): PlannedNode => {
    switch (node.kind) {
      case 'Sequence':
      case 'Parallel':
        return { ...node, nodes: node.nodes.map(inNode) };
      case 'Flatten':
        return { ...node, node: inNode(node.node) };
      case 'Condition':
        return { ...node, ifClause: node.ifClause && inNode(node.ifClause), elseClause: node.elseClause && inNode(node.elseClause) };
      case 'Fetch':
      case 'BatchFetch':
        return replace(node);
    }
  };
  const inDefer = ({ primary, deferred, ...defer }: PlannedDefer): PlannedDefer => ({
    ...defer,
    primary: { ...primary, node: primary.node && inNode(primary.node) },
    deferred: deferred.map((part) => ({
      ...part,
      node: part.node && (part.node.kind === 'Defer' ? inDefer(part.node) : inNode(part.node)),
    })),
  });
  const inPlan = (planned: Planned): Planned => {
    if (planned.kind === 'Defer') return inDefer(planned);
    if (planned.kind !== 'Subscription') return inNode(planned);
    return { ...planned, primary: change(planned.primary), rest: planned.rest && inNode(planned.rest) };
  };
  return inPlan(plan) as T;
}
