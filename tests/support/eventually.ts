import { setTimeout as delay } from 'node:timers/promises';

/** A look costs at most this share more of the wait. */
const SHARE = 10;
const SELDOM_MS = 250;

/**
 * Waits until `condition` gives something truthy, and hands it back; looks again every `everyMs` (default 20), and after a while more seldom: a tenth of the
 * time that it has waited, at most 250 ms, because looking takes the processor away from what is waited for. The limit is for machines that are busy with much
 * else: a condition that holds costs no time.
 * @throws the condition's last error, or one that says how long it waited
 */
export async function eventually<T>(condition: () => Promise<T> | T, withinMs = 30_000, everyMs = 20): Promise<NonNullable<T>> {
  const startedAt = Date.now();
  let failure: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    const waitedMs = Date.now() - startedAt;
    if (waitedMs >= withinMs) throw failure ?? new Error(`the condition did not hold within ${withinMs} ms: ${condition}`);
    await delay(Math.max(everyMs, Math.min(waitedMs / SHARE, SELDOM_MS)));
  }
}
