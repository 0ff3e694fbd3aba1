import { OperationTypeNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { compileCursor, type CursorNames } from './compile-cursor.ts';
import { compileBatch } from './compile-batch.ts';
import { compileFetch, compilePath } from './compile-fetch.ts';
import { compileIntrospection } from './compile-introspection.ts';
import type { ExecutablePlan, FetchNode, PathStep, PlanNode, SubscriptionPlan, SupergraphTypes } from './executable-plan.ts';
import { narrowFetches } from './narrow-fetches.ts';
import type { PlannableOperation, PlannedNames } from './plannable-operation.ts';
import type { PlannedNode, PlannedSubscription } from './planner.ts';
import { RootSelection } from './compile-shape.ts';
import { UnreachableField } from './unreachable-field.ts';

/** What a plan is compiled against. */
export interface CompileContext {
  /** The schema that clients see. */
  readonly schema: GraphQLSchema;
  readonly types: SupergraphTypes;
  readonly subgraphSchema: (name: string) => GraphQLSchema | undefined;
  readonly cursor: CursorNames;
}

/**
 * Prepares a plan for execution: everything that does not depend on the request is worked out here, once.
 * @param clientOperation as the client wrote it: its variables keep their names
 * @param deferred nodes that are run beside the plan
 * @throws UnreachableField when the plan leaves out a root field
 */
export function compilePlan(
  planned: PlannedNode | PlannedSubscription | undefined,
  plannable: PlannableOperation,
  clientOperation: OperationDefinitionNode,
  context: CompileContext,
  deferred: readonly PlanNode[] = [],
): ExecutablePlan {
  const { schema, types } = context;
  const { operation, names } = plannable;
  const response = new RootSelection(schema, plannable);
  const subscription = planned?.kind === 'Subscription' ? compileSubscription(planned, names, context) : undefined;
  const node = planned && planned.kind !== 'Subscription' ? compileNode(planned, [], names, types) : undefined;
  const fetches = [
    ...fetchesIn(subscription?.primary),
    ...fetchesIn(subscription?.rest),
    ...fetchesIn(node),
    ...deferred.flatMap((part) => [...fetchesIn(part)]),
  ];
  refuseUnreachable(response, fetches);
  const narrowed = (all: PlanNode | undefined): PlanNode | undefined =>
    all && narrowFetches(all, { operation, types, fetches, subgraphSchema: context.subgraphSchema });
  return {
    rootType: schema.getRootType(operation.operation)?.name ?? '',
    serial: operation.operation === OperationTypeNode.MUTATION,
    node: narrowed(node),
    subscription: subscription && { ...subscription, rest: narrowed(subscription.rest) },
    variableDefinitions: clientOperation.variableDefinitions ?? [],
    literals: undefined,
    response,
    names,
    introspection: compileIntrospection(schema, plannable),
    entitiesAreUnique: fetches.some((fetch) => fetch.entities?.contexts.length),
    types,
  };
}

/** @param path from the root of the data to what the node is about */
export function compileNode(
  node: PlannedNode,
  path: readonly PathStep[],
  names: PlannedNames,
  types: SupergraphTypes,
): PlanNode | undefined {
  const compile = (child: PlannedNode | undefined): PlanNode | undefined => child && compileNode(child, path, names, types);
  switch (node.kind) {
    case 'Sequence':
      return { kind: 'sequence', nodes: node.nodes.flatMap((child) => compile(child) ?? []) };
    case 'Parallel':
      return { kind: 'parallel', nodes: node.nodes.flatMap((child) => compile(child) ?? []) };
    case 'Flatten':
      return compileNode(node.node, [...path, ...compilePath(node.path, types)], names, types);
    case 'Condition':
      return {
        kind: 'condition',
        variable: names.variables.get(node.condition) ?? node.condition,
        whenTrue: compile(node.ifClause),
        whenFalse: compile(node.elseClause),
      };
    case 'Fetch':
      return compileFetch(node, path, names, types);
    case 'BatchFetch':
      return compileBatch(node, path, names, types);
    default:
      throw new Error(`the planner made a node that is not known here: ${(node as { kind: string }).kind}`);
  }
}

function compileSubscription(
  planned: PlannedSubscription,
  names: PlannedNames,
  { types, subgraphSchema, cursor }: CompileContext,
): SubscriptionPlan {
  const subgraph = subgraphSchema(planned.primary.serviceName);
  const resumable = subgraph && compileCursor(planned.primary, subgraph, cursor, names);
  return {
    primary: compileFetch(resumable?.fetch ?? planned.primary, [], names, types),
    rest: planned.rest && compileNode(planned.rest, [], names, types),
    cursor: resumable?.plan,
  };
}

function refuseUnreachable(response: RootSelection, fetches: readonly FetchNode[]): void {
  const fetched = new Set(fetches.filter((fetch) => fetch.path.length === 0).flatMap((fetch) => fetch.rootFields));
  for (const field of response.selectAll()) {
    if (field.source === 'data' && !fetched.has(field.key)) throw new UnreachableField(field.coordinate);
  }
}

export function* fetchesIn(node: PlanNode | undefined): Generator<FetchNode> {
  switch (node?.kind) {
    case 'fetch':
      yield node;
      break;
    case 'batch':
      for (const part of node.parts) yield part.fetch;
      break;
    case 'sequence':
    case 'parallel':
      for (const child of node.nodes) yield* fetchesIn(child);
      break;
    case 'condition':
      yield* fetchesIn(node.whenTrue);
      yield* fetchesIn(node.whenFalse);
      break;
    case undefined:
  }
}
