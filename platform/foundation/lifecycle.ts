import { toMessage } from './errors.ts';

/** Anything that was opened and must be closed. `stop` may be called twice and is handed the time (epoch milliseconds) by which it must be done. */
export interface Stoppable {
  stop(deadlineAt: number): Promise<void> | void;
}

/** A long-running part: started once, stopped once; both may be called again and give the same promise. */
export interface Service {
  readonly name: string;
  start(): Promise<void>;
  /** @param options.deadlineMs how long closing may take before it gets rude; default 5,000 */
  stop(options?: { deadlineMs?: number }): Promise<void>;
}

/** What has been opened, in order. `release` closes it in reverse, so that nothing outlives what it stands on. */
export class ReleaseStack {
  readonly #releases: Stoppable[] = [];

  /** Registers a resource the moment it is open, and hands it back. */
  use<T extends Stoppable>(resource: T): T {
    this.#releases.push(resource);
    return resource;
  }

  defer(release: (deadlineAt: number) => Promise<void> | void): void {
    this.#releases.push({ stop: release });
  }

  /** Closes everything even when something fails to close. @throws AggregateError of all that failed */
  async release(deadlineAt: number): Promise<void> {
    const failures: unknown[] = [];
    for (let resource = this.#releases.pop(); resource; resource = this.#releases.pop()) {
      try {
        await withDeadline(resource.stop(deadlineAt), deadlineAt);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `closing failed: ${failures.map(toMessage).join('; ')}`);
  }
}

/**
 * Makes a service of a function that opens its parts in reading order.
 * When `open` throws half way, what it had opened is closed before the error goes on. A `stop` during the start aborts the signal, which `open`
 * hands to whatever waits, and then waits for the start to end one way or the other.
 */
export function createService(name: string, open: (stack: ReleaseStack, signal: AbortSignal) => Promise<unknown>): Service {
  const stack = new ReleaseStack();
  const stopping = new AbortController();
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  const openAll = async (): Promise<void> => {
    if (stopped) throw new Error(`${name} was stopped before it was started`);
    try {
      await open(stack, stopping.signal);
    } catch (error) {
      await stack.release(Date.now() + 5_000).catch(() => undefined); // the first error is the one to tell
      throw error;
    }
  };
  const closeAll = async (deadlineMs: number): Promise<void> => {
    const deadlineAt = Date.now() + deadlineMs;
    stopping.abort();
    await withDeadline(started, deadlineAt).catch(() => undefined); // a start that does not heed its signal must not keep what is open
    await stack.release(deadlineAt);
  };
  return {
    name,
    start: () => (started ??= openAll()),
    stop: ({ deadlineMs = 5_000 } = {}) => (stopped ??= closeAll(deadlineMs)),
  };
}

/** Waits for `work` until the deadline, then gives up on it with an error; `work` itself goes on. */
export async function withDeadline<T>(work: Promise<T> | T, deadlineAt: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('not done by its deadline')), Math.max(0, deadlineAt - Date.now()) + 250);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
