import { setTimeout as delay } from 'node:timers/promises';

/** A look costs at most this share more of the wait. */
const SHARE = 10;
const [OFTEN_MS, SELDOM_MS] = [20, 250] as const;

/**
 * Waits until `condition` gives something truthy, and hands it back. Looks again after 20 ms, and after a while more seldom: after a tenth of the time that
 * it has waited, at most 250 ms, because looking takes the processor away from what is waited for. The limit is for machines that are busy with much else: a
 * condition that holds costs no time.
 * @param everyMs how often to look, however long it takes: for conditions that go on by being looked at
 * @throws the condition's last error, or one that says how long it waited
 */
export async function eventually<T>(condition: () => Promise<T> | T, withinMs = 30_000, everyMs?: number): Promise<NonNullable<T>> {
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
    await delay(everyMs ?? Math.min(Math.max(OFTEN_MS, waitedMs / SHARE), SELDOM_MS));
  }
}
