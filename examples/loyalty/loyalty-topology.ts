import type { Topology } from '../../platform/messaging/topology.ts';
import { PAYMENT_PROCESSED } from '../../subgraphs/payment-messages.ts';
import { EVENTS_EXCHANGE, createWorkQueue, toQueues, type WorkQueue } from '../../subgraphs/payment-topology.ts';

/** A copy of every processed payment, kept for us while we are away. Failed ones earn nothing and are not asked for. */
export const PROCESSED_PAYMENTS: WorkQueue = createWorkQueue('loyalty', 'loyalty.payment-outcomes');

/** Ours, and the exchange that we listen to: whoever starts first declares it. */
export const LOYALTY_TOPOLOGY: Topology = {
  exchanges: [
    { name: EVENTS_EXCHANGE, type: 'topic' },
    { name: PROCESSED_PAYMENTS.parking.exchange, type: 'topic' },
  ],
  queues: toQueues(PROCESSED_PAYMENTS, [{ exchange: EVENTS_EXCHANGE, routingKey: PAYMENT_PROCESSED }]),
};
