import { useCallback, useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import { appPaymentEvents } from './app-payment-events.ts';
import type { PaymentEventRecord } from './payment-event-record.ts';
import type { FeedSnapshot } from './payment-event-store.ts';

/** Everything this page has heard, and how its connection stands. The component renders anew with each batch of events. */
export function usePaymentEvents(): FeedSnapshot {
  return useSyncExternalStore(appPaymentEvents.subscribe, appPaymentEvents.snapshot);
}

/** How the connection stands. The component renders only when that changes. */
export function useFeedConnection(): FeedSnapshot['connection'] {
  return useSyncExternalStore(appPaymentEvents.subscribe, () => appPaymentEvents.snapshot().connection);
}

/** The event of this payment, once it has come; kept while it is among the newest 10,000. */
export function usePaymentOutcome(paymentId: string): PaymentEventRecord | undefined {
  const read = useCallback(() => appPaymentEvents.outcome(paymentId), [paymentId]);
  return useSyncExternalStore(appPaymentEvents.subscribe, read);
}

/** Calls back with each event once, in order, after it is in the store and in Apollo's cache. */
export function useOnPaymentEvent(callback: (event: PaymentEventRecord) => void): void {
  const onEvent = useEffectEvent(callback);
  useEffect(
    () =>
      appPaymentEvents.onEvents((events) => {
        for (const event of events) onEvent(event);
      }),
    [],
  );
}

/**
 * Says when a payment was sent, so that the charts know how long its event took. A payment that is sent again counts once, from its first click.
 * @param sentAtMs `performance.now()` at the click
 */
export function reportMutation(paymentId: string, sentAtMs: number): void {
  appPaymentEvents.reportMutation(paymentId, sentAtMs);
}
