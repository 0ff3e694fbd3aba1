import { backoffDelayMs, pause } from '../foundation/backoff.ts';
import { toCode } from '../foundation/errors.ts';

/** SQLSTATEs of a transaction that the server undid because of another one: https://www.postgresql.org/docs/18/mvcc-serialization-failure-handling.html */
const UNDONE = new Set<unknown>(['40001' /* serialization_failure */, '40P01' /* deadlock_detected */]);
const MAX_ATTEMPTS = 6;

/** Runs a transaction, or a statement that is one of its own, and runs it again when the server undid all of it: five times at most, half a second in all. */
export async function repeatUndone<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !UNDONE.has(toCode(error))) throw error;
      await pause(backoffDelayMs(attempt - 1, { initialMs: 10, maxMs: 200 }));
    }
  }
}
