import { operationFromDocument, type Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import type { DocumentNode } from 'graphql';
import { hideFloats, revealFloats } from './float-literals.ts';
import type { PlannedDefer, PlannedNode, PlannedSubscription, Planner } from './planner.ts';

/** Apollo's query planner behind our interface. Its plans hold Defer nodes for operations that hold @defer only. */
export function createApolloPlanner(supergraph: Supergraph): Planner {
  // The client's fragments are inlined before planning; finding them again in the fetches costs more time than the text is worth.
  const planner = new QueryPlanner(supergraph, { reuseQueryFragments: false, incrementalDelivery: { enableDefer: true } });
  const apiSchema = supergraph.apiSchema();
  const schema = apiSchema.toGraphQLJSSchema();
  const plan = (document: DocumentNode): PlannedNode | PlannedSubscription | PlannedDefer | undefined => {
    const sheltered = hideFloats(document, schema);
    const operation = operationFromDocument(apiSchema, sheltered, { validate: false });
    const planned = planner.buildQueryPlan(operation).node as PlannedNode | PlannedSubscription | PlannedDefer | undefined;
    return planned && sheltered !== document ? revealIn(planned) : planned;
  };
  return {
    plan: (document) => plan(document) as PlannedNode | PlannedSubscription | undefined,
    planDeferred: (document) => plan(document) as PlannedNode | PlannedDefer | undefined,
  };
}

function revealIn(plan: PlannedNode | PlannedSubscription | PlannedDefer): PlannedNode | PlannedSubscription | PlannedDefer {
  if (plan.kind === 'Defer') return revealInDefer(plan);
  if (plan.kind === 'Subscription')
    return {
      ...plan,
      primary: { ...plan.primary, operation: revealFloats(plan.primary.operation) },
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
      return { ...node, operation: revealFloats(node.operation) };
  }
}
