import { describe, expect, it } from '@jest/globals';
import { AsyncQueue } from '../../../../platform/foundation/async-queue.ts';

describe('an async queue', () => {
  it('gives items in the order in which they came, to a reader that waits and to one that comes later', async () => {
    const queue = new AsyncQueue<number>({ bound: 10 });
    const waiting = queue.next();

    queue.push(1);
    queue.push(2);
    queue.push(3);
    queue.end();

    expect(await waiting).toEqual({ value: 1, done: false });
    expect(await readAll(queue)).toEqual([2, 3]);
  });

  it('takes no item when it is full, and says so', () => {
    const queue = new AsyncQueue<number>({ bound: 2 });

    expect([queue.push(1), queue.push(2), queue.push(3)]).toEqual([true, true, false]);
    expect(queue.size).toBe(2);
  });

  it('has room again when an item was read', async () => {
    const queue = new AsyncQueue<number>({ bound: 1 });
    queue.push(1);

    await queue.next();

    expect(queue.push(2)).toBe(true);
  });

  it('carries undefined like any other item', async () => {
    const queue = new AsyncQueue<undefined>({ bound: 2 });
    queue.push(undefined);
    queue.end();

    expect(await queue.next()).toEqual({ value: undefined, done: false });
    expect(await queue.next()).toEqual({ value: undefined, done: true });
  });

  it('takes no item after its end, and gives what came before it', async () => {
    const queue = new AsyncQueue<number>({ bound: 2 });
    queue.push(1);
    queue.end();

    expect(queue.push(2)).toBe(false);
    expect(await readAll(queue)).toEqual([1]);
    expect(await queue.next()).toEqual({ value: undefined, done: true });
  });

  it.each([new Error('broken'), undefined, 0])('gives the failure %p once, after what was queued, and then its end', async (failure) => {
    const queue = new AsyncQueue<number>({ bound: 2 });
    queue.push(1);
    queue.fail(failure);

    expect(await queue.next()).toEqual({ value: 1, done: false });
    const thrown = await queue.next().then(
      () => 'nothing was thrown',
      (error: unknown) => error,
    );
    expect(thrown).toBe(failure);
    expect(await queue.next()).toEqual({ value: undefined, done: true });
  });

  it('gives the failure to one waiting reader, and the end to the others', async () => {
    const queue = new AsyncQueue<number>({ bound: 2 });
    const waiting = [queue.next(), queue.next()];

    queue.fail(new Error('broken'));

    const [first, second] = await Promise.allSettled(waiting);
    expect(first).toMatchObject({ status: 'rejected', reason: { message: 'broken' } });
    expect(second).toEqual({ status: 'fulfilled', value: { value: undefined, done: true } });
  });

  it('ends a reader that waits when another one leaves', async () => {
    const queue = new AsyncQueue<number>({ bound: 2 });
    const waiting = queue.next();

    await queue.return();

    expect(await waiting).toEqual({ value: undefined, done: true });
  });

  it('discards what is queued, and a failure, when the reader leaves', async () => {
    const queue = new AsyncQueue<number>({ bound: 3 });
    queue.push(1);
    queue.push(2);
    queue.fail(new Error('nobody wants to know'));

    for await (const item of queue) if (item === 1) break;

    expect(queue.size).toBe(0);
    expect(await queue.next()).toEqual({ value: undefined, done: true });
  });

  it.each(['end', 'fail', 'return'] as const)('tells once that it is over, after %s', async (method) => {
    let told = 0;
    const queue = new AsyncQueue<number>({ bound: 1, onReturn: () => (told += 1) });

    await queue[method]('why');
    queue.end();
    await queue.return();

    expect(told).toBe(1);
  });
});

async function readAll<T>(queue: AsyncQueue<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}
