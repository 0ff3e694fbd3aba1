import { describe, expect, it } from '@jest/globals';
import {
  parsePaymentOutcome,
  parsePaymentRequested,
  paymentOutcome,
  paymentRequested,
  type PaymentOutcome,
  type RequestedPayment,
} from '../../../subgraphs/payment-messages.ts';

const requested: RequestedPayment = {
  paymentId: '0193e1b0-7c1e-7000-8000-000000000000',
  userId: '1',
  amountMinor: 2_500n,
  currency: 'MXN',
  description: 'tea',
  requestedAt: new Date('2026-01-31T12:00:00.123Z'),
};
const outcome: PaymentOutcome = { ...requested, processedAt: new Date('2026-01-31T12:00:01.000Z'), failureReason: null };
const { description: _description, ...outcomeFacts } = outcome as PaymentOutcome & { description: unknown };
const overTheWire = <Event>(event: Event): Event => JSON.parse(JSON.stringify(event));

describe('the messages between users and payments', () => {
  it('a request looks like this', () => {
    expect(paymentRequested(requested)).toEqual({
      specversion: '1.0',
      id: requested.paymentId,
      source: '/paygraph/users',
      type: 'payment.requested.v1',
      subject: requested.paymentId,
      time: '2026-01-31T12:00:00.123Z',
      datacontenttype: 'application/json',
      data: {
        paymentId: requested.paymentId,
        userId: '1',
        amount: '25.00',
        currency: 'MXN',
        description: 'tea',
        requestedAt: '2026-01-31T12:00:00.123Z',
      },
    });
  });

  it('a success looks like this', () => {
    expect(paymentOutcome(outcome)).toEqual({
      specversion: '1.0',
      id: requested.paymentId,
      source: '/paygraph/payments',
      type: 'payment.processed.v1',
      subject: requested.paymentId,
      time: '2026-01-31T12:00:01.000Z',
      datacontenttype: 'application/json',
      data: {
        paymentId: requested.paymentId,
        userId: '1',
        amount: '25.00',
        currency: 'MXN',
        requestedAt: '2026-01-31T12:00:00.123Z',
        processedAt: '2026-01-31T12:00:01.000Z',
      },
    });
  });

  it('a failure says why', () => {
    expect(paymentOutcome({ ...outcome, failureReason: 'LIMIT_EXCEEDED' })).toMatchObject({
      type: 'payment.failed.v1',
      data: { reason: 'LIMIT_EXCEEDED' },
    });
  });

  it('what is written is read back', () => {
    expect(parsePaymentRequested(overTheWire(paymentRequested(requested)))).toEqual(requested);
    expect(parsePaymentOutcome(overTheWire(paymentOutcome(outcome)))).toEqual(outcomeFacts);
    expect(parsePaymentOutcome(overTheWire(paymentOutcome({ ...outcome, failureReason: 'LIMIT_EXCEEDED' })))).toEqual({
      ...outcomeFacts,
      failureReason: 'LIMIT_EXCEEDED',
    });
  });

  it('data that a later version adds is ignored', () => {
    const event = paymentRequested(requested);

    expect(parsePaymentRequested({ ...event, data: { ...event.data, colour: 'red' } })).toEqual(requested);
  });

  it('an id in capitals is the same id', () => {
    const id = requested.paymentId.toUpperCase();
    const event = paymentRequested(requested);

    expect(parsePaymentRequested({ ...event, subject: id, data: { ...event.data, paymentId: id } })).toEqual(requested);
  });

  it('a request is no outcome, and an outcome no request', () => {
    expect(() => parsePaymentOutcome(paymentRequested(requested))).toThrow(expect.objectContaining({ code: 'MESSAGE_TYPE_UNKNOWN' }));
    expect(() => parsePaymentRequested(paymentOutcome(outcome))).toThrow(expect.objectContaining({ code: 'MESSAGE_TYPE_UNKNOWN' }));
  });

  it.each([undefined, null, 'text', [], {}, { paymentId: requested.paymentId }])(
    'data that is %j is MESSAGE_MALFORMED, and the message says what is wrong',
    (data) => {
      expect(() => parsePaymentRequested({ ...paymentRequested(requested), data })).toThrow(
        expect.objectContaining({ code: 'MESSAGE_MALFORMED', message: expect.stringContaining('data') }),
      );
    },
  );

  it('a reason that nobody knows is MESSAGE_MALFORMED', () => {
    const event = paymentOutcome({ ...outcome, failureReason: 'LIMIT_EXCEEDED' });

    expect(() => parsePaymentOutcome({ ...event, data: { ...event.data, reason: 'BAD_MOOD' } })).toThrow(
      expect.objectContaining({ code: 'MESSAGE_MALFORMED' }),
    );
  });
});
