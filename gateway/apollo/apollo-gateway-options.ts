import type {
  Experimental_DidResolveQueryPlanCallback,
  Experimental_DidUpdateSupergraphCallback,
  GraphQLDataSource,
  ServiceDefinition,
  ServiceEndpointDefinition,
  SupergraphManager,
  SupergraphSdlHook,
} from '@apollo/gateway';
import { ConfigError } from '../../platform/foundation/errors.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import type { SubgraphClient } from '../subgraphs/subgraph-client.ts';
import type { ApolloLogger } from './apollo-logger.ts';

/** The options of ApolloGateway that make sense here, under their names, and a few of our own at the end. */
export interface ApolloGatewayOptions {
  /**
   * A composed supergraph, or what brings one and newer ones: a function, or a manager such as `IntrospectAndCompose`. Without it
   * `serviceList`, `localServiceList` or, with APOLLO_KEY and APOLLO_GRAPH_REF, Apollo's registry is used, as by ApolloGateway.
   */
  readonly supergraphSdl?: string | SupergraphSdlHook | SupergraphManager;
  /** @deprecated use `supergraphSdl: new IntrospectAndCompose({ subgraphs })` */
  readonly serviceList?: readonly ServiceEndpointDefinition[];
  /** For `serviceList`. */
  readonly introspectionHeaders?:
    | Record<string, string>
    | ((service: ServiceEndpointDefinition) => Record<string, string> | Promise<Record<string, string>>);
  /** @deprecated use `supergraphSdl: new LocalCompose({ localServiceList })` */
  readonly localServiceList?: readonly ServiceDefinition[];
  /** For `serviceList` and Apollo's registry; other managers have an option of their own. */
  readonly pollIntervalInMs?: number;
  /** For Apollo's registry. */
  readonly fallbackPollIntervalInMs?: number;
  /** For Apollo's registry. */
  readonly uplinkEndpoints?: readonly string[];
  /** For Apollo's registry. */
  readonly uplinkMaxRetries?: number;
  /** How subgraphs are asked; default: the engine's own clients over HTTP. Subscriptions do not go through data sources. */
  readonly buildService?: (service: ServiceEndpointDefinition) => GraphQLDataSource;
  /** Whether every subgraph must answer `{ __typename }` before the gateway is loaded; default false. */
  readonly serviceHealthCheck?: boolean;
  /** Labels of progressive @override that hold for every request; `percent(n)` holds for n of 100 by itself. Default none. */
  readonly overrideLabels?: readonly string[];
  /** Told before each operation runs. Plans are as Apollo's planner wrote them. Setting it keeps plans in memory twice. */
  readonly experimental_didResolveQueryPlan?: Experimental_DidResolveQueryPlanCallback;
  readonly experimental_didUpdateSupergraph?: Experimental_DidUpdateSupergraphCallback;
  /** About how much memory the kept plans may take; default 64. */
  readonly experimental_approximateQueryPlanStoreMiB?: number;
  /** Whether the header `Apollo-Query-Plan-Experimental` is answered with the plan; default false. */
  readonly __exposeQueryPlanExperimental?: boolean;
  /** Only `exposeDocumentNodeInFetchNode` is heeded: data sources get the parsed document of each request. */
  readonly queryPlannerConfig?: { readonly exposeDocumentNodeInFetchNode?: boolean | undefined };
  /** Log more; default false. */
  readonly debug?: boolean;
  /** `console`, pino, winston … Default: warnings and errors to standard error. */
  readonly logger?: ApolloLogger | Logger;

  /** How long a subgraph may take for one answer; default 10,000. ApolloGateway waits for ever. */
  readonly subgraphTimeoutMs?: number;
  /** Headers of clients that subgraphs get where there is no `buildService`, in lower case; default none, as with ApolloGateway. */
  readonly forwardHeaders?: readonly string[];
  /** How a subgraph is reached where there is no `buildService`; default: over HTTP, for subscriptions over WebSocket. The gateway stops what this makes. */
  readonly createClient?: (name: string, url: string) => SubgraphClient;
}

/** Options of ApolloGateway that nothing stands behind here. */
const REFUSED: Readonly<Record<string, string>> = {
  experimental_updateServiceDefinitions: 'give a function as supergraphSdl, which returns the composed supergraph',
  experimental_updateSupergraphSdl: 'give a function as supergraphSdl, and call its update() when there is a new one',
  schemaConfigDeliveryEndpoint: 'use uplinkEndpoints',
};
const IGNORED: Readonly<Record<string, string>> = {
  telemetry: 'OpenTelemetry spans are not written',
  fetcher: "give it to the data sources that buildService returns, or to Apollo's UplinkSupergraphManager",
  validateSupergraph: 'supergraphs are always validated',
  experimental_autoFragmentization: 'fragments are never made of fetches',
};

/**
 * Refuses what would silently mean something else, and says what is ignored.
 * @throws ConfigError CONFIG_INVALID
 */
export function checkOptions(options: object, logger: Logger): void {
  const given = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  const problems = given.flatMap((name) => (Object.hasOwn(REFUSED, name) ? [`${name} is not supported: ${REFUSED[name]}`] : []));
  if (problems.length > 0) throw new ConfigError(problems);
  for (const name of given.filter((known) => Object.hasOwn(IGNORED, known))) logger.warn(`option ${name} is ignored: ${IGNORED[name]}`);
}
