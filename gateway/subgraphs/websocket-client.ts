import type { Backoff } from '../../platform/foundation/backoff.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import { createConnectionLane, type ConnectionLane } from './connection-lane.ts';
import { openResumableStream } from './resumable-stream.ts';
import type { CallContext, SubgraphRequest, SubgraphResponse, SubscribeContext } from './subgraph-client.ts';
import type { ConnectionLoss } from './websocket-connection.ts';

export interface WebSocketClientOptions {
  readonly name: string;
  /** `ws://` or `wss://` */
  readonly url: string;
  readonly logger: Logger;
  /** Time to connect and be acknowledged. */
  readonly connectTimeoutMs: number;
  /** Default 12,000. A half-open socket is noticed after two of these at most. */
  readonly pingMs?: number;
  /** How long a stream that had begun waits for the subgraph to come back; default 300,000. */
  readonly reconnectMs?: number;
  /** Events that wait for a reader, per operation; default 1,000. */
  readonly bufferedEvents?: number;
  /** Default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** How long a connection without operations stays open; default 5,000. */
  readonly idleMs?: number;
  /** Between attempts to connect again; default 100 ms to 5 s. */
  readonly backoff?: Backoff;
}

export interface WebSocketClient extends Stoppable {
  /**
   * One subscription on the shared connection. A stream that cannot begin fails at once, as a query would; one that had begun waits with
   * back-off for the subgraph and is sent again as `context.resume` says.
   * @throws DependencyError SUBGRAPH_UNAVAILABLE | SUBSCRIPTION_TOO_SLOW, ProtocolError SUBGRAPH_MALFORMED, all from `next()`
   */
  subscribe(request: SubgraphRequest, context: SubscribeContext): AsyncIterableIterator<SubgraphResponse>;
}

interface SharedLane {
  readonly lane: ConnectionLane;
  /** How many streams use it. */
  streams: number;
}

/** These differ from request to request and say nothing about the caller: they do not part connections. */
const HEADERS_OF_ONE_REQUEST = new Set(['x-request-id', 'traceparent', 'tracestate']);

/**
 * graphql-transport-ws towards one subgraph. Callers with the same forwarded headers (usually: none) share one socket.
 * `stop` ends every stream with SUBGRAPH_UNAVAILABLE.
 */
export function createWebSocketClient(options: WebSocketClientOptions): WebSocketClient {
  const {
    name,
    url,
    logger,
    connectTimeoutMs,
    pingMs = 12_000,
    reconnectMs = 300_000,
    bufferedEvents = 1_000,
    maxMessageBytes = 64 * 1024 * 1024,
    idleMs = 5_000,
    backoff = {},
  } = options;
  const lanes = new Map<string, SharedLane>();
  let stopped = false;

  const openLane = (headers: readonly (readonly [string, string])[], key: string): SharedLane => {
    let isDown = false;
    const onOpened = (): void => {
      if (isDown) logger.info({ subgraph: name }, 'the WebSocket to a subgraph is back');
      isDown = false;
    };
    const onClosed = (loss: ConnectionLoss): void => {
      if (shared.streams === 0) lanes.delete(key);
      if (loss.idle || stopped) return;
      logger[isDown ? 'debug' : 'warn']({ subgraph: name, reason: loss.message }, 'the WebSocket to a subgraph ended'); // one line for an outage
      isDown = true;
    };
    const sent = Object.fromEntries(headers);
    const lane = createConnectionLane({
      url,
      headers: sent,
      connectTimeoutMs,
      pingMs,
      maxMessageBytes,
      idleMs,
      backoff,
      onOpened,
      onClosed,
    });
    const shared = { lane, streams: 0 };
    lanes.set(key, shared);
    return shared;
  };

  /** Counts its streams, so that a lane goes with the last of them: callers choose the headers, and could otherwise fill the memory. */
  const enterLane = (context: CallContext): { lane: ConnectionLane; onEnd: () => void } => {
    const headers = Object.entries(context.headers)
      .filter(([header]) => !HEADERS_OF_ONE_REQUEST.has(header))
      .sort();
    const key = JSON.stringify(headers);
    const shared = lanes.get(key) ?? openLane(headers, key);
    shared.streams += 1;
    const onEnd = (): void => {
      shared.streams -= 1;
      if (shared.streams === 0 && !shared.lane.busy) lanes.delete(key);
    };
    return { lane: shared.lane, onEnd };
  };

  return {
    subscribe: (request, context) => openResumableStream({ name, ...enterLane(context), reconnectMs, bufferedEvents }, request, context),
    stop(deadlineAt) {
      stopped = true;
      for (const { lane } of lanes.values()) void lane.stop(deadlineAt);
      lanes.clear();
    },
  };
}
