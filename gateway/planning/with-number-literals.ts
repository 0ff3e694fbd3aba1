import type { GraphQLSchema } from 'graphql';
import { hideNumbers, revealNumbers } from './number-literals.ts';
import type { PlannedDefer, PlannedNode, PlannedSubscription, Planner } from './planner.ts';

type Planned = PlannedNode | PlannedSubscription | PlannedDefer;

/** The same planner; numbers in custom scalars go past it and stand in its fetches as they were written. Both planners would change them. @param schema what clients see */
export function withNumberLiterals(planner: Planner, schema: GraphQLSchema): Planner {
  const { planDeferred } = planner;
  return {
    plan(document, active) {
      const sheltered = hideNumbers(document, schema);
      const planned = planner.plan(sheltered, active);
      return planned && sheltered !== document ? (revealIn(planned) as typeof planned) : planned;
    },
    ...(planDeferred && {
      planDeferred(document, active) {
        const sheltered = hideNumbers(document, schema);
        const planned = planDeferred(sheltered, active);
        return planned && sheltered !== document ? (revealIn(planned) as typeof planned) : planned;
      },
    }),
  };
}

function revealIn(plan: Planned): Planned {
  if (plan.kind === 'Defer') return revealInDefer(plan);
  if (plan.kind === 'Subscription')
    return {
      ...plan,
      primary: { ...plan.primary, operation: revealNumbers(plan.primary.operation) },
      rest: plan.rest && revealInNode(plan.rest),
    };
  return revealInNode(plan);
}

function revealInDefer({ primary, deferred, ...plan }: PlannedDefer): PlannedDefer {
  const reveal = (node: PlannedNode | PlannedDefer): PlannedNode | PlannedDefer =>
    node.kind === 'Defer' ? revealInDefer(node) : revealInNode(node);
  return {
    ...plan,
    primary: { ...primary, node: primary.node && revealInNode(primary.node) },
    deferred: deferred.map((part) => ({ ...part, node: part.node && reveal(part.node) })),
  };
}

function revealInNode(node: PlannedNode): PlannedNode {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map(revealInNode) };
    case 'Flatten':
      return { ...node, node: revealInNode(node.node) };
    case 'Condition':
      return {
        ...node,
        ifClause: node.ifClause && revealInNode(node.ifClause),
        elseClause: node.elseClause && revealInNode(node.elseClause),
      };
    case 'Fetch':
    case 'BatchFetch': // which Apollo's planner does not make
      return { ...node, operation: revealNumbers(node.operation) };
  }
}
