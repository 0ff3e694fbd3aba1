import type { Backoff } from '../../platform/foundation/backoff.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import { createAutoChannels } from './auto-channels.ts';
import { createCallbackChannels } from './callback-channels.ts';
import type { CallbackRegistry } from './callback-registry.ts';
import { createHttpStreamChannels } from './http-stream-channels.ts';
import { openResumableStream } from './resumable-stream.ts';
import type { SubgraphRequest, SubgraphResponse, SubscribeContext } from './subgraph-client.ts';
import type { ChannelSource } from './subscription-channel.ts';
import type { SubscriptionProtocol } from './subscription-protocol.ts';
import { createWebSocketChannels } from './websocket-channels.ts';
import { legacyWsDialect, transportWsDialect, type WebSocketDialect } from './websocket-dialect.ts';

export interface SubscriptionClientOptions {
  /** The subgraph's name, for messages. */
  readonly name: string;
  /** Where the subgraph takes subscriptions: `http`, `https`, `ws` or `wss`, as fits the protocol; the others are derived from it. */
  readonly url: string;
  readonly protocol: SubscriptionProtocol;
  readonly logger: Logger;
  /** Time to connect and be acknowledged. */
  readonly connectTimeoutMs: number;
  /** WebSocket: a ping goes out this often; default 12,000. A half-open socket is noticed after two of these at most. */
  readonly pingMs?: number;
  /** SSE and multipart: a stream whose heartbeats stop is dead after this long; default 45,000. */
  readonly silenceMs?: number;
  /** The same for a subgraph that sends events only and no heartbeats; default 300,000. */
  readonly silenceWithoutHeartbeatMs?: number;
  /** How long a stream that had begun waits for the subgraph to come back; default 300,000. */
  readonly reconnectMs?: number;
  /** Events that wait for a reader, per operation; default 1,000. */
  readonly bufferedEvents?: number;
  /** Largest event; default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** WebSocket: how long a connection without operations stays open; default 5,000. */
  readonly idleMs?: number;
  /** Between attempts to connect again; default 100 ms to 5 s. */
  readonly backoff?: Backoff;
  /** What the callback protocol needs: where subgraphs find this gateway. */
  readonly callback?: CallbackOptions | undefined;
}

export interface CallbackOptions {
  readonly registry: CallbackRegistry;
  /** Without a slash at the end: `https://gateway-3.example/callback`. */
  readonly url: string;
  /** Default 5,000. */
  readonly heartbeatMs?: number;
}

export interface SubscriptionClient extends Stoppable {
  /**
   * One subscription. A stream that cannot begin fails at once, as a query would; one that had begun waits with back-off for the subgraph
   * and is sent again as `context.resume` says.
   * @throws DependencyError SUBGRAPH_UNAVAILABLE | SUBSCRIPTION_TOO_SLOW, ProtocolError SUBGRAPH_MALFORMED, all from `next()`
   */
  subscribe(request: SubgraphRequest, context: SubscribeContext): AsyncIterableIterator<SubgraphResponse>;
}

/** Subscriptions at one subgraph, in whichever protocol. Opens nothing before the first one. `stop` ends every stream with SUBGRAPH_UNAVAILABLE. */
export function createSubscriptionClient(options: SubscriptionClientOptions): SubscriptionClient {
  const { name, reconnectMs = 300_000, bufferedEvents = 1_000 } = options;
  const source = createSource(options);
  return {
    subscribe: (request, context) => openResumableStream({ name, ...source.enter(context), reconnectMs, bufferedEvents }, request, context),
    stop: (deadlineAt) => source.stop(deadlineAt),
  };
}

function createSource(options: SubscriptionClientOptions): ChannelSource {
  const { name, url, logger, connectTimeoutMs, callback, backoff = {}, maxMessageBytes = 64 * 1024 * 1024 } = options;
  const shared = { name, connectTimeoutMs, maxMessageBytes, backoff };
  const httpUrl = url.replace(/^ws/, 'http');
  const webSocket = (dialects: readonly WebSocketDialect[]): ChannelSource =>
    createWebSocketChannels({
      ...shared,
      url: url.replace(/^http/, 'ws'),
      dialects,
      logger,
      pingMs: options.pingMs ?? 12_000,
      idleMs: options.idleMs ?? 5_000,
    });
  const httpStream = (protocol: 'sse' | 'multipart'): ChannelSource =>
    createHttpStreamChannels({
      ...shared,
      url: httpUrl,
      protocol,
      silenceMs: options.silenceMs ?? 45_000,
      silenceWithoutHeartbeatMs: options.silenceWithoutHeartbeatMs ?? 300_000,
    });
  switch (options.protocol) {
    case 'graphql-transport-ws':
      return webSocket([transportWsDialect]);
    case 'graphql-ws':
      return webSocket([legacyWsDialect]);
    case 'sse':
    case 'multipart':
      return httpStream(options.protocol);
    case 'callback': {
      if (!callback) throw new Error('the callback protocol needs a URL of this gateway');
      const { registry, url: callbackUrl, heartbeatMs = 5_000 } = callback;
      return createCallbackChannels({ ...shared, url: httpUrl, registry, callbackUrl, heartbeatMs, timeoutMs: connectTimeoutMs });
    }
    case 'auto':
      return createAutoChannels([
        webSocket([transportWsDialect, legacyWsDialect]),
        webSocket([legacyWsDialect]), // subscriptions-transport-ws accepts the first one that is offered, and closes when it is not its own
        httpStream('sse'),
        httpStream('multipart'),
      ]);
  }
}
