import { randomUUID } from 'node:crypto';
import type { Experimental_DidResolveQueryPlanCallback } from '@apollo/gateway';
import { prettyFormatQueryPlan } from '@apollo/query-planner';
import { GraphQLError, Kind, type FragmentDefinitionNode, type GraphQLFormattedError } from 'graphql';
import type { Engine, GatewayResult, PreparedOperation } from '../engine.ts';
import type { ExecutablePlan } from '../planning/executable-plan.ts';
import type { CallContext } from '../subgraphs/subgraph-client.ts';
import { toPlainNumbers } from '../numerals/hidden-numerals.ts';
import type { ApolloOrigin, GatewayExecutor, RequestContext } from './apollo-origin.ts';
import type { PlanRecorder } from './plan-recorder.ts';
import { createRequestTrace, type RequestTrace } from './request-trace.ts';

export interface ApolloExecutorOptions {
  readonly engine: Engine;
  readonly recorder: PlanRecorder;
  /** In lower case. */
  readonly forwardHeaders: readonly string[];
  readonly didResolveQueryPlan: Experimental_DidResolveQueryPlanCallback | undefined;
  /** The subgraphs by name, for `didResolveQueryPlan`. */
  readonly serviceMap: () => Parameters<Experimental_DidResolveQueryPlanCallback>[0]['serviceMap'];
  readonly exposePlan: boolean;
}

type ExecutionResult = Awaited<ReturnType<GatewayExecutor>>;

/** Apollo Server has parsed and validated the document already; the engine does so once for each text and remembers the plan. */
export function createApolloExecutor(options: ApolloExecutorOptions): GatewayExecutor {
  const { engine, recorder, forwardHeaders, didResolveQueryPlan, serviceMap, exposePlan } = options;
  return async (requestContext) => {
    const { source, request, metrics } = requestContext;
    const prepared = recorder.prepare(engine, { query: source, operationName: request.operationName });
    if ('refusal' in prepared) return { errors: prepared.refusal.errors.map(toGraphQLError) };
    const { operation } = prepared;
    if (operation.kind === 'subscription') return { errors: [noSubscriptions()] };
    didResolveQueryPlan?.({
      queryPlan: recorder.planOf(operation),
      serviceMap: serviceMap(),
      requestContext,
      operationContext: operationContextOf(requestContext),
    });
    const trace = metrics.captureTraces
      ? createRequestTrace({ startedAt: metrics.startHrTime, rootType: rootTypes[operation.kind] })
      : undefined;
    const result = await engine.execute(operation, request.variables, contextOf({ requestContext, trace }, forwardHeaders));
    if (trace) reportTrace(requestContext, trace, operation);
    const shown = exposePlan && request.http?.headers.get('apollo-query-plan-experimental') ? recorder.planOf(operation) : undefined;
    return toExecutionResult(shown ? withPlan(result, shown, request.http?.headers.get('apollo-query-plan-experimental-format')) : result);
  };
}

const rootTypes = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;

function noSubscriptions(): GraphQLError {
  const message =
    'Apollo Server answers a subscription with one result: attach gateway.subscriptions() to the HTTP server (docs/from-apollo-gateway.md), or open it at the gateway itself';
  return new GraphQLError(message, { extensions: { code: 'NOT_ACCEPTABLE' } });
}

/** Apollo Server does not tell when a client leaves: its signal never aborts. */
function contextOf(origin: ApolloOrigin, names: readonly string[]): CallContext {
  const headers = origin.requestContext.request.http?.headers;
  const requestId = headers?.get('x-request-id') ?? randomUUID();
  const forwarded = names.flatMap((name) => {
    const value = headers?.get(name);
    return value ? [[name, value] as const] : [];
  });
  return {
    headers: {
      ...Object.fromEntries(forwarded),
      'x-request-id': requestId,
      ...(origin.trace && { 'apollo-federation-include-trace': 'ftv1' }),
    },
    signal: new AbortController().signal,
    requestId,
    origin,
  };
}

function operationContextOf({
  schema,
  operation,
  document,
}: RequestContext): Parameters<Experimental_DidResolveQueryPlanCallback>[0]['operationContext'] {
  const fragments = document.definitions.filter(
    (definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION,
  );
  return { schema, operation, fragments: Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment])) };
}

function reportTrace({ metrics }: RequestContext, trace: RequestTrace, operation: PreparedOperation): void {
  const plan = 'plan' in operation ? (operation.plan as ExecutablePlan) : undefined; // only our own engine's operations have one
  const traced = trace.toQueryPlan(plan?.node);
  if (traced) metrics.queryPlanTrace = traced;
}

/** With the headers and the extension that ApolloGateway knows. */
function withPlan(result: GatewayResult, plan: ReturnType<PlanRecorder['planOf']>, format: string | null | undefined): GatewayResult {
  const shown = format === 'internal' ? plan : (plan.node && prettyFormatQueryPlan(plan)) || true;
  return { ...result, extensions: { ...result.extensions, __queryPlanExperimental: shown } };
}

/** Apollo Server writes the text, so numbers are those of JavaScript, as with ApolloGateway. */
function toExecutionResult(result: GatewayResult): ExecutionResult {
  const { data, errors, extensions } = toPlainNumbers(result);
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors ? { errors: errors.map(toGraphQLError) } : {}),
    ...(extensions ? { extensions } : {}),
  };
}

/** Apollo Server takes what is no GraphQLError for a bug and would add its own code. */
function toGraphQLError({ message, path, extensions }: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(message, { ...(path ? { path } : {}), ...(extensions ? { extensions } : {}) });
}
