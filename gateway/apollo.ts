import { randomUUID } from 'node:crypto';
import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { createLogger, type Logger } from '../platform/foundation/logger.ts';
import { createEngine } from './create-engine.ts';
import type { Engine, GatewayResult } from './engine.ts';
import { createSubgraphClients } from './subgraph-clients.ts';
import { createSubgraphClient } from './subgraphs/create-subgraph-client.ts';
import type { CallContext, SubgraphClient } from './subgraphs/subgraph-client.ts';
import { CurrentSupergraph } from './supergraph/current-supergraph.ts';
import { createSupergraph } from './supergraph/supergraph.ts';

/** What `new ApolloServer({ gateway })` takes. */
export type ApolloGateway = ApolloServerOptionsWithGateway<BaseContext>['gateway'];
type LoadOptions = Parameters<ApolloGateway['load']>[0];
type Loaded = Awaited<ReturnType<ApolloGateway['load']>>;
type Executor = NonNullable<Loaded['executor']>;
type SchemaListener = Parameters<ApolloGateway['onSchemaLoadOrUpdate']>[0];

export interface ApolloGatewayOptions {
  /** A composed supergraph. */
  readonly supergraphSdl: string;
  /** How long a subgraph may take for one answer; default 10,000. */
  readonly subgraphTimeoutMs?: number;
  /** Headers of clients that subgraphs get, in lower case; default `authorization`, `traceparent`, `tracestate`. */
  readonly forwardHeaders?: readonly string[];
  /** How a subgraph is reached; default: over HTTP. The gateway stops what this makes. */
  readonly createClient?: (name: string, url: string) => SubgraphClient;
  /** Default: warnings and errors to standard error. */
  readonly logger?: Logger;
}

const STOP_WITHIN_MS = 5_000;
const DEFAULT_FORWARD_HEADERS = ['authorization', 'traceparent', 'tracestate'];

/**
 * The engine in place of `@apollo/gateway`: `new ApolloServer({ gateway: createApolloGateway({ supergraphSdl }) })`. Apollo Server keeps
 * its plugins, its persisted queries, its landing page and its HTTP; it has no subscriptions, which is why the gateway also runs alone.
 * Opens nothing before Apollo Server starts, and closes its connections when Apollo Server stops.
 * @throws by Apollo Server's start: ConfigError SUPERGRAPH_INVALID
 */
export function createApolloGateway(options: ApolloGatewayOptions): ApolloGateway {
  const logger = options.logger ?? createLogger('gateway', { level: 'warn', format: 'text' });
  const forwardHeaders = options.forwardHeaders ?? DEFAULT_FORWARD_HEADERS;
  const supergraph = new CurrentSupergraph();
  const clients = createSubgraphClients({
    urlOf: (name) => supergraph.current?.subgraphs.get(name),
    create:
      options.createClient ??
      ((name, url) =>
        createSubgraphClient({ name, url, timeoutMs: options.subgraphTimeoutMs ?? 10_000, reconnectMs: 0, bufferedEvents: 1, logger })),
  });
  const listeners = new Set<SchemaListener>();

  return {
    onSchemaLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async load(_options: LoadOptions) {
      const loaded = createSupergraph(options.supergraphSdl, { from: 'supergraphSdl' });
      supergraph.replace(loaded);
      for (const listener of listeners) listener({ apiSchema: loaded.schema, coreSupergraphSdl: loaded.sdl });
      return { executor: createExecutor(createEngine({ supergraph, clientOf: clients.clientOf, logger }), forwardHeaders) };
    },
    async stop() {
      await clients.stop(Date.now() + STOP_WITHIN_MS);
    },
  };
}

/** Apollo Server has parsed and validated the document already; the engine does so once for each text and remembers the plan. */
function createExecutor(engine: Engine, forwardHeaders: readonly string[]): Executor {
  return async ({ source, request }) => {
    const prepared = engine.prepare({ query: source, operationName: request.operationName });
    if ('refusal' in prepared) return { errors: prepared.refusal.errors.map(toGraphQLError) };
    const { operation } = prepared;
    if (operation.kind === 'subscription') {
      const message =
        'Apollo Server answers a subscription with one result: open it at the gateway itself, over WebSocket, server-sent events or multipart';
      return { errors: [new GraphQLError(message, { extensions: { code: 'NOT_ACCEPTABLE' } })] };
    }
    return toExecutionResult(await engine.execute(operation, request.variables, contextOf(request.http?.headers, forwardHeaders)));
  };
}

/** Apollo Server does not tell when a client leaves: its signal never aborts. */
function contextOf(headers: { get(name: string): string | null | undefined } | undefined, names: readonly string[]): CallContext {
  const requestId = headers?.get('x-request-id') ?? randomUUID();
  const forwarded = names.flatMap((name) => {
    const value = headers?.get(name);
    return value ? [[name, value] as const] : [];
  });
  return { headers: { ...Object.fromEntries(forwarded), 'x-request-id': requestId }, signal: new AbortController().signal, requestId };
}

function toExecutionResult({ data, errors, extensions }: GatewayResult): Awaited<ReturnType<Executor>> {
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
