import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until `condition` gives something truthy, and hands it back; looks again every `everyMs` (default 20). The limit is for machines that are busy with
 * much else: a condition that holds costs no time.
 * @throws the condition's last error, or one that says how long it waited
 */
export async function eventually<T>(condition: () => Promise<T> | T, withinMs = 30_000, everyMs = 20): Promise<NonNullable<T>> {
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
