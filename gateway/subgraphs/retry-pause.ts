import { backoffDelayMs, pause, type Backoff } from '../../platform/foundation/backoff.ts';

/** An attempt that lived this long, or carried an event, was a good one: its loss starts the back-off anew. */
const GOOD_LIFE_MS = 10_000;

export interface RetryPause {
  /** Before an attempt: no time before the first one, then longer and longer, with jitter. */
  wait(signal: AbortSignal): Promise<void>;
  onAttempt(): void;
  /** The same function, but it shows that the attempt was a good one. */
  observe<T>(onEvent: (event: T) => void): (event: T) => void;
}

/** The pauses between the attempts of one operation that has no connection to share. */
export function createRetryPause(backoff: Backoff): RetryPause {
  let failures = 0;
  let startedAt: number | undefined;
  return {
    async wait(signal) {
      if (startedAt !== undefined) failures = Date.now() - startedAt > GOOD_LIFE_MS ? 1 : failures + 1;
      if (failures > 0) await pause(backoffDelayMs(failures - 1, backoff), signal);
    },
    onAttempt() {
      startedAt = Date.now();
    },
    observe: (onEvent) => (event) => {
      failures = 0;
      onEvent(event);
    },
  };
}
