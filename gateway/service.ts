import { ConfigError } from '../platform/foundation/errors.ts';
import { startHttpServer } from '../platform/foundation/http-server.ts';
import { createService, type Service } from '../platform/foundation/lifecycle.ts';
import { createLogger, type Logger } from '../platform/foundation/logger.ts';
import { createMetrics } from '../platform/foundation/metrics.ts';
import type { GatewayConfig } from './config.ts';
import { createEngine } from './create-engine.ts';
import { createGatewayMetrics } from './gateway-metrics.ts';
import { createReadiness } from './readiness.ts';
import { readFolder } from './rest/read-folder.ts';
import { createRest } from './rest/rest-over-http.ts';
import { createSubgraphClients } from './subgraph-clients.ts';
import { createSubgraphClient } from './subgraphs/create-subgraph-client.ts';
import type { SubgraphClient } from './subgraphs/subgraph-client.ts';
import { CurrentSupergraph } from './supergraph/current-supergraph.ts';
import { loadSupergraphSdl } from './supergraph/load-supergraph.ts';
import { createSupergraph, type Supergraph } from './supergraph/supergraph.ts';
import { fittingExamples, readExamples } from './transports/examples.ts';
import { createGraphiqlPage, GRAPHIQL_PATH } from './transports/graphiql-page.ts';
import { createGraphqlOverHttp, type HttpHandler } from './transports/graphql-over-http.ts';
import { createHttpRoutes } from './transports/http-routes.ts';
import { createLandingPage } from './transports/landing-page.ts';
import { createMaskedEngine } from './transports/masked-engine.ts';
import { createOpenStreams } from './transports/open-streams.ts';
import { createPersistedQueries } from './transports/persisted-queries.ts';
import { readStaticFiles } from './transports/static-files.ts';
import { createWebSocketTransport } from './transports/websocket.ts';

/** What a composition or a test is told. */
export interface GatewaySeams {
  /** Told where GraphQL is, once requests are answered: `http://127.0.0.1:4000/graphql`. */
  readonly onListening?: (url: string) => void;
  /** In place of the supergraph that the configuration names. */
  readonly supergraph?: Supergraph;
  /** Sees the client of each subgraph before it is used, and may wrap it; default: as it is. */
  readonly observeClient?: (client: SubgraphClient) => SubgraphClient;
}

const PERSISTED_QUERIES_BYTES = 16 * 1024 * 1024;
const INIT_TIMEOUT_MS = 3_000;
const REST_MOUNT = '/rest';

/**
 * The gateway over one supergraph. Subgraphs may be down when it starts, unless their schema is asked of them; then it waits.
 * Stopping: not ready any more; streams end without being completed and WebSockets with 1001, so that clients come back elsewhere;
 * requests in flight finish; connections to subgraphs close.
 * @throws by `start`: ConfigError CONFIG_INVALID | COMPOSITION_FAILED | SUPERGRAPH_INVALID | PORT_TAKEN | PORT_FORBIDDEN | HOST_UNKNOWN
 */
export function createGatewayService(config: GatewayConfig, seams: GatewaySeams = {}): Service {
  return createService('gateway', async (stack, signal) => {
    const logger = createLogger('gateway', config.log);
    const registry = createMetrics('gateway');
    const metrics = createGatewayMetrics(registry);
    const { observeClient = (client) => client } = seams;

    const supergraph = new CurrentSupergraph(seams.supergraph ?? (await loadSupergraph(config, logger, signal)));
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
              }),
            ),
          ),
      }),
    );
    const engine = createMaskedEngine(
      metrics.observeEngine(
        createEngine({
          supergraph,
          clientOf,
          logger,
          cacheEntries: config.planCacheEntries,
          introspection: config.introspection,
          onPlanLookup: metrics.onPlanLookup,
        }),
      ),
      logger,
    );

    const examples = config.examples === undefined ? [] : await readExamples(config.examples);
    const explorer = { graphqlPath: config.path, examples: () => fittingExamples(examples, engine) };
    const landingPages = { sandbox: createLandingPage(explorer), graphiql: createGraphiqlPage(explorer), none: undefined };

    const openStreams = createOpenStreams();
    const toClients = {
      engine,
      logger,
      corsOrigins: config.corsOrigins,
      forwardHeaders: config.forwardHeaders,
      keepAliveMs: config.keepAliveMs,
      stallMs: config.stalledClientMs,
    };
    const webSockets = createWebSocketTransport({
      ...toClients,
      paths: [config.path, '/ws', '/subscriptions'],
      maxMessageBytes: config.maxBodyBytes,
      initTimeoutMs: INIT_TIMEOUT_MS,
      maxOperations: config.maxOperationsPerSocket,
    });
    const graphql = createGraphqlOverHttp({
      ...toClients,
      maxBodyBytes: config.maxBodyBytes,
      csrf: config.csrf,
      persistedQueries: createPersistedQueries({ maxBytes: PERSISTED_QUERIES_BYTES }),
      openStreams,
      landingPage: landingPages[config.landingPage],
    });
    const mounts = new Map<string, HttpHandler>();
    if (config.landingPage !== 'none') mounts.set(GRAPHIQL_PATH, landingPages.graphiql);
    if (config.client !== undefined) mounts.set('/', await readStaticFiles(config.client, { graphqlPath: config.path }));
    if (config.rest !== undefined) {
      const rest = createRest({
        ...toClients,
        mount: REST_MOUNT,
        files: await readFolder(config.rest),
        schema: () => supergraph.current?.schema,
        maxBodyBytes: config.maxBodyBytes,
        csrf: config.csrf,
        openStreams,
        onAnswered: metrics.onRestAnswered,
      });
      mounts.set(REST_MOUNT, rest);
    }
    const readiness = createReadiness({
      isReady: () => engine.ready && !openStreams.stopping,
      subgraphNames: () => supergraph.current?.subgraphs.keys() ?? [],
      clientOf,
      timeoutMs: 1_000,
      keepMs: 1_000,
    });
    const http = stack.use(
      await startHttpServer({
        name: 'gateway',
        host: config.host,
        port: config.port,
        onRequest: createHttpRoutes({ graphqlPath: config.path, graphql, mounts, readiness, metrics: registry, logger }),
        onUpgrade: webSockets.onUpgrade,
      }),
    );
    stack.use(webSockets);
    stack.use(openStreams);

    const url = `${http.url}${config.path}`;
    logger.info({ url, supergraph: config.supergraph }, 'the gateway answers');
    seams.onListening?.(url);
  });
}

async function loadSupergraph(config: GatewayConfig, logger: Logger, signal: AbortSignal): Promise<Supergraph> {
  const sdl = await loadSupergraphSdl({ file: config.supergraph, env: config.env, logger, signal });
  return checkUrls(createSupergraph(sdl, { from: config.supergraph }), config.supergraph);
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
