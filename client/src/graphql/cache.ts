import { InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

/**
 * Users and payments are kept once each, by id, whoever asked for them. An outcome is final: the users service hears of it a moment later
 * than this page may, so an answer that still says PENDING never takes a known outcome back.
 */
export function createCache(): InMemoryCache {
  return new InMemoryCache({
    typePolicies: {
      Money: { keyFields: false },
      Query: { fields: { users: relayStylePagination() } },
      User: {
        fields: { payments: relayStylePagination(['status']), pendingPayments: { merge: (_, incoming: readonly unknown[]) => incoming } },
      },
      Payment: {
        fields: {
          status: { merge: (existing: unknown, incoming: unknown) => (incoming === 'PENDING' && existing ? existing : incoming) },
          processedAt: { merge: (existing: unknown, incoming: unknown) => incoming ?? existing ?? null },
          failureReason: { merge: (existing: unknown, incoming: unknown) => incoming ?? existing ?? null },
        },
      },
    },
  });
}
