import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition } from '@apollo/client/utilities';
import { createClient } from 'graphql-ws';
import type { Transport } from '../settings/transport.ts';
import { createCache } from './cache.ts';
import { toWebSocketAddress } from './endpoint.ts';

export interface ApolloClientOptions {
  /** Absolute address of GraphQL. */
  readonly endpoint: string;
  /** How subscriptions travel: `multipart` over the same POST as all else, or `websocket`. Queries and mutations are always POSTs. */
  readonly transport: Transport;
}

/** Holds nothing open by itself: connections live as long as somebody subscribes. */
export function createApolloClient({ endpoint, transport }: ApolloClientOptions): ApolloClient {
  const http = new HttpLink({ uri: endpoint });
  return new ApolloClient({ link: transport === 'websocket' ? withWebSocket(http, endpoint) : http, cache: createCache() });
}

function withWebSocket(http: ApolloLink, endpoint: string): ApolloLink {
  const webSocket = new GraphQLWsLink(createClient({ url: toWebSocketAddress(endpoint), lazy: true, retryAttempts: 0 }));
  return ApolloLink.split(({ query }) => isSubscription(query), webSocket, http);
}

function isSubscription(query: Parameters<typeof getMainDefinition>[0]): boolean {
  const definition = getMainDefinition(query);
  return definition.kind === 'OperationDefinition' && definition.operation === 'subscription';
}
