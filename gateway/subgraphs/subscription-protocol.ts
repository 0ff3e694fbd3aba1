/**
 * How a subgraph is asked for subscriptions. `graphql-ws` is the older WebSocket protocol, named as its subprotocol is.
 * `auto` finds out: one WebSocket upgrade that offers both of its protocols, then SSE, then multipart; never the callback protocol.
 */
export const SUBSCRIPTION_PROTOCOLS = ['auto', 'graphql-transport-ws', 'graphql-ws', 'sse', 'multipart', 'callback'] as const;

export type SubscriptionProtocol = (typeof SUBSCRIPTION_PROTOCOLS)[number];
