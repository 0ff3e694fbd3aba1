import { print, type DocumentNode } from 'graphql';
import type { SubgraphClient, SubgraphRequest, CallContext } from '../subgraphs/subgraph-client.ts';

/** One request that the gateway made to a subgraph. */
export interface SubgraphCall {
  /** The subgraph's name. */
  readonly service: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** The operation's text as the subgraph got it. */
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** What the gateway forwarded, names in lower case, `x-request-id` among them. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Marks the client requests of one test operation on their way through the gateway. Subgraphs never see it. */
export const OPERATION_HEADER = 'x-paygraph-test-operation';

export interface CallRecorder {
  /** Every call, in the order in which they were made. */
  readonly calls: readonly SubgraphCall[];
  /** The calls that were made for one operation; grows while it runs. */
  callsOf(operation: string): readonly SubgraphCall[];
  /** The operation that a subgraph's request belongs to, by its `x-request-id`. */
  operationOf(requestId: string | undefined): string | undefined;
  /** The same client, written down. */
  observe(client: SubgraphClient): SubgraphClient;
}

/** @param onSubscribe told of each subscription that goes to a subgraph, before it goes */
export function createCallRecorder(onSubscribe: (operation: string, service: string, request: SubgraphRequest) => void): CallRecorder {
  const calls: SubgraphCall[] = [];
  const byOperation = new Map<string, SubgraphCall[]>();
  const operations = new Map<string, string>();

  const callsOf = (operation: string): SubgraphCall[] => {
    const known = byOperation.get(operation) ?? [];
    byOperation.set(operation, known);
    return known;
  };
  const record = (service: string, request: SubgraphRequest, context: CallContext, kind: SubgraphCall['kind']): string => {
    const { [OPERATION_HEADER]: operation = '', ...headers } = context.headers;
    const call: SubgraphCall = {
      service,
      kind,
      query: request.query,
      operationName: request.operationName,
      variables: copy(request.variables ?? {}),
      headers,
    };
    calls.push(call);
    callsOf(operation).push(call);
    if (context.requestId !== undefined) operations.set(context.requestId, operation);
    return operation;
  };

  return {
    calls,
    callsOf,
    operationOf: (requestId) => (requestId === undefined ? undefined : operations.get(requestId)),
    observe: (client) => ({
      name: client.name,
      execute(request, context) {
        record(client.name, request, context, request.kind ?? kindOf(request.query));
        return client.execute(request, unmarked(context));
      },
      subscribe(request, context) {
        const operation = record(client.name, request, context, 'subscription');
        onSubscribe(operation, client.name, request);
        return client.subscribe(request, unmarked(context));
      },
      stop: (deadlineAt) => client.stop(deadlineAt),
    }),
  };
}

/** A document or its text. */
export function textOf(document: string | DocumentNode): string {
  return typeof document === 'string' ? document : print(document);
}

function unmarked<Context extends CallContext>(context: Context): Context {
  const { [OPERATION_HEADER]: _operation, ...headers } = context.headers;
  return { ...context, headers };
}

function kindOf(query: string): SubgraphCall['kind'] {
  return /^\s*mutation\b/.test(query) ? 'mutation' : 'query';
}

/** What is compared later must not change with the answer that is made of it. */
function copy(variables: object): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(variables)) as Record<string, unknown>;
}
