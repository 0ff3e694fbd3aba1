import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from '../../platform/foundation/logger.ts';
import { createClientTransports, type TransportConfig } from '../client-transports.ts';
import { readGatewayConfig } from '../config.ts';
import type { Engine } from '../engine.ts';
import { createMaskedEngine } from '../transports/masked-engine.ts';
import { isOfSingleConnection } from '../transports/sse-single-connection.ts';
import { withRequestContext, type ContextOfClient } from './engine-with-request-context.ts';

/** Those that are left out have the defaults of the gateway's own program: .env.example names them. */
export interface ApolloSubscriptionsOptions extends Partial<TransportConfig> {
  /**
   * The `context` that data sources see in `willSendRequest` when an event is completed. Called for each operation with the client's
   * headers that `forwardHeaders` names (also from `connection_init`); a GraphQLError that it throws is the answer. Default: an empty object.
   */
  readonly context?: ContextOfClient;
}

export interface ApolloSubscriptions {
  /** For `httpServer.on('upgrade', …)`: WebSockets at the path, graphql-transport-ws and the older graphql-ws; others are refused with 404. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /**
   * Answers requests at the path that accept server-sent events or a multipart subscription, or that belong to a single event stream (PUT,
   * DELETE, and those with its token), and leaves the others to `next`. Belongs
   * before whatever reads bodies.
   */
  middleware(request: IncomingMessage, response: ServerResponse, next: () => void): void;
  /** Ends every stream so that clients come back elsewhere. For `drainServer` of a plugin; may be called again. */
  stop(): Promise<void>;
}

const STOP_WITHIN_MS = 3_000;

/** @param schema what clients see now; undefined before the gateway is loaded */
export function createApolloSubscriptions({
  engine,
  schema,
  logger,
  options,
}: {
  engine: Engine;
  schema: () => GraphQLSchema | undefined;
  logger: Logger;
  options: ApolloSubscriptionsOptions;
}): ApolloSubscriptions {
  const { context, ...given } = options;
  const config: TransportConfig = { ...readGatewayConfig({}), forwardHeaders: [], ...given };
  const transports = createClientTransports({
    engine: createMaskedEngine(withRequestContext(engine, { schema, logger, contextOfClient: context ?? (() => ({})) }), logger),
    logger,
    config,
  });
  let stopped: Promise<void> | undefined;
  return {
    upgrade: transports.upgrade,
    middleware(request, response, next) {
      if (pathOf(request) !== config.path || !(wantsStream(request) || isOfSingleConnection(request))) return next();
      void transports.graphql(request, response); // never rejects
    },
    stop: () => (stopped ??= Promise.resolve(transports.stop(Date.now() + STOP_WITHIN_MS))),
  };
}

function wantsStream({ headers }: IncomingMessage): boolean {
  return /\btext\/event-stream\b|\bsubscriptionSpec\b/i.test(headers.accept ?? '');
}

/** Express takes the path that a middleware is mounted at out of `url`. */
function pathOf(request: IncomingMessage & { readonly originalUrl?: unknown }): string {
  const url = typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '/');
  return url.split('?', 1)[0] ?? url;
}
