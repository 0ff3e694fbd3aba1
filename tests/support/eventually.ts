import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until `condition` gives something truthy, and hands it back; looks again every `everyMs` (default 20).
 * @throws the condition's last error, or one that says how long it waited
 */
export async function eventually<T>(condition: () => Promise<T> | T, withinMs = 10_000, everyMs = 20): Promise<NonNullable<T>> {
  const deadlineAt = Date.now() + withinMs;
  let failure: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (Date.now() >= deadlineAt) throw failure ?? new Error(`the condition did not hold within ${withinMs} ms: ${condition}`);
    await delay(everyMs);
  }
}
