import type { Logger } from '../../platform/foundation/logger.ts';
import { createHttpClient } from './http-client.ts';
import { SeenChanges } from './seen-changes.ts';
import type { SubgraphClient } from './subgraph-client.ts';
import { createSubscriptionClient, type CallbackOptions } from './subscription-client.ts';
import type { SubscriptionProtocol } from './subscription-protocol.ts';

export interface SubgraphClientOptions {
  readonly name: string;
  /** Where it answers, `http://` or `https://`. */
  readonly url: string;
  /** For one request, and for opening a subscription. */
  readonly timeoutMs: number;
  /** How long a subscription that had begun waits for the subgraph to come back. */
  readonly reconnectMs: number;
  /** Events that wait for a reader, per subscription. */
  readonly bufferedEvents: number;
  readonly logger: Logger;
  /** Default: found out, at the same URL. */
  readonly subscriptions?: SubscriptionEndpoint | undefined;
  /** Mutations and events are noted there, by all subgraphs of one gateway; default: one of its own. */
  readonly changes?: SeenChanges | undefined;
  /** Whether identical queries that run at the same time, with no change between, are sent once; default false. */
  readonly shareQueries?: boolean | undefined;
  /** Needed for the callback protocol. */
  readonly callback?: CallbackOptions | undefined;
}

/** How and where one subgraph takes subscriptions. */
export interface SubscriptionEndpoint {
  readonly protocol: SubscriptionProtocol;
  /** Where it is not the place of its queries. */
  readonly url?: string | undefined;
}

/** Queries and mutations over HTTP, subscriptions in the protocol that the subgraph speaks. Opens nothing before the first call. */
export function createSubgraphClient(options: SubgraphClientOptions): SubgraphClient {
  const { name, url, timeoutMs, reconnectMs, bufferedEvents, logger, callback, changes = new SeenChanges(), shareQueries } = options;
  const { protocol, url: subscriptionUrl = url }: SubscriptionEndpoint = options.subscriptions ?? { protocol: 'auto' };
  const http = createHttpClient({ name, url, timeoutMs, changes, shareQueries });
  const subscriptions = createSubscriptionClient({
    name,
    url: subscriptionUrl,
    protocol,
    connectTimeoutMs: timeoutMs,
    reconnectMs,
    bufferedEvents,
    logger,
    callback,
  });
  return {
    name,
    execute: http.execute,
    subscribe: changes.watch(subscriptions.subscribe),
    async stop(deadlineAt) {
      await subscriptions.stop(deadlineAt);
      await http.stop(deadlineAt);
    },
  };
}
