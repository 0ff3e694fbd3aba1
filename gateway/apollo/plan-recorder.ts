import type { QueryPlan } from '@apollo/query-planner';
import type { Engine, GatewayRequest, PreparedOperation } from '../engine.ts';
import type { PlannedNode, PlannedSubscription, Planner } from '../planning/planner.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';

/** Keeps the plans as the planner wrote them, for those who want to see them; our own form of a plan is another. */
export interface PlanRecorder {
  /** The same supergraph, watched. */
  watch(supergraph: Supergraph): Supergraph;
  /** `engine.prepare`, which plans at once or not at all, so that a plan that is made meanwhile is the operation's. */
  prepare(engine: Engine, request: GatewayRequest): ReturnType<Engine['prepare']>;
  planOf(operation: PreparedOperation): QueryPlan;
}

/** @param enabled without it nothing is kept, and every plan is empty */
export function createPlanRecorder(enabled: boolean): PlanRecorder {
  const plans = new WeakMap<PreparedOperation, QueryPlan>();
  let last: PlannedNode | PlannedSubscription | undefined;

  const watchPlanner = (planner: Planner): Planner => ({
    ...planner,
    plan(operation, active) {
      last = planner.plan(operation, active);
      return last;
    },
  });
  return {
    watch: (supergraph) => (enabled ? { ...supergraph, planner: watchPlanner(supergraph.planner) } : supergraph),
    prepare(engine, request) {
      last = undefined;
      const prepared = engine.prepare(request);
      if (last && 'operation' in prepared) plans.set(prepared.operation, toQueryPlan(last));
      last = undefined;
      return prepared;
    },
    planOf: (operation) => plans.get(operation) ?? { kind: 'QueryPlan' },
  };
}

/** Both describe what Apollo's planner writes. */
function toQueryPlan(node: PlannedNode | PlannedSubscription): QueryPlan {
  return { kind: 'QueryPlan', node: node as NonNullable<QueryPlan['node']> };
}
