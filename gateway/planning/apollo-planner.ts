import { operationFromDocument, type Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { hideFloats, revealFloats } from './float-literals.ts';
import type { PlannedFetch, PlannedNode, PlannedSubscription, Planner } from './planner.ts';

/** Apollo's query planner behind our interface. Defer stays off, so its plans hold no Defer nodes. */
export function createApolloPlanner(supergraph: Supergraph): Planner {
  // The client's fragments are inlined before planning; finding them again in the fetches costs more time than the text is worth.
  const planner = new QueryPlanner(supergraph, { reuseQueryFragments: false });
  const apiSchema = supergraph.apiSchema();
  const schema = apiSchema.toGraphQLJSSchema();
  return {
    plan(document) {
      const sheltered = hideFloats(document, schema);
      const operation = operationFromDocument(apiSchema, sheltered, { validate: false });
      const plan = planner.buildQueryPlan(operation).node as PlannedNode | PlannedSubscription | undefined;
      return plan && sheltered !== document ? revealIn(plan) : plan;
    },
  };
}

function revealIn(plan: PlannedNode | PlannedSubscription): PlannedNode | PlannedSubscription {
  if (plan.kind === 'Subscription') return { ...plan, primary: revealInFetch(plan.primary), rest: plan.rest && revealInNode(plan.rest) };
  return revealInNode(plan);
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
      return revealInFetch(node);
  }
}

function revealInFetch(fetch: PlannedFetch): PlannedFetch {
  return { ...fetch, operation: revealFloats(fetch.operation) };
}
