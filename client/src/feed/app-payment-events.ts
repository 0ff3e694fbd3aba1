import { createPaymentEventStore } from './payment-event-store.ts';

/** The one store of this page. It outlives a change of the transport. */
export const appPaymentEvents = createPaymentEventStore();
