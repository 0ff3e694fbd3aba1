import { DependencyError } from '../../../platform/foundation/errors.ts';
import type { SubgraphClient, SubgraphRequest, SubgraphResponse } from '../../../gateway/subgraphs/subgraph-client.ts';

/** How much of a request failed. */
export type Loss = 'whole' | 'part';

/**
 * A client that fails in one of several ways, about every third time.
 * @param onLoss told of each request that failed
 */
export function unreliableClient(
  client: SubgraphClient,
  random: () => number,
  onLoss: (request: SubgraphRequest, loss: Loss) => void = () => {},
): SubgraphClient {
  return {
    ...client,
    async execute(request, context) {
      const luck = random();
      if (luck < 0.28) onLoss(request, 'whole');
      if (luck < 0.2) throw new DependencyError(luck < 0.1 ? 'SUBGRAPH_UNAVAILABLE' : 'SUBGRAPH_TIMEOUT', client.name, 'on purpose');
      const response = await client.execute(request, context);
      if (luck < 0.24) return { data: null, errors: [{ message: 'all of it' }] };
      if (luck < 0.28) return {} satisfies SubgraphResponse;
      const entities = response.data?.['_entities'];
      if (luck > 0.36 || !Array.isArray(entities)) return response;
      onLoss(request, 'part');
      const errors = entities
        .map((_entity, index) => ({ message: 'one of them', path: ['_entities', index] }))
        .filter((_error, index) => index % 2 === 0);
      return {
        data: { _entities: entities.map((entity: unknown, index) => (index % 2 === 0 ? null : entity)) },
        errors: [...(response.errors ?? []), ...errors],
      };
    },
  };
}

/** Whether an error tells of what such a client did. */
export function isOfUnreliable({ message }: { readonly message: string }): boolean {
  return (
    /^Subgraph \w+ (cannot be reached|did not answer in time|gave an answer that is not as it should be)\.$/.test(message) ||
    message === 'all of it' ||
    message === 'one of them'
  );
}
