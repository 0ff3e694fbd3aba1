import type { OperationDefinitionNode } from 'graphql';
import { compileNode, compilePlan, fetchesIn, type CompileContext } from './compile-plan.ts';
import type { DeferredFragments } from './deferred-fragments.ts';
import type { ExecutablePlan, PlanNode } from './executable-plan.ts';
import type { PlannableOperation } from './plannable-operation.ts';
import type { PlannedDefer, PlannedNode } from './planner.ts';

/** A plan that answers in parts. */
export interface DeferredPlan {
  /** Its node fetches what is not deferred; its shapes know what is. */
  readonly plan: ExecutablePlan;
  readonly fragments: DeferredFragments;
  /** The fetches of each fragment that has some, those of fragments inside other fragments among them. */
  readonly fetches: readonly DeferredFetches[];
}

export interface DeferredFetches {
  /** Of the fragment. */
  readonly label: string;
  /** Ids of the fetches that must be over before these begin. */
  readonly after: readonly string[];
  readonly node: PlanNode;
}

/**
 * Prepares a plan with Defer nodes for execution.
 * @param plannable made with @defer kept: the labels are those of the plan
 * @throws UnreachableField when the plan leaves out a root field
 */
export function compileDefer(
  planned: PlannedDefer | PlannedNode | undefined,
  plannable: PlannableOperation,
  clientOperation: OperationDefinitionNode,
  context: CompileContext,
): DeferredPlan {
  const { primary, parts } = split(planned);
  const fetches = parts.flatMap(({ label, after, node }): DeferredFetches[] => {
    const compiled = node && compileNode(node, [], plannable.names, context.types);
    return compiled ? [{ label, after, node: compiled }] : [];
  });
  const nodes = fetches.map(({ node }) => node);
  const plan = compilePlan(primary, plannable, clientOperation, context, nodes);
  const ids = new Set([plan.node, ...nodes].flatMap((node) => [...fetchesIn(node)].map(({ id }) => id)));
  return {
    plan,
    fragments: plannable.deferred,
    // Nobody would ever say that a fetch is over that is not in the plan.
    fetches: fetches.map((part) => ({ ...part, after: part.after.filter((id) => ids.has(id)) })),
  };
}

interface Split {
  readonly primary: PlannedNode | undefined;
  readonly parts: readonly { readonly label: string; readonly after: readonly string[]; readonly node: PlannedNode | undefined }[];
}

/** Takes nested Defer nodes out of each other: what a part waits for is told by its ids, not by where it stands. */
function split(planned: PlannedDefer | PlannedNode | undefined): Split {
  if (planned?.kind !== 'Defer') return { primary: planned, parts: [] };
  const parts = planned.deferred.flatMap(({ label = '', depends, node }): Split['parts'] => {
    const { primary, parts: nested } = split(node);
    return [{ label, after: depends.map(({ id }) => id), node: primary }, ...nested];
  });
  return { primary: planned.primary.node, parts };
}
