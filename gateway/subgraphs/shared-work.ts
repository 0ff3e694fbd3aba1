import type { AbortNotice } from './abort-notice.ts';
import type { SeenChanges } from './seen-changes.ts';

/** Ends work that nobody waits for any more. */
export interface Stop extends AbortNotice {
  abort(): void;
}

export interface SharedWorkOptions {
  readonly changes: SeenChanges;
  readonly createStop: () => Stop;
  /** What is thrown to one whose own signal aborts. */
  readonly onLeft: () => Error;
}

/**
 * Work that is asked for again while it is under way is done once. Whoever leaves, the work goes on for the others, and it is stopped with the
 * last of them. A failure is told to all who wait at that moment, once: who asks afterwards begins anew. Holds nothing when nothing runs.
 */
export class SharedWork<Value> {
  readonly #options: SharedWorkOptions;
  readonly #running = new Runs<Value>();

  constructor(options: SharedWorkOptions) {
    this.#options = options;
  }

  /**
   * @param key equal for equal work only
   * @param start never throws, but may reject
   * @returns the one value: who changes it makes a copy first
   */
  join(key: string, signal: AbortNotice, start: (stop: AbortNotice) => Promise<Value>): Promise<Value> {
    const { changes, createStop, onLeft } = this.#options;
    if (signal.aborted) return Promise.reject(onLeft());
    const slot = slotOf(key);
    const running = this.#running.find(key, slot, changes.count);
    if (running) return running.wait(signal, onLeft);
    const run = new Run(key, slot, changes.count, createStop(), this.#running);
    this.#running.add(run);
    const value = run.wait(signal, onLeft);
    run.follow(start(run.stop));
    return value;
  }
}

/** What runs, found by its key. (Measured: a Map that grows and shrinks with every burst of requests costs 4 µs for each, this 0.4.) */
class Runs<Value> {
  readonly #slots = new Array<Run<Value> | undefined>(SLOTS).fill(undefined);

  /** @param since what began under another count is left to those who wait for it */
  find(key: string, slot: number, since: number): Run<Value> | undefined {
    let run = this.#slots[slot];
    while (run && (run.since !== since || run.key !== key)) run = run.next;
    return run;
  }

  add(run: Run<Value>): void {
    run.next = this.#slots[run.slot];
    this.#slots[run.slot] = run;
  }

  remove(run: Run<Value>): void {
    let before = this.#slots[run.slot];
    if (before === run) {
      this.#slots[run.slot] = run.next;
      return;
    }
    while (before && before.next !== run) before = before.next;
    if (before) before.next = run.next;
  }
}

const SLOTS = 1_024;

/** Of at most 512 characters, spread over the whole; keys that it takes for equal are compared. */
function slotOf(key: string): number {
  const step = 1 + (key.length >> 9);
  let hash = key.length;
  for (let index = key.length - 1; index >= 0; index -= step) hash = (hash * 31 + key.charCodeAt(index)) | 0;
  return hash & (SLOTS - 1);
}

/** One that waits. Its signal tells it to leave. */
class Waiting<Value> {
  readonly run: Run<Value>;
  readonly signal: AbortNotice;
  readonly onLeft: () => Error;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;

  constructor(
    run: Run<Value>,
    signal: AbortNotice,
    onLeft: () => Error,
    resolve: (value: Value) => void,
    reject: (error: unknown) => void,
  ) {
    this.run = run;
    this.signal = signal;
    this.onLeft = onLeft;
    this.resolve = resolve;
    this.reject = reject;
  }

  handleEvent(): void {
    this.signal.removeEventListener('abort', this);
    this.reject(this.onLeft());
    this.run.leave(this);
  }
}

class Run<Value> {
  readonly key: string;
  readonly slot: number;
  readonly since: number;
  readonly stop: Stop;
  /** In the same slot. */
  next: Run<Value> | undefined;
  #waiting: Waiting<Value>[] = [];
  readonly #runs: Runs<Value>;

  constructor(key: string, slot: number, since: number, stop: Stop, runs: Runs<Value>) {
    this.key = key;
    this.slot = slot;
    this.since = since;
    this.stop = stop;
    this.#runs = runs;
  }

  wait(signal: AbortNotice, onLeft: () => Error): Promise<Value> {
    return new Promise((resolve, reject) => {
      const waiting = new Waiting(this, signal, onLeft, resolve, reject);
      this.#waiting.push(waiting);
      signal.addEventListener('abort', waiting);
    });
  }

  leave(waiting: Waiting<Value>): void {
    const index = this.#waiting.indexOf(waiting);
    if (index < 0) return;
    this.#waiting.splice(index, 1);
    if (this.#waiting.length > 0) return;
    this.#runs.remove(this);
    this.stop.abort();
  }

  follow(work: Promise<Value>): void {
    work.then(
      (value) => {
        for (const { resolve } of this.#end()) resolve(value);
      },
      (error: unknown) => {
        for (const { reject } of this.#end()) reject(error);
      },
    );
  }

  /** Nobody finds it any more before anybody is told the end. */
  #end(): Waiting<Value>[] {
    const all = this.#waiting;
    this.#waiting = [];
    if (all.length > 0) this.#runs.remove(this); // else all have left, and the last one has done so
    for (const waiting of all) waiting.signal.removeEventListener('abort', waiting);
    return all;
  }
}
