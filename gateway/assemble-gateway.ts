import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ConfigError } from '../platform/foundation/errors.ts';
import type { ReleaseStack, Stoppable } from '../platform/foundation/lifecycle.ts';
import type { Logger } from '../platform/foundation/logger.ts';
import { createMetrics, type MetricsPage, type Registry } from '../platform/foundation/metrics.ts';
import { createClientTransports } from './client-transports.ts';
import type { GatewayConfig } from './config.ts';
import { createEngine } from './create-engine.ts';
import type { Engine } from './engine.ts';
import { createGatewayMetrics } from './gateway-metrics.ts';
import { createReadiness } from './readiness.ts';
import { readFolder } from './rest/read-folder.ts';
import { createRest } from './rest/rest-over-http.ts';
import { shareClientQueries } from './share-client-queries.ts';
import { createSubgraphClients } from './subgraph-clients.ts';
import { createCallbackRegistry } from './subgraphs/callback-registry.ts';
import { createSubgraphClient } from './subgraphs/create-subgraph-client.ts';
import { SeenChanges } from './subgraphs/seen-changes.ts';
import type { SubgraphClient } from './subgraphs/subgraph-client.ts';
import { CurrentSupergraph } from './supergraph/current-supergraph.ts';
import { loadSupergraphSdl } from './supergraph/load-supergraph.ts';
import { createSupergraph, type Supergraph } from './supergraph/supergraph.ts';
import { createCallbackOverHttp } from './transports/callback-over-http.ts';
import { fittingExamples, readExamples } from './transports/examples.ts';
import { createGraphiqlPage, GRAPHIQL_PATH } from './transports/graphiql-page.ts';
import type { HttpHandler } from './transports/graphql-over-http.ts';
import { createHttpRoutes } from './transports/http-routes.ts';
import { createLandingPage } from './transports/landing-page.ts';
import { createMaskedEngine } from './transports/masked-engine.ts';
import { readStaticFiles } from './transports/static-files.ts';

/** Everything but the address to listen on. */
export type AssemblyConfig = Omit<GatewayConfig, 'host' | 'port' | 'workers' | 'log'>;

export interface AssemblySeams {
  /** In place of the supergraph that the configuration names. */
  readonly supergraph?: Supergraph;
  /** Loads the supergraph's SDL in its own way, with `load` as the usual one; not asked when `supergraph` is given. */
  readonly loadSdl?: (load: () => Promise<string>) => Promise<string>;
  /** What /metrics answers in place of this process's own metrics. */
  readonly metricsPage?: (own: Registry) => MetricsPage;
  /** False: other processes answer at the same address, so that a client's next request may reach any of them. Default: true. */
  readonly isAlone?: boolean;
  /** Sees the client of each subgraph before it is used, and may wrap it; default: as it is. */
  readonly observeClient?: (client: SubgraphClient) => SubgraphClient;
  /** False: subgraphs are asked with each operation's own aliases and literals; see `EngineOptions`. Default: true. */
  readonly sharePlans?: boolean;
}

/** The gateway without a server: what a server needs to hand over. */
export interface AssembledGateway {
  readonly engine: Engine;
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Whether there is something at the request's path. */
  serves(request: IncomingMessage): boolean;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends what is open towards clients: to be closed before the server is. */
  readonly transports: Stoppable;
  readonly metrics: Registry;
}

const REST_MOUNT = '/rest';
const CALLBACK_MOUNT = '/callback';
/** Of one message of a subgraph, as over every other protocol. */
const MAX_CALLBACK_BYTES = 64 * 1024 * 1024;
const WEB_SOCKET_PATHS = ['/ws', '/subscriptions'];

/**
 * Puts the gateway together over one supergraph; the program and the library stand on this. Subgraphs may be down, unless their schema is
 * asked of them: then it waits. The connections to subgraphs are closed by the stack.
 * @throws ConfigError CONFIG_INVALID | COMPOSITION_FAILED | SUPERGRAPH_INVALID | PLANNER_UNAVAILABLE
 */
