import { describe, expect, it } from '@jest/globals';
import { DependencyError } from '../../../../platform/foundation/errors.ts';
import { createMicroBatch } from '../../../../platform/foundation/micro-batch.ts';
import { eventually } from '../../../support/eventually.ts';

/** Work that goes on until it is let go. */
function createGates() {
  const gates: (() => void)[] = [];
  return {
    wait: () => new Promise<void>((resolve) => gates.push(resolve)),
    open: () => gates.splice(0).forEach((gate) => gate()),
    get waiting() {
      return gates.length;
    },
  };
}

describe('calls that come while others are under way', () => {
  it('go at once, each by itself, when nothing is under way', async () => {
    const batches: (readonly number[])[] = [];
    const double = createMicroBatch<number, number>({
      runTogether: async (items) => (batches.push(items), items.map((item) => item * 2)),
      runAlone: () => Promise.reject(new Error('nothing was left undone')),
    });

    expect(await double(1)).toBe(2);
    expect(await double(2)).toBe(4);
    expect(batches).toEqual([[1], [2]]);
  });

  it('run by themselves, all at once, while batches are switched off', async () => {
    const gates = createGates();
    let isOn = false;
    const double = createMicroBatch<number, number>({
      isOn: () => isOn,
      runTogether: async (items) => items.map((item) => item * 20),
      runAlone: async (item) => {
        await gates.wait();
        return item * 2;
      },
    });

    const alone = [1, 2, 3].map((item) => double(item));
    await eventually(() => gates.waiting === 3);
    gates.open();
    isOn = true;

    expect(await Promise.all(alone)).toEqual([2, 4, 6]);
    expect(await double(4)).toBe(80);
  });

  it('become the next batch, in the order in which they came, at most maxSize at once', async () => {
    const gates = createGates();
    const batches: (readonly number[])[] = [];
    const run = async (items: readonly number[]): Promise<readonly number[]> => {
      batches.push(items);
      await gates.wait();
      return items.map((item) => item * 2);
    };
    const double = createMicroBatch<number, number>({
      runTogether: run,
      runAlone: () => Promise.reject(new Error('nothing was left undone')),
      maxSize: 3,
      patienceMs: 60_000,
    });

    const first = double(1);
    await eventually(() => gates.waiting === 1);
    const others = [2, 3, 4, 5].map((item) => double(item));
    for (let turn = 0; turn < 3; turn += 1) {
      await eventually(() => gates.waiting === 1);
      expect(batches).toHaveLength(turn + 1); // never two at once
      gates.open();
    }

    expect(await Promise.all([first, ...others])).toEqual([2, 4, 6, 8, 10]);
    expect(batches).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('that were left undone run alone, each with its own result or error, once the batch is through', async () => {
    const log: string[] = [];
    const act = createMicroBatch<string, string>({
      runTogether: async (items) => {
        log.push(`together ${items.join(' ')}`);
        return items.map((item) => (item.startsWith('good') ? `${item} together` : undefined));
      },
      async runAlone(item) {
        log.push(`alone ${item}`);
        if (item === 'bad') throw new Error('refused');
        return `${item} alone`;
      },
    });

    const results = await Promise.allSettled([act('good 1'), act('bad'), act('odd'), act('good 2')]);

    expect(results).toEqual([
      { status: 'fulfilled', value: 'good 1 together' },
      { status: 'rejected', reason: new Error('refused') },
      { status: 'fulfilled', value: 'odd alone' },
      { status: 'fulfilled', value: 'good 2 together' },
    ]);
    expect(log).toEqual(['together good 1 bad odd good 2', 'alone bad', 'alone odd']);
  });

  it('run one by one when the batch as a whole fails, so that a bad one costs the others nothing but time', async () => {
    const act = createMicroBatch<number, number>({
      runTogether: () => Promise.reject(new Error('one of them is bad')),
      runAlone: (item) => (item === 2 ? Promise.reject(new Error('2 is bad')) : Promise.resolve(item)),
    });

    const results = await Promise.allSettled([act(1), act(2), act(3)]);

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('share a failure that trying one by one would only repeat', async () => {
    let alone = 0;
    const act = createMicroBatch<number, number>({
      runTogether: () => Promise.reject(new DependencyError('DATABASE_UNAVAILABLE', 'database', 'it is away')),
      runAlone: async (item) => ((alone += 1), item),
    });

    const results = await Promise.allSettled([act(1), act(2)]);

    expect(results).toMatchObject([{ reason: { code: 'DATABASE_UNAVAILABLE' } }, { reason: { code: 'DATABASE_UNAVAILABLE' } }]);
    expect(alone).toBe(0);
  });

  it('do not wait for one that was left undone and takes its time', async () => {
    const gates = createGates();
    const act = createMicroBatch<string, string>({
      runTogether: async (items) => items.map((item) => (item === 'locked' ? undefined : item)),
      runAlone: async (item) => (await gates.wait(), item),
      patienceMs: 60_000,
    });

    const slow = act('locked');
    await eventually(() => gates.waiting === 1);

    expect(await act('free')).toBe('free');
    gates.open();
    expect(await slow).toBe('locked');
  });

  it('do not wait for a slow batch longer than the patience, and no more than maxRunning are under way', async () => {
    const gates = createGates();
    const wait = createMicroBatch<number, number>({
      runTogether: async (items) => (await gates.wait(), items),
      runAlone: () => Promise.reject(new Error('nothing was left undone')),
      patienceMs: 5,
      maxRunning: 2,
    });

    const calls: Promise<number>[] = [];
    for (let item = 1; item <= 3; item += 1) {
      calls.push(wait(item));
      await eventually(() => gates.waiting === Math.min(item, 2));
    }
    await new Promise((resolve) => setTimeout(resolve, 30)); // several patiences
    expect(gates.waiting).toBe(2);
    gates.open();
    await eventually(() => gates.waiting === 1);
    gates.open();

    expect(await Promise.all(calls)).toEqual([1, 2, 3]);
  });
});
