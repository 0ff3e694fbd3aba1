import { toMessage } from '../platform/foundation/errors.ts';
import { createApolloExecutor } from './apollo/apollo-executor.ts';
import { checkOptions, type ApolloGatewayOptions } from './apollo/apollo-gateway-options.ts';
import { toLogger } from './apollo/apollo-logger.ts';
import type { GatewayInterface } from './apollo/apollo-origin.ts';
import { createApolloSubscriptions, type ApolloSubscriptions, type ApolloSubscriptionsOptions } from './apollo/apollo-subscriptions.ts';
import { chooseManager } from './apollo/choose-manager.ts';
import { createDataSources, type HealthAnswer } from './apollo/data-sources.ts';
import { observeForApollo } from './apollo/observed-client.ts';
import { createPlanRecorder } from './apollo/plan-recorder.ts';
import { createSchemaState } from './apollo/schema-state.ts';
import { createEngine } from './create-engine.ts';
import { createSubgraphClients } from './subgraph-clients.ts';
import { createSubgraphClient } from './subgraphs/create-subgraph-client.ts';
import { CurrentSupergraph } from './supergraph/current-supergraph.ts';
import { createSupergraph } from './supergraph/supergraph.ts';

export type { ApolloGatewayOptions } from './apollo/apollo-gateway-options.ts';
export type { ApolloSubscriptions, ApolloSubscriptionsOptions } from './apollo/apollo-subscriptions.ts';

/** What `new ApolloServer({ gateway })` takes, and what Apollo Server has no place for. */
export interface ApolloGateway extends GatewayInterface {
  /** Asks every subgraph whether it is there. @throws Error that names one that is not */
  serviceHealthCheck(): Promise<{ name: string; response: HealthAnswer }[]>;
  /**
   * Subscriptions beside Apollo Server, over the same engine, data sources and supergraph: hand its `upgrade` and `middleware` to the HTTP
   * server. Ended by its own `stop`, at the latest by the gateway's.
   */
  subscriptions(options?: ApolloSubscriptionsOptions): ApolloSubscriptions;
}

type Phase = 'new' | 'loading' | 'loaded' | 'failed' | 'stopped';

const STOP_WITHIN_MS = 5_000;
const RECONNECT_MS = 300_000;
const BUFFERED_EVENTS = 1_000;
const MEBIBYTE = 1024 * 1024;

/**
 * The engine in place of `ApolloGateway`: the same options, `new ApolloServer({ gateway: createApolloGateway({ supergraphSdl }) })`. Apollo
 * Server keeps its plugins, its persisted queries, its landing page and its HTTP. docs/from-apollo-gateway.md tells what differs.
 * Opens nothing before Apollo Server starts, and closes its connections when Apollo Server stops.
 * @throws ConfigError CONFIG_INVALID for an option that is not supported; by Apollo Server's start: ConfigError SUPERGRAPH_INVALID |
 * CONFIG_INVALID, and whatever the supergraph manager throws
 */
export function createApolloGateway(options: ApolloGatewayOptions = {}): ApolloGateway {
  const { subgraphTimeoutMs = 10_000, experimental_approximateQueryPlanStoreMiB: storeMiB, serviceHealthCheck = false } = options;
  const logger = toLogger(options.logger, { debug: options.debug ?? false });
  checkOptions(options, logger);
  const current = new CurrentSupergraph();
  const exposePlan = options.__exposeQueryPlanExperimental ?? false;
  const recorder = createPlanRecorder(exposePlan || options.experimental_didResolveQueryPlan !== undefined);
  const dataSources = createDataSources({
    buildService: options.buildService,
    createClient:
      options.createClient ??
      ((name, url) =>
        createSubgraphClient({
          name,
          url,
          timeoutMs: subgraphTimeoutMs,
          reconnectMs: RECONNECT_MS,
          bufferedEvents: BUFFERED_EVENTS,
          logger,
        })),
    timeoutMs: subgraphTimeoutMs,
    exposeDocument: options.queryPlannerConfig?.exposeDocumentNodeInFetchNode ?? false,
  });
  const clients = createSubgraphClients({
    urlOf: (name) => current.current?.subgraphs.get(name),
    create: (name, url) => observeForApollo(dataSources.createClient(name, url)),
  });
  const engine = createEngine({
    supergraph: current,
    clientOf: clients.clientOf,
    logger,
    sharePlans: false, // data sources and hooks see the operation's own aliases and literals, as behind ApolloGateway
    ...(options.overrideLabels && { overrideLabels: options.overrideLabels }),
    ...(storeMiB !== undefined && { cacheBytes: storeMiB * MEBIBYTE }),
  });
  const state = createSchemaState({
    current,
    watch: recorder.watch,
    logger,
    didUpdate: options.experimental_didUpdateSupergraph,
  });
  const subscriptions: ApolloSubscriptions[] = [];
  const subgraphs = (): ReadonlyMap<string, string> => current.current?.subgraphs ?? new Map<string, string>();
  let phase: Phase = 'new';
  let cleanUp: () => Promise<void> = async () => undefined;

  const update = (sdl: string): void => {
    if (phase === 'stopped') throw new Error('update() was called after the gateway was stopped');
    if (phase === 'failed') throw new Error('update() was called after the gateway failed to load');
    state.replace(sdl);
  };
  const healthCheck = async (sdl: string): Promise<void> => {
    await dataSources.checkHealth(createSupergraph(sdl, { from: 'supergraphSdl' }).subgraphs);
  };
  const open = async (account: Parameters<GatewayInterface['load']>[0]['apollo']): Promise<void> => {
    const manager = await chooseManager(options, account, logger);
    const loaded = await manager.initialize({ update, healthCheck, getDataSource: dataSources.of });
    if (loaded.cleanup) cleanUp = loaded.cleanup;
    state.replace(loaded.supergraphSdl);
    if (serviceHealthCheck) await dataSources.checkHealth(subgraphs());
  };
  const close = async (): Promise<void> => {
    const deadlineAt = Date.now() + STOP_WITHIN_MS;
    await cleanUp().catch((error: unknown) => logger.error(`the supergraph manager's cleanup failed: ${toMessage(error)}`));
    for (const opened of subscriptions) await opened.stop();
    await clients.stop(deadlineAt);
    await dataSources.stop(deadlineAt);
  };

  return {
    onSchemaLoadOrUpdate: state.onLoadOrUpdate,
    async load({ apollo }) {
      if (phase !== 'new') throw new Error(`load() was called on a gateway that is ${phase} already: make one for each Apollo Server`);
      phase = 'loading';
      try {
        await open(apollo);
      } catch (error) {
        phase = 'failed';
        await close();
        throw error;
      }
      phase = 'loaded';
      return {
        executor: createApolloExecutor({
          engine,
          recorder,
          forwardHeaders: options.forwardHeaders ?? [],
          didResolveQueryPlan: options.experimental_didResolveQueryPlan,
          serviceMap: () => Object.fromEntries([...subgraphs()].map(([name, url]) => [name, dataSources.of({ name, url })])),
          exposePlan,
        }),
      };
    },
    serviceHealthCheck: () => dataSources.checkHealth(subgraphs()),
    subscriptions(given = {}) {
      const opened = createApolloSubscriptions({ engine, schema: () => current.current?.schema, logger, options: given });
      subscriptions.push(opened);
      return opened;
    },
    async stop() {
      if (phase === 'stopped' || phase === 'failed') return;
      phase = 'stopped';
      await close();
    },
  };
}
