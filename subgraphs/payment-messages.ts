import * as z from 'zod';
import { ProtocolError, toMessage } from '../platform/foundation/errors.ts';
import type { CloudEvent } from '../platform/messaging/messages.ts';
import { formatAmount, parseCurrency, parseDecimal, toMinorUnits, type Money } from './money.ts';

/** Why a payment failed. */
export type PaymentFailureReason = (typeof FAILURE_REASONS)[number];
const FAILURE_REASONS = ['LIMIT_EXCEEDED'] as const;

/** What users asks of payments, once it has debited the payer. */
export interface RequestedPayment extends Money {
  /** UUID in lower case. */
  readonly paymentId: string;
  readonly userId: string;
  readonly description: string | null;
  readonly requestedAt: Date;
}

/** What became of a requested payment. */
export interface PaymentOutcome extends Money {
  readonly paymentId: string;
  readonly userId: string;
  readonly requestedAt: Date;
  readonly processedAt: Date;
  /** Null: it was processed. */
  readonly failureReason: PaymentFailureReason | null;
}

export const PAYMENT_REQUESTED = 'payment.requested.v1';
export const PAYMENT_PROCESSED = 'payment.processed.v1';
export const PAYMENT_FAILED = 'payment.failed.v1';

type RequestedEvent = CloudEvent<typeof PAYMENT_REQUESTED, z.input<typeof requestedData>>;
type OutcomeEvent =
  | CloudEvent<typeof PAYMENT_PROCESSED, z.input<typeof processedData>>
  | CloudEvent<typeof PAYMENT_FAILED, z.input<typeof failedData>>;

const text = z
  .string()
  .min(1)
  .max(200)
  .refine((value) => !/\0|\p{Surrogate}/u.test(value), 'must be well-formed and without U+0000');
const moment = z.iso.datetime({ offset: true });

const paymentFacts = { paymentId: z.uuid().toLowerCase(), userId: text, amount: z.string(), currency: z.string(), requestedAt: moment };
const requestedData = z.object({
  ...paymentFacts,
  description: z
    .string()
    .max(2_000)
    .refine((value) => !/\0|\p{Surrogate}/u.test(value), 'must be well-formed and without U+0000')
    .nullable(),
});
const processedData = z.object({ ...paymentFacts, processedAt: moment });
const failedData = z.object({ ...processedData.shape, reason: z.enum(FAILURE_REASONS) });

/**
 * Users makes one event of each payment, and payments one: so the payment's id is the event's id too. Who publishes again publishes the same event.
 */
export function paymentRequested(payment: RequestedPayment): RequestedEvent {
  const { paymentId, userId, description, requestedAt } = payment;
  return {
    ...envelope(paymentId, '/paygraph/users', requestedAt),
    type: PAYMENT_REQUESTED,
    data: {
      paymentId,
      userId,
      amount: formatAmount(payment),
      currency: payment.currency,
      description,
      requestedAt: requestedAt.toISOString(),
    },
  };
}

/** See `paymentRequested` for the event's id. */
export function paymentOutcome(outcome: PaymentOutcome): OutcomeEvent {
  const { paymentId, userId, requestedAt, processedAt, failureReason } = outcome;
  const data = {
    paymentId,
    userId,
    amount: formatAmount(outcome),
    currency: outcome.currency,
    requestedAt: requestedAt.toISOString(),
    processedAt: processedAt.toISOString(),
  };
  const common = envelope(paymentId, '/paygraph/payments', processedAt);
  return failureReason === null
    ? { ...common, type: PAYMENT_PROCESSED, data }
    : { ...common, type: PAYMENT_FAILED, data: { ...data, reason: failureReason } };
}

function envelope(paymentId: string, source: string, time: Date) {
  return {
    specversion: '1.0',
    id: paymentId,
    source,
    subject: paymentId,
    time: time.toISOString(),
    datacontenttype: 'application/json',
  } as const;
}

/** @throws ProtocolError MESSAGE_TYPE_UNKNOWN another type, or another version | MESSAGE_MALFORMED data that does not fit its type */
export function parsePaymentRequested(event: CloudEvent<string, unknown>): RequestedPayment {
  if (event.type !== PAYMENT_REQUESTED) throw unknownType(event, PAYMENT_REQUESTED);
  const data = parseData(event, requestedData);
  return { ...toFacts(data), description: data.description };
}

/** @throws ProtocolError MESSAGE_TYPE_UNKNOWN | MESSAGE_MALFORMED */
export function parsePaymentOutcome(event: CloudEvent<string, unknown>): PaymentOutcome {
  switch (event.type) {
    case PAYMENT_PROCESSED: {
      const data = parseData(event, processedData);
      return { ...toFacts(data), processedAt: new Date(data.processedAt), failureReason: null };
    }
    case PAYMENT_FAILED: {
      const data = parseData(event, failedData);
      return { ...toFacts(data), processedAt: new Date(data.processedAt), failureReason: data.reason };
    }
    default:
      throw unknownType(event, `${PAYMENT_PROCESSED} or ${PAYMENT_FAILED}`);
  }
}

function parseData<Data extends { paymentId: string }>(event: CloudEvent<string, unknown>, schema: z.ZodType<Data>): Data {
  const result = schema.safeParse(event.data);
  if (!result.success)
    throw malformed(event, result.error.issues.map(({ path, message }) => `data.${path.join('.')}: ${message}`).join('; '));
  if (event.subject.toLowerCase() !== result.data.paymentId)
    throw malformed(event, `its subject is ${event.subject}, its data is about ${result.data.paymentId}`);
  return result.data;
}

function toFacts(data: { paymentId: string; userId: string; amount: string; currency: string; requestedAt: string }) {
  const { paymentId, userId, requestedAt } = data;
  return { paymentId, userId, ...toMoney(data), requestedAt: new Date(requestedAt) };
}

function toMoney(data: { amount: string; currency: string }): Money {
  try {
    const currency = parseCurrency(data.currency, 'data.currency');
    const amountMinor = toMinorUnits(parseDecimal(data.amount, 'data.amount'), currency, 'data.amount');
    if (amountMinor > 0n) return { amountMinor, currency };
  } catch (error) {
    throw new ProtocolError('MESSAGE_MALFORMED', toMessage(error), { cause: error });
  }
  throw new ProtocolError('MESSAGE_MALFORMED', 'data.amount must be above zero');
}

function malformed(event: CloudEvent<string, unknown>, problem: string): ProtocolError {
  return new ProtocolError('MESSAGE_MALFORMED', `${event.type} ${event.id}: ${problem}`);
}

function unknownType(event: CloudEvent<string, unknown>, expected: string): ProtocolError {
  return new ProtocolError('MESSAGE_TYPE_UNKNOWN', `expected ${expected}, got ${event.type}`);
}
