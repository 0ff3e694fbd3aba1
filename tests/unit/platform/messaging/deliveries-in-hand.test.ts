import { describe, expect, it } from '@jest/globals';
import { DeliveriesInHand } from '../../../../platform/messaging/deliveries-in-hand.ts';

function createDelivery(log: string[]) {
  return {
    message: { body: Buffer.alloc(0), headers: {} },
    exchange: '',
    routingKey: '',
    redelivered: false,
    ack: () => log.push('ack'),
    requeue: () => log.push('requeue'),
  };
}

describe('deliveries in hand', () => {
  it('are settled once, whatever is called afterwards', () => {
    const log: string[] = [];
    const inHand = new DeliveriesInHand();
    const delivery = inHand.add(createDelivery(log));

    expect(inHand.count).toBe(1);
    delivery.ack();
    delivery.ack();
    delivery.requeue();

    expect(log).toEqual(['ack']);
    expect(inHand.count).toBe(0);
  });

  it('cannot be settled after they were lost, and those that were not settled are told', () => {
    const log: string[] = [];
    const inHand = new DeliveriesInHand();
    const settled = inHand.add(createDelivery(log), () => log.push('lost settled'));
    const open = inHand.add(createDelivery(log), () => log.push('lost open'));
    settled.ack();

    inHand.lose();
    open.ack();
    open.requeue();

    expect(log).toEqual(['ack', 'lost open']);
    expect(open.lost.aborted).toBe(true);
  });

  it('are waited for until the last is settled', async () => {
    const inHand = new DeliveriesInHand();
    const [one, two] = [inHand.add(createDelivery([])), inHand.add(createDelivery([]))];
    let idle = false;
    const waited = inHand.whenIdle(Infinity).then(() => (idle = true));

    one.ack();
    await Promise.resolve();
    expect(idle).toBe(false);
    two.requeue();
    await waited;
  });

  it('are waited for no longer than the deadline', async () => {
    const inHand = new DeliveriesInHand();
    inHand.add(createDelivery([]));

    await inHand.whenIdle(Date.now() + 10);

    expect(inHand.count).toBe(1);
  });
});
