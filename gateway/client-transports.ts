import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Stoppable } from '../platform/foundation/lifecycle.ts';
import type { Logger } from '../platform/foundation/logger.ts';
import type { GatewayConfig } from './config.ts';
import type { Engine } from './engine.ts';
import { createGraphqlOverHttp, type HttpHandler } from './transports/graphql-over-http.ts';
import { createOpenStreams, type OpenStreams } from './transports/open-streams.ts';
import { createPersistedQueries } from './transports/persisted-queries.ts';
import { createSingleConnections } from './transports/sse-single-connection.ts';
import type { StreamOptions } from './transports/stream-options.ts';
import { createUntakenBytes } from './transports/untaken-bytes.ts';
import { createWebSocketTransport } from './transports/websocket.ts';

/** What of the configuration the transports need. */
export type TransportConfig = Pick<
  GatewayConfig,
  | 'path'
  | 'corsOrigins'
  | 'csrf'
  | 'forwardHeaders'
  | 'keepAliveMs'
  | 'stalledClientMs'
  | 'streamMaxAgeMs'
  | 'maxBodyBytes'
  | 'maxOperationsPerSocket'
>;

/** What every way in shares. */
export interface ToClients extends StreamOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly corsOrigins: readonly string[];
  /** In lower case. */
  readonly forwardHeaders: readonly string[];
  readonly maxBodyBytes: number;
  readonly csrf: GatewayConfig['csrf'];
  readonly openStreams: OpenStreams;
}

/** GraphQL over HTTP (JSON, server-sent events, multipart) and over WebSocket, in front of one engine. */
export interface ClientTransports extends Stoppable {
  readonly graphql: HttpHandler;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly shared: ToClients;
}

const PERSISTED_QUERIES_BYTES = 16 * 1024 * 1024;
const INIT_TIMEOUT_MS = 3_000;
const GRACE_MS = 5_000;

/**
 * Opens nothing by itself. `stop` ends streams without completing them and closes WebSockets with 1001, so that clients come back elsewhere.
 * @param options.engine one that does not throw: see `createMaskedEngine`
 * @param options.webSocketPaths where WebSockets are accepted besides the configuration's path
 * @param options.landingPage what a browser gets at the path
 * @param options.onClientLost counts; what is to be said is logged already
 * @param options.isAlone false: others answer at the same address, so that the requests of one client may reach any of them
 */
export function createClientTransports(options: {
  engine: Engine;
  logger: Logger;
  config: TransportConfig;
  webSocketPaths?: readonly string[];
  landingPage?: HttpHandler | undefined;
  onClientLost?: StreamOptions['onClientLost'];
  isAlone?: boolean | undefined;
}): ClientTransports {
  const { engine, logger, config, webSocketPaths = [], landingPage, onClientLost = () => undefined, isAlone = true } = options;
  const openStreams = createOpenStreams();
  const shared: ToClients = {
    engine,
    logger,
    corsOrigins: config.corsOrigins,
    forwardHeaders: config.forwardHeaders,
    keepAliveMs: config.keepAliveMs,
    stallMs: config.stalledClientMs,
    graceMs: GRACE_MS,
    maxAgeMs: config.streamMaxAgeMs,
    untakenBytes: createUntakenBytes({ stallMs: config.stalledClientMs, logger }),
    onClientLost,
    maxBodyBytes: config.maxBodyBytes,
    csrf: config.csrf,
    openStreams,
  };
  const maxOperations = config.maxOperationsPerSocket;
  const webSockets = createWebSocketTransport({
    ...shared,
    paths: [config.path, ...webSocketPaths],
    maxMessageBytes: config.maxBodyBytes,
    initTimeoutMs: INIT_TIMEOUT_MS,
    maxOperations,
  });
  const persistedQueries = createPersistedQueries({ maxBytes: PERSISTED_QUERIES_BYTES });
  const singleConnections = isAlone ? createSingleConnections({ ...shared, persistedQueries, maxOperations }) : undefined;
  return {
    graphql: createGraphqlOverHttp({ ...shared, persistedQueries, landingPage, singleConnections }),
    upgrade: webSockets.onUpgrade,
    shared,
    async stop(deadlineAt) {
      await openStreams.stop(deadlineAt);
      await webSockets.stop(deadlineAt);
    },
  };
}