export async function assembleGateway(
  config: AssemblyConfig,
  { stack, signal, logger }: { stack: ReleaseStack; signal: AbortSignal; logger: Logger },
  seams: AssemblySeams = {},
): Promise<AssembledGateway> {
  const registry = createMetrics('gateway');
  const metrics = createGatewayMetrics(registry);
  const { observeClient = (client) => client, metricsPage = (own) => own } = seams;

  const supergraph = new CurrentSupergraph(
    checkSubscriptions(seams.supergraph ?? (await loadSupergraph(config, logger, signal, seams.loadSdl)), config),
  );
  const callbacks = createCallbackRegistry();
  const changes = new SeenChanges();
  const { clientOf } = stack.use(
    createSubgraphClients({
      urlOf: (name) => supergraph.current?.subgraphs.get(name),
      create: (name, url) =>
        observeClient(
          metrics.observeClient(
            createSubgraphClient({
              name,
              url,
              timeoutMs: config.subgraphTimeoutMs,
              reconnectMs: config.subgraphReconnectMs,
              bufferedEvents: config.bufferedEvents,
              logger,
              changes,
              shareQueries: config.shareSubgraphQueries,
              subscriptions: config.subscriptions.named.get(name) ?? config.subscriptions.others,
              callback:
                config.callbackUrl === undefined
                  ? undefined
                  : {
                      registry: callbacks,
                      url: `${config.callbackUrl}${CALLBACK_MOUNT}`,
                      heartbeatMs: config.callbackHeartbeatMs,
                    },
            }),
          ),
        ),
    }),
  );
  const executing = createEngine({
    supergraph,
    clientOf,
    logger,
    cacheEntries: config.planCacheEntries,
    overrideLabels: config.overrideLabels,
    introspection: config.introspection,
    sharing: config.shareSubscriptions,
    bufferedEvents: config.bufferedEvents,
    onPlanLookup: metrics.onPlanLookup,
    sharePlans: seams.sharePlans ?? true,
  });
  const sharing = config.shareClientQueries ? shareClientQueries(executing, { changes, logger }) : executing;
  const engine = createMaskedEngine(metrics.observeEngine(sharing), logger);

  const examples = config.examples === undefined ? [] : await readExamples(config.examples);
  const explorer = { graphqlPath: config.path, examples: () => fittingExamples(examples, engine) };
  const landingPages = { sandbox: createLandingPage(explorer), graphiql: createGraphiqlPage(explorer), none: undefined };

  const transports = createClientTransports({
    engine,
    logger,
    config,
    webSocketPaths: WEB_SOCKET_PATHS,
    landingPage: landingPages[config.landingPage],
    onClientLost: metrics.onClientLost,
    isAlone: seams.isAlone,
  });
  const mounts = new Map<string, HttpHandler>();
  if (config.landingPage !== 'none') mounts.set(GRAPHIQL_PATH, landingPages.graphiql);
  if (config.client !== undefined) mounts.set('/', await readStaticFiles(config.client, { graphqlPath: config.path }));
  if (config.callbackUrl !== undefined) {
    mounts.set(
      CALLBACK_MOUNT,
      createCallbackOverHttp({ mount: CALLBACK_MOUNT, registry: callbacks, maxBytes: MAX_CALLBACK_BYTES, logger }),
    );
  }
  if (config.rest !== undefined) {
    const rest = createRest({
      ...transports.shared,
      mount: REST_MOUNT,
      files: await readFolder(config.rest),
      schema: () => supergraph.current?.schema,
      onAnswered: metrics.onRestAnswered,
    });
    mounts.set(REST_MOUNT, rest);
  }
  const readiness = createReadiness({
    isReady: () => engine.ready && !transports.shared.openStreams.stopping,
    subgraphNames: () => supergraph.current?.subgraphs.keys() ?? [],
    clientOf,
    timeoutMs: 1_000,
    keepMs: 1_000,
  });
  const routes = createHttpRoutes({
    graphqlPath: config.path,
    graphql: transports.graphql,
    mounts,
    readiness,
    metrics: metricsPage(registry),
    logger,
  });
  return {
    engine,
    handle: routes.handle,
    serves: routes.serves,
    upgrade: transports.upgrade,
    transports,
    metrics: registry,
  };
}

async function loadSupergraph(
  config: AssemblyConfig,
  logger: Logger,
  signal: AbortSignal,
  loadSdl: NonNullable<AssemblySeams['loadSdl']> = (load) => load(),
): Promise<Supergraph> {
  const sdl = await loadSdl(() => loadSupergraphSdl({ file: config.supergraph, env: config.env, logger, signal }));
  return checkUrls(createSupergraph(sdl, { from: config.supergraph, planner: config.planner }), config.supergraph);
}

/** @throws ConfigError CONFIG_INVALID when the protocol of a subgraph is given that there is not */
function checkSubscriptions(supergraph: Supergraph, config: AssemblyConfig): Supergraph {
  const unknown = [...config.subscriptions.named.keys()].filter((name) => !supergraph.subgraphs.has(name));
  if (unknown.length === 0) return supergraph;
  const known = [...supergraph.subgraphs.keys()].join(', ');
  throw new ConfigError(
    unknown.map((name) => `GATEWAY_SUBSCRIPTIONS names ${name}, which ${config.supergraph} does not have; it has ${known}`),
  );
}

/** @throws ConfigError SUPERGRAPH_INVALID when a subgraph could never be reached */
function checkUrls(supergraph: Supergraph, from: string): Supergraph {
  const problems = [...supergraph.subgraphs]
    .filter(([, url]) => !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    .map(
      ([name, url]) =>
        `${from}: subgraph ${name}: expected a routing URL that starts with http:// or https://, got ${url === '' ? 'none' : url}`,
    );
  if (problems.length > 0) throw new ConfigError(problems, { code: 'SUPERGRAPH_INVALID' });
  return supergraph;
}
