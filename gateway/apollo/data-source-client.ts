import type { GraphQLDataSource } from '@apollo/gateway';
import { GraphQLError, parse, type DocumentNode } from 'graphql';
import { DependencyError } from '../../platform/foundation/errors.ts';
import { withDeadline } from '../../platform/foundation/lifecycle.ts';
import type { FetchNode } from '../planning/executable-plan.ts';
import { toSubgraphResponse } from '../subgraphs/parse-response.ts';
import type { CallContext, SubgraphClient, SubgraphRequest } from '../subgraphs/subgraph-client.ts';
import { toPlainNumbers } from '../numerals/hidden-numerals.ts';
import { originOf } from './apollo-origin.ts';
import { isMeantForClients } from './meant-for-clients.ts';
import { toResponsePath } from './response-path.ts';

type ProcessOptions = Parameters<GraphQLDataSource['process']>[0];

/** @apollo/gateway exports the type of this enum but not its values. */
const INCOMING_OPERATION: string = 'incoming operation';

export interface DataSourceClientOptions {
  readonly name: string;
  readonly dataSource: GraphQLDataSource;
  /** How long `process` may take. */
  readonly timeoutMs: number;
  /** Hand the parsed document of each request to the data source. */
  readonly exposeDocument: boolean;
  /** Subscriptions, which data sources do not know; belongs to the caller. */
  readonly subscribe: SubgraphClient['subscribe'];
}

/** A subgraph that is reached through a data source of Apollo's, such as a subclass of `RemoteGraphQLDataSource` with `willSendRequest`. */
export function createDataSourceClient(options: DataSourceClientOptions): SubgraphClient {
  const { name, dataSource, timeoutMs } = options;
  const documents = new WeakMap<object, DocumentNode>();
  const documentOf = ({ fetch, query }: SubgraphRequest): DocumentNode => {
    const document = (fetch && documents.get(fetch)) ?? parse(query);
    if (fetch) documents.set(fetch, document);
    return document;
  };
  const toOptions = (request: SubgraphRequest, context: CallContext): ProcessOptions => {
    const { requestContext, trace } = originOf(context);
    const http = trace && { method: 'POST', url: '', headers: new Headers({ 'apollo-federation-include-trace': 'ftv1' }) };
    return {
      kind: INCOMING_OPERATION as ProcessOptions['kind'],
      // RemoteGraphQLDataSource fills in method and URL.
      request: { query: request.query, operationName: request.operationName, variables: toPlainNumbers(request.variables), http },
      incomingRequestContext: requestContext,
      context: requestContext.context,
      ...(options.exposeDocument && { document: documentOf(request) }),
      pathInIncomingRequest: toResponsePath((request.fetch as FetchNode | undefined)?.path),
    } as ProcessOptions;
  };

  return {
    name,
    async execute(request, context) {
      try {
        const answer = await withinTime(dataSource.process(toOptions(request, context)), name, timeoutMs);
        return toSubgraphResponse(copy(answer), name);
      } catch (error) {
        if (isMeantForClients(error)) return { data: null, errors: [{ message: error.message, extensions: { ...error.extensions } }] };
        throw explainFailure(error, name);
      }
    },
    subscribe: options.subscribe,
    stop: () => undefined,
  };
}

async function withinTime<T>(work: Promise<T>, name: string, timeoutMs: number): Promise<T> {
  const deadlineAt = Date.now() + timeoutMs;
  return withDeadline(work, deadlineAt).catch((cause: unknown) => {
    if (Date.now() < deadlineAt) throw cause;
    throw new DependencyError('SUBGRAPH_TIMEOUT', `subgraph ${name}`, `subgraph ${name} did not answer within ${timeoutMs} ms`, { cause });
  });
}

/** The executor merges answers in place; a data source may keep what it answered. Without `http`, which is no part of GraphQL. */
function copy({ data, errors, extensions }: Awaited<ReturnType<GraphQLDataSource['process']>>): unknown {
  return copyValue({ data, errors, extensions }, 0);
}

function copyValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > 1_000) return value;
  if (Array.isArray(value)) return value.map((item) => copyValue(item, depth + 1));
  if (value instanceof GraphQLError) return copyValue({ ...value.toJSON() }, depth + 1); // of a data source that runs graphql-js
  const copied: Record<string, unknown> = { ...value };
  for (const key of Object.keys(copied)) copied[key] = copyValue(copied[key], depth + 1);
  return copied;
}

/** What says that nobody answered is told as such; the rest is a bug of the data source, and becomes a masked error. Looks at the shape: fetch's errors may come from another realm. */
function explainFailure(cause: unknown, name: string): unknown {
  if (typeof cause !== 'object' || cause === null || 'retryable' in cause) return cause;
  const { name: kind, message } = cause as { name?: unknown; message?: unknown };
  const isNetwork = kind === 'FetchError' || kind === 'AbortError' || message === 'fetch failed' || 'errno' in cause;
  return isNetwork
    ? new DependencyError('SUBGRAPH_UNAVAILABLE', `subgraph ${name}`, `subgraph ${name} cannot be reached`, { cause })
    : cause;
}
