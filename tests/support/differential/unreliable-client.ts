import { DependencyError, ProtocolError } from '../../../platform/foundation/errors.ts';
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
      if (luck < 0.14) throw new DependencyError(luck < 0.08 ? 'SUBGRAPH_UNAVAILABLE' : 'SUBGRAPH_TIMEOUT', client.name, 'on purpose');
      if (luck < 0.18) throw new ProtocolError('SUBGRAPH_MALFORMED', 'no JSON, on purpose');
      const response = await client.execute(request, context);
      if (luck < 0.22) return { data: null, errors: [{ message: 'all of it' }] };
      if (luck < 0.25) return {} satisfies SubgraphResponse;
      if (luck < 0.28) return { data: 'nonsense' as never };
      const entities = response.data?.['_entities'];
      if (luck > 0.42 || !Array.isArray(entities)) return response;
      if (luck < 0.32) {
        onLoss(request, 'whole');
        return { data: { _entities: luck < 0.3 ? [...(entities as unknown[]), null] : entities.map(() => 'nonsense') } };
      }
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
