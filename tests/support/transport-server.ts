import { silentLogger } from '../../platform/foundation/logger.ts';
import { createMetrics } from '../../platform/foundation/metrics.ts';
import { startHttpServer } from '../../platform/foundation/http-server.ts';
import { createGraphqlOverHttp, type GraphqlOverHttpOptions } from '../../gateway/transports/graphql-over-http.ts';
import { createHttpRoutes } from '../../gateway/transports/http-routes.ts';
import { createLandingPage } from '../../gateway/transports/landing-page.ts';
import { createMaskedEngine } from '../../gateway/transports/masked-engine.ts';
import { createOpenStreams } from '../../gateway/transports/open-streams.ts';
import { createPersistedQueries } from '../../gateway/transports/persisted-queries.ts';
import { createSingleConnections, type SingleConnectionsOptions } from '../../gateway/transports/sse-single-connection.ts';
import { createUntakenBytes } from '../../gateway/transports/untaken-bytes.ts';
import { createWebSocketTransport, type WebSocketTransportOptions } from '../../gateway/transports/websocket.ts';
import { createFakeEngine, type FakeEngine } from './fake-engine.ts';

export interface TransportServer extends AsyncDisposable {
  readonly engine: FakeEngine;
  /** `http://127.0.0.1:port/graphql` */
  readonly url: string;
  readonly webSocketUrl: string;
  /** Connections that clients have open. */
  connections(): Promise<number>;
  /** Breaks every connection, as a network does. */
  cut(): void;
  /** Stops as the gateway does: streams first, then the server. */
  stop(): Promise<void>;
}

/** Every transport of the gateway over a fake engine, on a port of its own, with short times. */
export async function startTransports(
  over: Partial<GraphqlOverHttpOptions & WebSocketTransportOptions & SingleConnectionsOptions> = {},
): Promise<TransportServer> {
  const engine = createFakeEngine();
  const openStreams = createOpenStreams();
  const shared = {
    engine: createMaskedEngine(engine, silentLogger),
    logger: silentLogger,
    corsOrigins: ['https://studio.apollographql.com'],
    forwardHeaders: ['authorization', 'traceparent'],
    keepAliveMs: 12_000,
    stallMs: over.stallMs ?? 10_000,
    graceMs: 5_000,
    maxAgeMs: 0,
    untakenBytes: createUntakenBytes({ stallMs: over.stallMs ?? 10_000, logger: silentLogger }),
    onClientLost: () => undefined,
    openStreams,
    maxBodyBytes: 100_000,
    csrf: 'browsers' as const,
    persistedQueries: createPersistedQueries({ maxBytes: 10_000 }),
    maxOperations: 100,
    ...over,
  };
  const graphql = createGraphqlOverHttp({
    singleConnections: createSingleConnections(shared),
    landingPage: createLandingPage({ graphqlPath: '/graphql', examples: () => [] }),
    ...shared,
  });
  const webSockets = createWebSocketTransport({
    paths: ['/graphql', '/ws', '/subscriptions'],
    maxMessageBytes: 100_000,
    initTimeoutMs: 3_000,
    ...shared,
  });
  const routes = createHttpRoutes({
    graphqlPath: '/graphql',
    graphql,
    readiness: async () => ({ ready: true, checks: {} }),
    metrics: createMetrics('test'),
    logger: silentLogger,
  });
  const http = await startHttpServer({
    name: 'transports',
    host: '127.0.0.1',
    port: 0,
    onRequest: routes.handle,
    onUpgrade: webSockets.onUpgrade,
  });
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const deadlineAt = Date.now() + 2_000;
    void openStreams.stop(deadlineAt);
    await webSockets.stop(deadlineAt);
    await http.stop(deadlineAt);
  };
  return {
    engine,
    url: `${http.url}/graphql`,
    webSocketUrl: `${http.url.replace('http', 'ws')}/graphql`,
    connections: () =>
      new Promise((resolve, reject) => http.server.getConnections((error, count) => (error ? reject(error) : resolve(count)))),
    cut: () => http.server.closeAllConnections(),
    stop: () => (stopped ??= stop()),
    async [Symbol.asyncDispose]() {
      await (stopped ??= stop());
    },
  };
}
