import { Trace, google } from '@apollo/usage-reporting-protobuf';
import type { BatchNode, ConditionNode, FetchNode, PlanNode } from '../planning/executable-plan.ts';
import { toResponsePath } from './response-path.ts';

/** When each fetch of one request was sent and answered, and what the subgraphs tell of their own work (federated tracing, `ftv1`). */
export interface RequestTrace {
  /** To be called when a fetch is sent. @returns to be called with the extensions of its answer */
  sent(fetch: object | undefined): (extensions: Readonly<Record<string, unknown>> | undefined) => void;
  /** In the form of Apollo's reports. Call it when the plan has run. */
  toQueryPlan(node: PlanNode | undefined): Trace.QueryPlanNode | undefined;
}

const { QueryPlanNode } = Trace;

/**
 * @param options.startedAt `process.hrtime()` of the request's beginning
 * @param options.rootType what root types are called in a federated graph, whatever the subgraph calls its own: `Query`
 */
export function createRequestTrace({ startedAt, rootType }: { startedAt: [number, number] | undefined; rootType: string }): RequestTrace {
  const fetches = new Map<object, Trace.QueryPlanNode.FetchNode>();

  const traceOf = (fetch: FetchNode | BatchNode): Trace.QueryPlanNode => {
    const traced = new QueryPlanNode({ fetch: fetches.get(fetch) ?? new QueryPlanNode.FetchNode({ serviceName: fetch.subgraph }) });
    if (fetch.kind === 'batch' || fetch.path.length === 0) return traced;
    const responsePath = toResponsePath(fetch.path).map((fieldName) => new QueryPlanNode.ResponsePathElement({ fieldName }));
    return new QueryPlanNode({ flatten: new QueryPlanNode.FlattenNode({ responsePath, node: traced }) });
  };
  const hasRun = (node: PlanNode | undefined): boolean => {
    if (!node) return false;
    if (node.kind === 'fetch' || node.kind === 'batch') return fetches.has(node);
    return node.kind === 'condition' ? hasRun(node.whenTrue) || hasRun(node.whenFalse) : node.nodes.some(hasRun);
  };
  const toCondition = ({ variable, whenTrue, whenFalse }: ConditionNode): Trace.QueryPlanNode.ConditionNode =>
    new QueryPlanNode.ConditionNode({
      condition: variable,
      ...(whenTrue && hasRun(whenTrue) && { ifClause: toTrace(whenTrue) }),
      ...(whenFalse && hasRun(whenFalse) && { elseClause: toTrace(whenFalse) }),
    });
  const toTrace = (node: PlanNode): Trace.QueryPlanNode => {
    switch (node.kind) {
      case 'fetch':
      case 'batch':
        return traceOf(node);
      case 'sequence':
        return new QueryPlanNode({ sequence: new QueryPlanNode.SequenceNode({ nodes: node.nodes.map(toTrace) }) });
      case 'parallel':
        return new QueryPlanNode({ parallel: new QueryPlanNode.ParallelNode({ nodes: node.nodes.map(toTrace) }) });
      case 'condition':
        return new QueryPlanNode({ condition: toCondition(node) });
    }
  };

  return {
    sent(fetch) {
      if (!fetch) return () => undefined;
      const traced = new QueryPlanNode.FetchNode({
        serviceName: (fetch as FetchNode | BatchNode).subgraph,
        sentTime: toTimestamp(Date.now()),
      });
      if (startedAt) traced.sentTimeOffset = toNanoseconds(process.hrtime(startedAt));
      fetches.set(fetch, traced);
      return (extensions) => {
        traced.receivedTime = toTimestamp(Date.now());
        if (typeof extensions?.['ftv1'] === 'string') readSubgraphTrace(traced, extensions['ftv1'], rootType);
      };
    },
    toQueryPlan: (node) => node && toTrace(node),
  };
}

function readSubgraphTrace(traced: Trace.QueryPlanNode.FetchNode, base64: string, rootType: string): void {
  try {
    const trace = Trace.decode(Buffer.from(base64, 'base64'));
    for (const child of trace.root?.child ?? []) child.parentType = rootType;
    traced.trace = trace;
    traced.traceParsingFailed = false;
  } catch {
    traced.traceParsingFailed = true; // this is how the report says it
  }
}

function toNanoseconds([seconds, nanoseconds]: [number, number]): number {
  return seconds * 1e9 + nanoseconds;
}

function toTimestamp(ms: number): google.protobuf.Timestamp {
  return new google.protobuf.Timestamp({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 });
}
