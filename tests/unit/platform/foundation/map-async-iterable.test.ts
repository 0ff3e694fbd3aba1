import { describe, expect, it } from '@jest/globals';
import { AsyncQueue } from '../../../../platform/foundation/async-queue.ts';
import { mapAsyncIterable } from '../../../../platform/foundation/map-async-iterable.ts';

describe('mapping an async iterable', () => {
  it('maps each item, in order, as it is pulled', async () => {
    const pulled: number[] = [];
    async function* source(): AsyncGenerator<number> {
      for (const item of [1, 2, 3]) {
        pulled.push(item);
        yield item;
      }
    }
    const mapped = mapAsyncIterable(source(), async (item) => item * 10);

    expect(await mapped.next()).toEqual({ value: 10, done: false });
    expect(pulled).toEqual([1]);
    expect(await readAll(mapped)).toEqual([20, 30]);
    expect(await mapped.next()).toEqual({ value: undefined, done: true });
  });

  it('leaves the source when its reader leaves', async () => {
    let left = false;
    async function* source(): AsyncGenerator<number> {
      try {
        yield 1;
        yield 2;
      } finally {
        left = true;
      }
    }

    for await (const item of mapAsyncIterable(source(), (value) => value)) {
      expect(item).toBe(1);
      break;
    }

    expect(left).toBe(true);
  });

  it('leaves a source that waits for its next item', async () => {
    let left = 0;
    const queue = new AsyncQueue<number>({ bound: 1, onReturn: () => (left += 1) });
    const mapped = mapAsyncIterable(queue, (item) => item);
    const waiting = mapped.next();

    await mapped.return?.();

    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(left).toBe(1);
  });

  it('leaves the source and fails when the mapping fails, even when leaving fails as well', async () => {
    let left = false;
    async function* source(): AsyncGenerator<number> {
      try {
        yield 1;
      } finally {
        left = true;
        throw new Error('leaving failed'); // oxlint-disable-line no-unsafe-finally -- what is tried
      }
    }
    const mapped = mapAsyncIterable(source(), () => {
      throw new Error('cannot be mapped');
    });

    await expect(mapped.next()).rejects.toThrow('cannot be mapped');
    expect(left).toBe(true);
  });

  it('passes on the failure of the source', async () => {
    const queue = new AsyncQueue<number>({ bound: 1 });
    queue.push(1);
    queue.fail(new Error('the source broke'));
    const mapped = mapAsyncIterable(queue, (item) => item + 1);

    expect(await mapped.next()).toEqual({ value: 2, done: false });
    await expect(mapped.next()).rejects.toThrow('the source broke');
  });
});

async function readAll<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}
