import type { GraphQLDataSource, ServiceEndpointDefinition } from '@apollo/gateway';
import { toMessage } from '../../platform/foundation/errors.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import type { SubgraphClient } from '../subgraphs/subgraph-client.ts';
import { toDataSource } from './client-data-source.ts';
import { createDataSourceClient } from './data-source-client.ts';

export interface DataSourcesOptions {
  /** The application's own data sources; without it subgraphs are reached by the engine's own clients. */
  readonly buildService: ((service: ServiceEndpointDefinition) => GraphQLDataSource) | undefined;
  /** An own client; whoever makes one stops it. */
  readonly createClient: (name: string, url: string) => SubgraphClient;
  readonly timeoutMs: number;
  readonly exposeDocument: boolean;
}

/** How subgraphs are reached: for execution as clients, for supergraph managers and health checks as data sources. */
export interface DataSources extends Stoppable {
  /** The data source of a subgraph at a URL; the same one every time. */
  of(service: ServiceEndpointDefinition): GraphQLDataSource;
  /** For execution; the caller stops it. */
  createClient(name: string, url: string): SubgraphClient;
  /** Asks each subgraph whether it is there. @throws Error that names the first one that is not */
  checkHealth(subgraphs: ReadonlyMap<string, string>): Promise<{ name: string; response: HealthAnswer }[]>;
}

export type HealthAnswer = Awaited<ReturnType<GraphQLDataSource['process']>>;

const HEALTH_CHECK: string = 'health check';
const HEALTH_CHECK_QUERY = 'query __ApolloServiceHealthCheck__ { __typename }';

export function createDataSources({ buildService, createClient, timeoutMs, exposeDocument }: DataSourcesOptions): DataSources {
  const sources = new Map<string, { readonly url: string | undefined; readonly source: GraphQLDataSource }>();
  const clients: SubgraphClient[] = [];

  const create = (service: ServiceEndpointDefinition): GraphQLDataSource => {
    if (buildService) return buildService(service);
    const client = createClient(service.name, service.url ?? '');
    clients.push(client);
    return toDataSource(client);
  };
  const sourceOf = (service: ServiceEndpointDefinition): GraphQLDataSource => {
    const known = sources.get(service.name);
    if (known && known.url === service.url) return known.source;
    const source = create(service);
    sources.set(service.name, { url: service.url, source });
    return source;
  };
  const check = async (name: string, url: string): Promise<{ name: string; response: HealthAnswer }> => {
    const options = { kind: HEALTH_CHECK, request: { query: HEALTH_CHECK_QUERY }, context: {} };
    try {
      return { name, response: await sourceOf({ name, url }).process(options as Parameters<GraphQLDataSource['process']>[0]) };
    } catch (cause) {
      throw new Error(`[${name}]: ${toMessage(cause)}`, { cause });
    }
  };

  return {
    of: sourceOf,
    createClient(name, url) {
      if (!buildService) return createClient(name, url);
      let forSubscriptions: SubgraphClient | undefined;
      const client = createDataSourceClient({
        name,
        dataSource: sourceOf({ name, url }),
        timeoutMs,
        exposeDocument,
        subscribe: (request, context) => (forSubscriptions ??= createClient(name, url)).subscribe(request, context),
      });
      return { ...client, stop: (deadlineAt) => forSubscriptions?.stop(deadlineAt) };
    },
    checkHealth: async (subgraphs) => Promise.all([...subgraphs].map(async ([name, url]) => check(name, url))),
    async stop(deadlineAt) {
      await Promise.all(clients.splice(0).map(async (client) => client.stop(deadlineAt)));
      sources.clear();
    },
  };
}
