import type { PaymentEventRecord } from '../../../../client/src/feed/payment-event-record.ts';

/** An event as the graph gives it; what a test is about is given. */
export function testEvent(given: {
  readonly cursor?: string;
  readonly id?: string;
  readonly amount?: string;
  readonly currency?: string;
  readonly status?: 'PROCESSED' | 'FAILED';
  readonly occurredAt?: string;
  readonly name?: string;
}): PaymentEventRecord {
  const {
    id = 'p1',
    amount = '25.00',
    currency = 'MXN',
    status = 'PROCESSED',
    occurredAt = '2026-01-31T12:00:00.000Z',
    name = 'Willis',
  } = given;
  return {
    cursor: given.cursor ?? id,
    occurredAt,
    payment: {
      id,
      status,
      failureReason: status === 'FAILED' ? 'LIMIT_EXCEEDED' : null,
      amount: { amount, currency },
      description: null,
      requestedAt: occurredAt,
      processedAt: occurredAt,
      user: { id: name, name, balance: { amount: '500.00', currency } },
    },
  };
}
