import { DependencyError } from '../../../platform/foundation/errors.ts';
import type { SubgraphClient, SubgraphResponse } from '../../../gateway/subgraphs/subgraph-client.ts';

/** A client that fails in one of several ways, about every third time. */
export function unreliableClient(client: SubgraphClient, random: () => number): SubgraphClient {
  return {
    ...client,
    async execute(request, context) {
      const luck = random();
      if (luck < 0.2) throw new DependencyError(luck < 0.1 ? 'SUBGRAPH_UNAVAILABLE' : 'SUBGRAPH_TIMEOUT', client.name, 'on purpose');
      const response = await client.execute(request, context);
      if (luck < 0.24) return { data: null, errors: [{ message: 'all of it' }] };
      if (luck < 0.28) return {} satisfies SubgraphResponse;
      const entities = response.data?.['_entities'];
      if (luck > 0.36 || !Array.isArray(entities)) return response;
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
