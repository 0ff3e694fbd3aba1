import type { GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { RootSelection } from './compile-shape.ts';
import type { ExecutablePlan, PlanNode } from './executable-plan.ts';
import type { NormalOperation } from './normal-operation.ts';
import type { PlannableOperation } from './plannable-operation.ts';

/** The plan of all operations that have one normal form. */
export interface NormalPlan {
  readonly plan: ExecutablePlan;
  readonly plannable: PlannableOperation;
  /** Of the operation that was planned: its fetches are called after it. */
  readonly operationName: string | undefined;
}

/** Makes the plan of a normal form that of one operation: its names, its literals. What does not depend on those is shared. */
export function bindPlan(
  { plan, plannable, operationName }: NormalPlan,
  { aliases, literals }: NormalOperation,
  definition: OperationDefinitionNode,
  schema: GraphQLSchema,
): ExecutablePlan {
  const name = definition.name?.value;
  const isSameName = name === operationName || name === undefined || operationName === undefined;
  const bound: ExecutablePlan = {
    ...plan,
    variableDefinitions: definition.variableDefinitions ?? [],
    literals: Object.keys(literals).length > 0 ? literals : undefined,
    ...(!isSameName && plan.node && { node: renameFetches(plan.node, `${operationName}__`, `${name}__`) }),
  };
  if (aliases.size === 0) return bound;
  const responseNames = new Map(aliases);
  for (const [planned, normal] of plannable.names.responseNames) responseNames.set(planned, aliases.get(normal) ?? normal);
  const names = { ...plannable.names, responseNames };
  return { ...bound, names, response: new RootSelection(schema, { ...plannable, names }) };
}

/** Subgraphs see the operation's name in their logs and metrics. */
function renameFetches(node: PlanNode, from: string, to: string): PlanNode {
  switch (node.kind) {
    case 'sequence':
    case 'parallel':
      return { ...node, nodes: node.nodes.map((child) => renameFetches(child, from, to)) };
    case 'condition':
      return {
        ...node,
        whenTrue: node.whenTrue && renameFetches(node.whenTrue, from, to),
        whenFalse: node.whenFalse && renameFetches(node.whenFalse, from, to),
      };
    case 'fetch':
    case 'batch': {
      const { operationName } = node;
      if (!operationName?.startsWith(from)) return node;
      const renamed = to + operationName.slice(from.length);
      return { ...node, operationName: renamed, query: node.query.replace(operationName, () => renamed) };
    }
  }
}
