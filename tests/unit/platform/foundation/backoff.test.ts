import { describe, expect, it } from '@jest/globals';
import { backoffDelayMs, pause, retryWithBackoff } from '../../../../platform/foundation/backoff.ts';

const QUICK = { initialMs: 1, maxMs: 2 };

describe('a back-off delay', () => {
  it('doubles up to its bound', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 7, 8, 1_000_000].map((attempt) => backoffDelayMs(attempt, { random: () => 0.999_999 }));

    expect(delays.map(Math.round)).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000]);
  });

  it('is chance for one half, so that replicas do not march in step', () => {
    expect(backoffDelayMs(0, { random: () => 0 })).toBe(50);
    expect(backoffDelayMs(0, { random: () => 0.5 })).toBe(75);
  });
});

describe('a pause', () => {
  it('ends early and quietly when the signal aborts, before or during it', async () => {
    const during = new AbortController();
    const startedAt = Date.now();

    await pause(60_000, AbortSignal.abort());
    setTimeout(() => during.abort(), 5);
    await pause(60_000, during.signal);

    expect(Date.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('retrying', () => {
  it('goes on until it succeeds, and tells of each failure', async () => {
    const failures: [string, number][] = [];
    let attempts = 0;

    const result = await retryWithBackoff(
      async () => {
        attempts += 1;
        if (attempts < 4) throw new Error(`failure ${attempts}`);
        return attempts;
      },
      {
        ...QUICK,
        signal: new AbortController().signal,
        onFailure: (error, waitMs, attempt) => failures.push([`${String(error)} ${waitMs <= 2}`, attempt]),
      },
    );

    expect(result).toBe(4);
    expect(failures).toEqual([
      ['Error: failure 1 true', 0],
      ['Error: failure 2 true', 1],
      ['Error: failure 3 true', 2],
    ]);
  });

  it('gives up with what onFailure throws', async () => {
    const attempt = (): Promise<never> => Promise.reject(new Error('again'));
    const onFailure = (): never => {
      throw new Error('no use');
    };

    await expect(retryWithBackoff(attempt, { signal: new AbortController().signal, onFailure })).rejects.toThrow('no use');
  });

  it('throws the last error when the signal aborts during the wait, and tries no more', async () => {
    const giveUp = new AbortController();
    let attempts = 0;

    const retrying = retryWithBackoff(() => Promise.reject(new Error(`failure ${(attempts += 1)}`)), {
      initialMs: 60_000,
      maxMs: 60_000,
      signal: giveUp.signal,
      onFailure: () => void setTimeout(() => giveUp.abort(), 1),
    });

    await expect(retrying).rejects.toThrow('failure 1');
    expect(attempts).toBe(1);
  });

  it('does not tell of a failure that the abort caused', async () => {
    const giveUp = new AbortController();
    const told: unknown[] = [];

    const retrying = retryWithBackoff(
      async () => {
        giveUp.abort();
        throw new Error('aborted');
      },
      { signal: giveUp.signal, onFailure: (error) => told.push(error) },
    );

    await expect(retrying).rejects.toThrow('aborted');
    expect(told).toEqual([]);
  });
});
