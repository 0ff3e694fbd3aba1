import type { Logger } from '../../platform/foundation/logger.ts';
import { createHttpClient } from './http-client.ts';
import type { SubgraphClient } from './subgraph-client.ts';
import { createWebSocketClient } from './websocket-client.ts';

export interface SubgraphClientOptions {
  readonly name: string;
  /** Where it answers, `http://` or `https://`; subscriptions go to the same place over WebSocket. */
  readonly url: string;
  /** For one request, and for opening a WebSocket. */
  readonly timeoutMs: number;
  /** How long a subscription that had begun waits for the subgraph to come back. */
  readonly reconnectMs: number;
  /** Events that wait for a reader, per subscription. */
  readonly bufferedEvents: number;
  readonly logger: Logger;
}

/** Queries and mutations over HTTP, subscriptions over graphql-transport-ws at the same URL. Opens nothing before the first call. */
export function createSubgraphClient(options: SubgraphClientOptions): SubgraphClient {
  const { name, url, timeoutMs, reconnectMs, bufferedEvents, logger } = options;
  const http = createHttpClient({ name, url, timeoutMs });
  const webSocket = createWebSocketClient({
    name,
    url: url.replace(/^http/, 'ws'),
    connectTimeoutMs: timeoutMs,
    reconnectMs,
    bufferedEvents,
    logger,
  });
  return {
    name,
    execute: http.execute,
    subscribe: webSocket.subscribe,
    async stop(deadlineAt) {
      await webSocket.stop(deadlineAt);
      await http.stop(deadlineAt);
    },
  };
}
