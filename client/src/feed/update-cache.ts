import type { ApolloCache } from '@apollo/client';
import type { PaymentEventRecord } from './payment-event-record.ts';

/**
 * Brings what the cache already has up to date: the payments' outcomes and their users' balances. It adds nothing, because a stream has no end.
 * Pages that show none of it are not told.
 */
export function updateCache(cache: ApolloCache, events: readonly PaymentEventRecord[]): void {
  cache.batch({
    update() {
      for (const { payment } of events) {
        cache.modify({
          id: cache.identify({ __typename: 'Payment', id: payment.id }) ?? '',
          fields: {
            status: () => payment.status,
            processedAt: () => payment.processedAt ?? null,
            failureReason: () => payment.failureReason ?? null,
          },
        });
        cache.modify({
          id: cache.identify({ __typename: 'User', id: payment.user.id }) ?? '',
          fields: { balance: () => ({ __typename: 'Money', ...payment.user.balance }) },
        });
      }
    },
  });
}
