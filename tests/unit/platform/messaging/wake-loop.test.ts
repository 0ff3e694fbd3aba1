import { describe, expect, it } from '@jest/globals';
import { startWakeLoop, type Rest } from '../../../../platform/messaging/wake-loop.ts';
import { eventually } from '../../../support/eventually.ts';

const LONG: Rest = { waitMs: 60_000 };

describe('a wake loop', () => {
  it('runs at once, and again when it is woken', async () => {
    let runs = 0;
    const loop = startWakeLoop(async () => {
      runs += 1;
      return LONG;
    });
    await eventually(() => runs === 1);

    loop.wake();

    await eventually(() => runs === 2);
    await loop.stop(Date.now() + 1_000);
  });

  it('makes one more run of many wakes during a run', async () => {
    let runs = 0;
    let finish: () => void = () => undefined;
    const loop = startWakeLoop(async () => {
      runs += 1;
      if (runs === 1) await new Promise<void>((resolve) => (finish = resolve));
      return LONG;
    });

    for (let count = 0; count < 5; count += 1) loop.wake();
    finish();

    await eventually(() => runs === 2);
    await loop.stop(Date.now() + 1_000);
    expect(runs).toBe(2);
  });

  it('runs again by itself after the rest it asked for', async () => {
    let runs = 0;
    const loop = startWakeLoop(async () => {
      runs += 1;
      return { waitMs: runs < 3 ? 5 : 60_000 };
    });

    await eventually(() => runs === 3);
    await loop.stop(Date.now() + 1_000);
  });

  it('is not woken from a firm rest', async () => {
    const startedAt = Date.now();
    let runs = 0;
    const loop = startWakeLoop(async () => {
      runs += 1;
      return runs === 1 ? { waitMs: 100, firm: true } : LONG;
    });
    await eventually(() => runs === 1, 1_000, 1);

    loop.wake();

    await eventually(() => runs === 2);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(99);
    await loop.stop(Date.now() + 1_000);
  });

  it('ends after the run that is under way, from a firm rest at once', async () => {
    let finished = false;
    let finish: () => void = () => undefined;
    const working = startWakeLoop(async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      finished = true;
      return LONG;
    });
    const resting = startWakeLoop(async () => ({ waitMs: 60_000, firm: true }));

    const stopped = working.stop(Date.now() + 1_000);
    finish();
    await stopped;
    await resting.stop(Date.now() + 1_000);

    expect(finished).toBe(true);
  });
});
