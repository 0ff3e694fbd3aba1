import type { PaymentEventsSubscription } from '../gql/graphql.ts';

/** One payment whose processing ended, as the subscription gives it. Amounts are decimal strings, moments RFC 3339 in UTC. */
export type PaymentEventRecord = PaymentEventsSubscription['paymentProcessed'];
