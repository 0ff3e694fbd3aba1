import { operationFromDocument, type Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import type { PlannedNode, PlannedSubscription, Planner } from './planner.ts';

/** Apollo's query planner behind our interface. Defer stays off, so its plans hold no Defer nodes. */
export function createApolloPlanner(supergraph: Supergraph): Planner {
  // The client's fragments are inlined before planning; finding them again in the fetches costs more time than the text is worth.
  const planner = new QueryPlanner(supergraph, { reuseQueryFragments: false });
  const apiSchema = supergraph.apiSchema();
  return {
    plan(document) {
      const operation = operationFromDocument(apiSchema, document, { validate: false });
      return planner.buildQueryPlan(operation).node as PlannedNode | PlannedSubscription | undefined;
    },
  };
}
