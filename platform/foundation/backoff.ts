import { setTimeout as delay } from 'node:timers/promises';

export interface Backoff {
  /** First delay, milliseconds; default 100. */
  readonly initialMs?: number;
  /** Longest delay, milliseconds; default 5,000. */
  readonly maxMs?: number;
  /** Source of jitter in [0, 1); default Math.random. */
  readonly random?: () => number;
}

/** The delay before attempt `attempt` (0 = first retry): doubles up to `maxMs`, and half of it is jitter so that replicas do not march in step. */
export function backoffDelayMs(attempt: number, { initialMs = 100, maxMs = 5_000, random = Math.random }: Backoff = {}): number {
  const full = Math.min(maxMs, initialMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random();
}

/** Waits; returns early and quietly when the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
}

/**
 * Calls `attempt` until it succeeds or the signal aborts, waiting longer each time.
 * @param onFailure told of each failure and the wait before the next try; throw in it to give up
 * @throws the last error when the signal aborted
 */
export async function retryWithBackoff<T>(
  attempt: () => Promise<T>,
  options: Backoff & { signal: AbortSignal; onFailure?: (error: unknown, waitMs: number, attempt: number) => void },
): Promise<T> {
  for (let count = 0; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (options.signal.aborted) throw error;
      const waitMs = backoffDelayMs(count, options);
      options.onFailure?.(error, waitMs, count);
      await pause(waitMs, options.signal);
      if (options.signal.aborted) throw error;
    }
  }
}
