import { describe, expect, it } from '@jest/globals';
import { ProtocolError } from '../../../../platform/foundation/errors.ts';
import type { Delivery } from '../../../../platform/messaging/broker.ts';
import { readAttempt, toParkedMessage, toRedrivenMessage, toRetriedMessage } from '../../../../platform/messaging/failure-headers.ts';

function createDelivery(headers: Record<string, unknown>, exchange = 'payments.commands', routingKey = 'payment.requested.v1'): Delivery {
  const nothing = (): void => undefined;
  return {
    message: { body: Buffer.from('{}'), headers },
    exchange,
    routingKey,
    redelivered: false,
    lost: new AbortController().signal,
    ack: nothing,
    requeue: nothing,
  };
}

const error = new ProtocolError('MESSAGE_MALFORMED', 'no id');

describe('the attempt of a message', () => {
  it.each([
    [undefined, 1],
    [1, 1],
    [3, 3],
    [0, 1],
    [-2, 1],
    [1.5, 1],
    [1e9, 1],
    [Number.NaN, 1],
    ['3', 1],
    [{ '!': 'timestamp', value: 5 }, 1],
  ])('with the header %p is %p', (header, expected) => {
    expect(readAttempt({ 'x-attempt': header })).toBe(expected);
  });
});

describe('the headers of a failed message', () => {
  it('say at the first failure where it came from, when and why it failed, and count the next attempt', () => {
    const { headers } = toRetriedMessage(createDelivery({ traceparent: 't' }), 1, error);

    expect(headers).toEqual({
      traceparent: 't',
      'x-attempt': 2,
      'x-reason': 'MESSAGE_MALFORMED: no id',
      'x-first-failed-at': expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      'x-original-exchange': 'payments.commands',
      'x-original-routing-key': 'payment.requested.v1',
    });
  });

  it('keep the first origin and the first time over all attempts', () => {
    const first = toRetriedMessage(createDelivery({}), 1, error);
    const second = toParkedMessage(
      createDelivery({ ...first.headers, 'x-first-failed-at': 'then' }, '', 'payments.requested'),
      2,
      new TypeError('boom'),
    );

    expect(second.headers).toMatchObject({
      'x-attempt': 2,
      'x-reason': 'INTERNAL_SERVER_ERROR: boom',
      'x-first-failed-at': 'then',
      'x-original-exchange': 'payments.commands',
      'x-original-routing-key': 'payment.requested.v1',
      'x-parked-at': expect.any(String),
    });
  });

  it('do not carry more of a stranger than fits', () => {
    const { headers } = toParkedMessage(createDelivery({ huge: '€'.repeat(7_000) }), 1, new Error('y'.repeat(5_000)));

    expect(headers['huge']).toBeUndefined();
    expect(headers['x-headers-dropped']).toBe(true);
    expect(String(headers['x-reason'])).toHaveLength(1_000);
  });

  it('are those of a new message when it is sent back', () => {
    const parked = toParkedMessage(createDelivery({ traceparent: 't', 'x-death': [{}] }), 4, error);

    expect(toRedrivenMessage(createDelivery({ ...parked.headers }, 'payments.dlx', 'x')).headers).toEqual({
      traceparent: 't',
      'x-attempt': 1,
      'x-original-exchange': 'payments.commands',
      'x-original-routing-key': 'payment.requested.v1',
    });
  });
});
