import type { GraphQLDataSource } from '@apollo/gateway';
import type { SubgraphClient } from '../subgraphs/subgraph-client.ts';

/** A client of ours in the form of a data source, for supergraph managers that ask subgraphs for their schema, and for health checks. */
export function toDataSource(client: SubgraphClient): GraphQLDataSource {
  return {
    async process({ request }) {
      const { query = '', operationName, variables } = request;
      const headers = Object.fromEntries([...(request.http?.headers ?? [])].map(([name, value]) => [name.toLowerCase(), value]));
      delete headers['content-type'];
      const answer = await client.execute({ query, operationName, variables }, { headers, signal: new AbortController().signal });
      const { data, errors, extensions } = answer;
      return { ...(data !== undefined && { data }), ...(errors && { errors }), ...(extensions && { extensions }) };
    },
  };
}
