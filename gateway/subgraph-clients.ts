import type { Stoppable } from '../platform/foundation/lifecycle.ts';
import type { SubgraphClient } from './subgraphs/subgraph-client.ts';

export interface SubgraphClients extends Stoppable {
  /** The client of a subgraph where it answers now. @throws Error for a name that the supergraph does not have: a bug */
  clientOf(name: string): SubgraphClient;
}

/** Requests that are under way to an address that a new supergraph has replaced may take this long. */
const LEAVE_MS = 30_000;

/**
 * One client for each subgraph, made when it is first needed, and again when a new supergraph says that it answers elsewhere.
 * @param options.urlOf where a subgraph answers now
 */
export function createSubgraphClients(options: {
  urlOf: (name: string) => string | undefined;
  create: (name: string, url: string) => SubgraphClient;
}): SubgraphClients {
  const clients = new Map<string, { readonly url: string; readonly client: SubgraphClient }>();
  const leaving = new Set<SubgraphClient>();

  const leave = async (client: SubgraphClient): Promise<void> => {
    leaving.add(client);
    await client.stop(Date.now() + LEAVE_MS);
    leaving.delete(client);
  };
  return {
    clientOf(name) {
      const url = options.urlOf(name);
      const known = clients.get(name);
      if (known?.url === url && known) return known.client;
      if (url === undefined) throw new Error(`the supergraph has no subgraph ${name}`);
      if (known) void leave(known.client).catch(() => undefined); // it is gone either way
      const client = options.create(name, url);
      clients.set(name, { url, client });
      return client;
    },
    async stop(deadlineAt) {
      const all = [...[...clients.values()].map(({ client }) => client), ...leaving];
      clients.clear();
      await Promise.all(all.map(async (client) => client.stop(deadlineAt)));
    },
  };
}
