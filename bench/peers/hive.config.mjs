/** Subscriptions of subgraphs over WebSocket; everything else is Hive Gateway's default. */
export const gatewayConfig = {
  transportEntries: { '*.http': { options: { subscriptions: { kind: 'ws', location: '/graphql' } } } },
};
