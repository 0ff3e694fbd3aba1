import type { Backoff } from '../../platform/foundation/backoff.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import { createConnectionLane, type ConnectionLane } from './connection-lane.ts';
import { HEADERS_OF_ONE_REQUEST } from './headers-of-one-request.ts';
import type { ChannelLoss, ChannelSource, SubscriptionChannel } from './subscription-channel.ts';
import type { WebSocketDialect } from './websocket-dialect.ts';

export interface WebSocketChannelsOptions {
  readonly name: string;
  /** `ws://` or `wss://` */
  readonly url: string;
  /** Offered together; the subgraph chooses. */
  readonly dialects: readonly WebSocketDialect[];
  readonly logger: Logger;
  readonly connectTimeoutMs: number;
  readonly pingMs: number;
  readonly maxMessageBytes: number;
  readonly idleMs: number;
  readonly backoff: Backoff;
}

interface SharedLane {
  readonly lane: ConnectionLane;
  /** How many streams use it. */
  streams: number;
}

/** Callers with the same forwarded headers (usually: none) share one socket to the subgraph. `stop` ends every operation. */
export function createWebSocketChannels({ name, logger, ...options }: WebSocketChannelsOptions): ChannelSource {
  const lanes = new Map<string, SharedLane>();
  let stopped = false;

  const openLane = (headers: readonly (readonly [string, string])[], key: string): SharedLane => {
    let isDown = false;
    const onOpened = (): void => {
      if (isDown) logger.info({ subgraph: name }, 'the WebSocket to a subgraph is back');
      isDown = false;
    };
    const onClosed = (loss: ChannelLoss): void => {
      if (shared.streams === 0) lanes.delete(key);
      if (loss.idle || stopped) return;
      logger[isDown ? 'debug' : 'warn']({ subgraph: name, reason: loss.message }, 'the WebSocket to a subgraph ended'); // one line for an outage
      isDown = true;
    };
    const lane = createConnectionLane({ ...options, headers: Object.fromEntries(headers), onOpened, onClosed });
    const shared = { lane, streams: 0 };
    lanes.set(key, shared);
    return shared;
  };

  return {
    /** Counts its streams, so that a lane goes with the last of them: callers choose the headers, and could otherwise fill the memory. */
    enter(context) {
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
      return { channel: toChannel(shared.lane), onEnd };
    },
    stop(deadlineAt) {
      stopped = true;
      for (const { lane } of lanes.values()) void lane.stop(deadlineAt);
      lanes.clear();
    },
  };
}

function toChannel(lane: ConnectionLane): SubscriptionChannel {
  return {
    async open(request, listener, signal) {
      const connection = await lane.connect();
      if (signal.aborted) return;
      signal.addEventListener('abort', connection.start(request, listener), { once: true });
    },
  };
}
