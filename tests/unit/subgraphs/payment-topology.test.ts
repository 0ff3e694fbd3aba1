import { describe, expect, it } from '@jest/globals';
import { PAYMENT_OUTCOMES, PAYMENT_REQUESTS, PAYMENT_TOPOLOGY } from '../../../subgraphs/payment-topology.ts';

const byName = new Map(PAYMENT_TOPOLOGY.queues.map((queue) => [queue.name, queue]));

describe('what exists on the broker', () => {
  it('has these names, which must not change', () => {
    expect(PAYMENT_TOPOLOGY.exchanges.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'payments.commands topic',
      'payments.events topic',
      'payments.dlx topic',
      'users.dlx topic',
    ]);
    expect([...byName.keys()]).toEqual([
      'payments.requested',
      'payments.retry.1s',
      'payments.retry.10s',
      'payments.retry.60s',
      'payments.parking',
      'users.payment-outcomes',
      'users.retry.1s',
      'users.retry.10s',
      'users.retry.60s',
      'users.parking',
    ]);
  });

  it.each([PAYMENT_REQUESTS, PAYMENT_OUTCOMES])(
    '$queue gives up after 20 deliveries, into a parking queue that gives nothing away',
    ({ queue, parking }) => {
      expect(byName.get(queue)).toMatchObject({
        deliveryLimit: 20,
        deadLetter: { exchange: parking.exchange, routingKey: parking.routingKey },
      });
      expect(byName.get(parking.queue)).toEqual({
        name: parking.queue,
        bindings: [{ exchange: parking.exchange, routingKey: parking.routingKey }],
      });
    },
  );

  it.each([PAYMENT_REQUESTS, PAYMENT_OUTCOMES])(
    'the delay queues of $queue wait longer each time, and send back',
    ({ queue, retryQueues }) => {
      const specs = retryQueues.map((name) => byName.get(name));

      expect(specs.map((spec) => spec?.messageTtlMs)).toEqual([1_000, 10_000, 60_000]);
      for (const spec of specs) expect(spec).toMatchObject({ bindings: [], deadLetter: { exchange: '', routingKey: queue } });
    },
  );

  it('each command and event reaches the queue of the service that wants it', () => {
    expect(byName.get('payments.requested')?.bindings).toEqual([{ exchange: 'payments.commands', routingKey: 'payment.requested.v1' }]);
    expect(byName.get('users.payment-outcomes')?.bindings).toEqual([
      { exchange: 'payments.events', routingKey: 'payment.processed.v1' },
      { exchange: 'payments.events', routingKey: 'payment.failed.v1' },
    ]);
  });
});
