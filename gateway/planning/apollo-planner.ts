import { operationFromDocument, type Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import type { DocumentNode } from 'graphql';
import { collectVariablesOnce } from './collect-variables-once.ts';
import { explodeInterfaces } from './explode-interfaces.ts';
import { mendFetchGroups } from './fetch-groups.ts';
import { createLateInputsMend } from './late-inputs.ts';
import { limitPathCombinations } from './limit-path-combinations.ts';
import { mergeWithInputs } from './merge-with-inputs.ts';
import { mergeWithoutCycles } from './merge-without-cycles.ts';
import { denyExternalFields } from './deny-external-fields.ts';
import type { ActiveLabels } from './override-labels.ts';
import { widenConditions } from './widen-conditions.ts';
import { PlannerGaveUp, type PlannedDefer, type PlannedNode, type PlannedSubscription, type Planner } from './planner.ts';

/**
 * How many ways to reach one field are looked at. Apollo's planner has no limit of its own, and where an interface leads back to itself the
 * number of ways is squared with each level: four levels of an @interfaceObject take all memory, and the process with it.
 */
const MAX_WAYS = 100;

/** For an operation whose interfaces are written out, so that the number of ways no longer explodes. */
const MAX_WAYS_WRITTEN_OUT = 10_000;
const MAX_SELECTIONS_WRITTEN_OUT = 2_000;

/** How many whole plans are compared, the likeliest first. Apollo's default is 10,000, which can take minutes and gigabytes. */
const MAX_PLANS = 100;

type Planned = PlannedNode | PlannedSubscription | PlannedDefer;

/** Apollo's query planner behind our interface. Its plans hold Defer nodes for operations that hold @defer only. */
export function createApolloPlanner(supergraph: Supergraph): Planner {
  limitPathCombinations();
  mendFetchGroups([mergeWithoutCycles, mergeWithInputs]);
  collectVariablesOnce();
  denyExternalFields();
  const planner = createPlanner(supergraph, MAX_WAYS);
  let patientPlanner: QueryPlanner | undefined;
  const apiSchema = supergraph.apiSchema();
  const schema = apiSchema.toGraphQLJSSchema();

  const planOf = (document: DocumentNode, active: ActiveLabels | undefined): Planned | undefined => {
    const options = { overrideConditions: new Map([...(active ?? [])].map((label) => [label, true])) };
    const build = (by: QueryPlanner, text: DocumentNode): Planned | undefined =>
      by.buildQueryPlan(operationFromDocument(apiSchema, text, { validate: false }), options).node as Planned | undefined;
    try {
      return build(planner, document);
    } catch (error) {
      const writtenOut = explodeInterfaces(document, schema, MAX_SELECTIONS_WRITTEN_OUT);
      try {
        if (writtenOut) return build((patientPlanner ??= createPlanner(supergraph, MAX_WAYS_WRITTEN_OUT)), writtenOut);
      } catch {
        // the first error says more
      }
      throw new PlannerGaveUp(
        isTooManyWays(error) ? 'there are too many ways to answer it: ask for fewer levels at once' : 'the planner failed',
        {
          cause: error,
        },
      );
    }
  };

  const withInputsInTime = createLateInputsMend(supergraph);
  const mend = (node: PlannedNode, operation: DocumentNode): PlannedNode => withInputsInTime(widenConditions(node, operation));

  const plan = (document: DocumentNode, active: ActiveLabels | undefined): Planned | undefined => {
    const planned = planOf(document, active);
    return planned && mendParts(planned, (node) => mend(node, document));
  };
  return {
    plan: (document, active) => plan(document, active) as PlannedNode | PlannedSubscription | undefined,
    planDeferred: (document, active) => plan(document, active) as PlannedNode | PlannedDefer | undefined,
  };
}

function createPlanner(supergraph: Supergraph, pathsLimit: number): QueryPlanner {
  // The client's fragments are inlined before planning; finding them again in the fetches costs more time than the text is worth.
  const config = { reuseQueryFragments: false, incrementalDelivery: { enableDefer: true } };
  return new QueryPlanner(supergraph, { ...config, debug: { pathsLimit, maxEvaluatedPlans: MAX_PLANS } });
}

/** A plan in parts is left as it is: what one part fetches, another may have selected. */
function mendParts(plan: Planned, mend: (node: PlannedNode) => PlannedNode): Planned {
  if (plan.kind === 'Defer') return plan;
  if (plan.kind !== 'Subscription') return mend(plan);
  return plan.rest ? { ...plan, rest: mend(plan.rest) } : plan;
}

function isTooManyWays(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Too many options');
}
