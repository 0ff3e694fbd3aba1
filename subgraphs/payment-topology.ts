import type { OutboxMessage } from '../platform/messaging/outbox.ts';
import type { QueueSpec, Topology } from '../platform/messaging/topology.ts';
import {
  PAYMENT_FAILED,
  PAYMENT_PROCESSED,
  PAYMENT_REQUESTED,
  paymentOutcome,
  paymentRequested,
  type PaymentOutcome,
  type RequestedPayment,
} from './payment-messages.ts';

/** What users asks of payments. No alternate exchange: it would keep RabbitMQ from telling us that no queue took a request. */
export const COMMANDS_EXCHANGE = 'payments.commands';
/** What became of payments, for whoever wants to know. */
export const EVENTS_EXCHANGE = 'payments.events';

/** A queue that one service consumes, with its delay queues and the place where messages are set aside. */
export interface WorkQueue {
  readonly queue: string;
  /** From the shortest delay to the longest; each sends back to `queue`. */
  readonly retryQueues: readonly [string, ...string[]];
  readonly parking: { readonly queue: string; readonly exchange: string; readonly routingKey: string };
}

const RETRY_DELAYS_SECONDS = [1, 10, 60] as const;

/** Of payments. */
export const PAYMENT_REQUESTS: WorkQueue = createWorkQueue('payments', 'payments.requested');
/** Of users. */
export const PAYMENT_OUTCOMES: WorkQueue = createWorkQueue('users', 'users.payment-outcomes');

/** Everything on the broker. Both services declare all of it, so that either may start first. */
export const PAYMENT_TOPOLOGY: Topology = {
  exchanges: [
    { name: COMMANDS_EXCHANGE, type: 'topic' },
    { name: EVENTS_EXCHANGE, type: 'topic' },
    { name: PAYMENT_REQUESTS.parking.exchange, type: 'topic' },
    { name: PAYMENT_OUTCOMES.parking.exchange, type: 'topic' },
  ],
  queues: [
    ...toQueues(PAYMENT_REQUESTS, [{ exchange: COMMANDS_EXCHANGE, routingKey: PAYMENT_REQUESTED }]),
    ...toQueues(PAYMENT_OUTCOMES, [
      { exchange: EVENTS_EXCHANGE, routingKey: PAYMENT_PROCESSED },
      { exchange: EVENTS_EXCHANGE, routingKey: PAYMENT_FAILED },
    ]),
  ],
};

/** A request must reach a queue: nobody else will process the payment. */
export function toRequestMessage(payment: RequestedPayment): OutboxMessage {
  return { event: paymentRequested(payment), exchange: COMMANDS_EXCHANGE, routingKey: PAYMENT_REQUESTED, mandatory: true };
}

/** An outcome goes to those who listen. */
export function toOutcomeMessage(outcome: PaymentOutcome): OutboxMessage {
  const event = paymentOutcome(outcome);
  return { event, exchange: EVENTS_EXCHANGE, routingKey: event.type, mandatory: false };
}

/** The names that belong to a work queue. @param owner the service: its retry queues, its dead letter exchange and its parking queue begin with it */
export function createWorkQueue(owner: string, queue: string): WorkQueue {
  const [first, ...others] = RETRY_DELAYS_SECONDS;
  const toRetryQueue = (seconds: number): string => `${owner}.retry.${seconds}s`;
  return {
    queue,
    retryQueues: [toRetryQueue(first), ...others.map(toRetryQueue)],
    parking: { queue: `${owner}.parking`, exchange: `${owner}.dlx`, routingKey: queue },
  };
}

/** All queues of a work queue, to be declared. @param bindings what the work queue gets */
export function toQueues({ queue, retryQueues, parking }: WorkQueue, bindings: QueueSpec['bindings']): QueueSpec[] {
  const { exchange, routingKey } = parking;
  return [
    { name: queue, bindings, deliveryLimit: 20, deadLetter: { exchange, routingKey } },
    ...retryQueues.map((name, index) => ({
      name,
      bindings: [],
      deadLetter: { exchange: '', routingKey: queue },
      messageTtlMs: (RETRY_DELAYS_SECONDS[index] ?? 60) * 1_000,
    })),
    { name: parking.queue, bindings: [{ exchange, routingKey }] },
  ];
}
