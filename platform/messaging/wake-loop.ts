import { pause } from '../foundation/backoff.ts';
import { withDeadline, type Stoppable } from '../foundation/lifecycle.ts';

export interface WakeLoop extends Stoppable {
  /** Runs `work` now, or once more right after the run that is going on. */
  wake(): void;
  /** Waits for the run that is going on. */
  stop(deadlineAt: number): Promise<void>;
}

export interface Rest {
  /** Until the next run, milliseconds; 0 for at once. */
  readonly waitMs: number;
  /** A wake does not cut it short. */
  readonly firm?: boolean;
}

/** Runs `work` one at a time: at once, whenever it is woken, and after the rest that it asks for. @param work must not throw */
export function startWakeLoop(work: () => Promise<Rest>): WakeLoop {
  const stopping = new AbortController();
  let nap = new AbortController();
  let woken = false;

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      woken = false;
      const { waitMs, firm = false } = await work();
      if (stopping.signal.aborted) return;
      if (firm) await pause(waitMs, stopping.signal);
      else if (waitMs > 0 && !woken) {
        nap = new AbortController();
        await pause(waitMs, nap.signal);
      }
    }
  };
  const finished = run();

  return {
    wake() {
      woken = true;
      nap.abort();
    },
    async stop(deadlineAt) {
      stopping.abort();
      nap.abort();
      await withDeadline(finished, deadlineAt);
    },
  };
}
