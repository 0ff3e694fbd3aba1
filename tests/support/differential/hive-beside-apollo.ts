import { print } from 'graphql';
import { createHivePlanner } from '../../../gateway/planning/hive-planner.ts';
import type { Planner } from '../../../gateway/planning/planner.ts';
import { withNumberLiterals } from '../../../gateway/planning/with-number-literals.ts';
import type { Supergraph } from '../../../gateway/supergraph/supergraph.ts';

/** A supergraph whose planner gives the last plan again when it is asked for the same one again: to plan is most of what a test does. */
export function withLastPlan(supergraph: Supergraph): Supergraph {
  let last: { key: string; planned: ReturnType<Planner['plan']> } | undefined;
  return {
    ...supergraph,
    planner: {
      ...supergraph.planner,
      plan(document, active) {
        const key = [print(document), ...(active ?? [])].join('\n');
        if (last?.key !== key) last = { key, planned: supergraph.planner.plan(document, active) };
        return last.planned;
      },
    },
  };
}

/**
 * A supergraph with Hive Router's planner in place of Apollo's, as `GATEWAY_PLANNER=hive` makes it; what is left to Apollo's is counted.
 * @param onDelegated told of each operation that Hive's does not plan itself
 */
export function hiveBesideApollo(apollo: Supergraph, onDelegated: () => void): Supergraph {
  const otherwise = (): Planner => ({
    plan(document, active) {
      onDelegated();
      return apollo.planner.plan(document, active);
    },
  });
  const hive = createHivePlanner(apollo.sdl, { types: apollo.types, otherwise });
  return { ...apollo, planner: withNumberLiterals(hive, apollo.schema) };
}
