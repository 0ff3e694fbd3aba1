import type { AbortListener, AbortNotice } from '../subgraphs/abort-notice.ts';

/**
 * Tells the work for one request that its client has left. One is made for every request and hardly ever told anything, so it is two fields
 * until somebody listens; an AbortController costs 7 % of a small request (docs/performance.md).
 */
export class Departure implements AbortNotice {
  #aborted = false;
  /** Mostly there is one at a time: the request to a subgraph that is under way. */
  #listener: AbortListener | undefined;
  #others: Set<AbortListener> | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  addEventListener(_type: 'abort', listener: AbortListener): void {
    if (this.#aborted || listener === this.#listener || this.#others?.has(listener)) return;
    if (this.#listener === undefined) this.#listener = listener;
    else (this.#others ??= new Set()).add(listener);
  }

  removeEventListener(_type: 'abort', listener: AbortListener): void {
    if (listener === this.#listener) this.#listener = undefined;
    else this.#others?.delete(listener);
  }

  /** Those who listen are told once, and let go. */
  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    tell(this.#listener);
    this.#listener = undefined;
    for (const listener of this.#others ?? []) tell(listener);
    this.#others = undefined;
  }
}

function tell(listener: AbortListener | undefined): void {
  if (typeof listener === 'function') listener();
  else listener?.handleEvent();
}
