import type { GraphQLSchema } from 'graphql';
import { mapFetches } from './map-fetches.ts';
import { hideNumbers, revealNumbers } from './number-literals.ts';
import type { PlannedBatchFetch, PlannedFetch, Planner } from './planner.ts';

/** The same planner; numbers in custom scalars go past it and stand in its fetches as they were written. Both planners would change them. @param schema what clients see */
export function withNumberLiterals(planner: Planner, schema: GraphQLSchema): Planner {
  const { planDeferred } = planner;
  return {
    plan(document, active) {
      const sheltered = hideNumbers(document, schema);
      const planned = planner.plan(sheltered, active);
      return planned && sheltered !== document ? mapFetches(planned, reveal) : planned;
    },
    ...(planDeferred && {
      planDeferred(document, active) {
        const sheltered = hideNumbers(document, schema);
        const planned = planDeferred(sheltered, active);
        return planned && sheltered !== document ? mapFetches(planned, reveal) : planned;
      },
    }),
  };
}

function reveal<F extends PlannedFetch | PlannedBatchFetch>(fetch: F): F {
  return { ...fetch, operation: revealNumbers(fetch.operation) };
}
