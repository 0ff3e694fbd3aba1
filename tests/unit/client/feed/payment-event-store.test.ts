import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createPaymentEventStore } from '../../../../client/src/feed/payment-event-store.ts';
import { testEvent } from './test-event.ts';

const ids = (store: ReturnType<typeof createPaymentEventStore>): readonly string[] =>
  store.snapshot().events.map(({ payment }) => payment.id);

describe('the store of payment events', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('has the newest event first', () => {
    const store = createPaymentEventStore();
    store.push(testEvent({ id: 'one' }));
    store.push(testEvent({ id: 'two' }));
    jest.advanceTimersByTime(200);

    expect(ids(store)).toEqual(['two', 'one']);
  });

  it('tells many events in few batches, each once and in order', () => {
    const store = createPaymentEventStore({ batchMs: 100 });
    const batches: string[][] = [];
    let renders = 0;
    store.subscribe(() => (renders += 1));
    store.onEvents((events) => batches.push(events.map(({ payment }) => payment.id)));
    for (let turn = 0; turn < 1_000; turn += 1) {
      store.push(testEvent({ id: `p${turn}` }));
      jest.advanceTimersByTime(1);
    }
    jest.advanceTimersByTime(200);

    expect(batches.flat()).toEqual(Array.from({ length: 1_000 }, (_, turn) => `p${turn}`));
    expect(batches.length).toBeLessThan(15);
    expect(renders).toBe(batches.length);
  });

  it('keeps the newest events and forgets the oldest, with their outcomes', () => {
    const store = createPaymentEventStore({ maxEvents: 3 });
    for (const id of ['a', 'b', 'c', 'd']) store.push(testEvent({ id }));
    jest.advanceTimersByTime(200);

    expect(ids(store)).toEqual(['d', 'c', 'b']);
    expect(store.outcome('a')).toBeUndefined();
    expect(store.outcome('d')?.payment.status).toBe('PROCESSED');
  });

  it('does not wait with a batch that is full', () => {
    const store = createPaymentEventStore({ maxBatch: 5 });
    for (let turn = 0; turn < 5; turn += 1) store.push(testEvent({ id: `p${turn}` }));

    expect(ids(store)).toHaveLength(5);
  });

  it('has what was caught up when it says that it has caught up', () => {
    const store = createPaymentEventStore();
    store.push(testEvent({ id: 'missed' }));
    store.setConnection({ phase: 'live', since: 2, caughtUp: { since: 1, at: 2, missed: 1, why: 'lost' } });

    expect(ids(store)).toEqual(['missed']);
  });
});
