import type { SubgraphClient } from '../subgraphs/subgraph-client.ts';
import { originOf } from './apollo-origin.ts';

/** The same client; what it does for a request of Apollo Server is told to the request's metrics, from which usage reports are made. */
export function observeForApollo(client: SubgraphClient): SubgraphClient {
  return {
    name: client.name,
    async execute(request, context) {
      const { requestContext, trace } = originOf(context);
      const received = trace?.sent(request.fetch);
      const response = await client.execute(request, context);
      received?.(response.extensions);
      if (response.errors && response.extensions?.['ftv1'] === undefined) {
        const failed = response.errors.map(({ path }) => ({ subgraph: client.name, path }));
        requestContext.metrics.nonFtv1ErrorPaths = [...(requestContext.metrics.nonFtv1ErrorPaths ?? []), ...failed];
      }
      return response;
    },
    subscribe: (request, context) => client.subscribe(request, context),
    stop: (deadlineAt) => client.stop(deadlineAt),
  };
}
