import { Pool } from 'undici';
import type { SubscribeContext } from './subgraph-client.ts';
import type { ChannelSource, SubscriptionChannel } from './subscription-channel.ts';

/** Where the requests of a protocol over HTTP go. */
export interface PooledTarget {
  readonly pool: Pool;
  /** With the query. */
  readonly path: string;
  /** Aborted when the gateway stops: every operation ends, and nothing is tried again. */
  readonly stopping: AbortSignal;
}

/**
 * A channel source over one pool of HTTP connections to the subgraph. `stop` ends every operation and destroys the pool.
 * @param url `http://` or `https://`
 */
export function createPooledChannels(
  url: string,
  poolOptions: Pool.Options,
  createChannel: (target: PooledTarget, context: SubscribeContext) => SubscriptionChannel,
): ChannelSource {
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin, poolOptions);
  const stopping = new AbortController();
  const target: PooledTarget = { pool, path: pathname + search, stopping: stopping.signal };
  return {
    enter: (context) => ({ channel: createChannel(target, context), onEnd: () => undefined }),
    async stop() {
      stopping.abort();
      await pool.destroy().catch(() => undefined); // nothing is left to close
    },
  };
}
