/**
 * A bounded queue between one writer and one reader. The writer never waits: `push` answers false when the bound is
 * reached, and the writer decides what that means. The reader is an async iterator; leaving it (`return`) discards what is queued.
 */
export class AsyncQueue<T> implements AsyncIterableIterator<T> {
  readonly #bound: number;
  readonly #onReturn: (() => void) | undefined;
  #items: T[] = [];
  #waiting: { resolve: (result: IteratorResult<T>) => void; reject: (error: unknown) => void }[] = [];
  #ended: { error?: unknown } | undefined;

  /** @param options.bound most items that wait at once @param options.onReturn told once when the reader leaves or the end is reached */
  constructor(options: { bound: number; onReturn?: () => void }) {
    this.#bound = options.bound;
    this.#onReturn = options.onReturn;
  }

  /** Items that wait for the reader. */
  get size(): number {
    return this.#items.length;
  }

  /** @returns false when the queue is full or ended: the item was not taken */
  push(item: T): boolean {
    if (this.#ended) return false;
    const reader = this.#waiting.shift();
    if (reader) {
      reader.resolve({ value: item, done: false });
      return true;
    }
    if (this.#items.length >= this.#bound) return false;
    this.#items.push(item);
    return true;
  }

  /** No more items; what is queued is still read. */
  end(): void {
    this.#finish({});
  }

  /** Like `end`, but the reader gets the error after what is queued. */
  fail(error: unknown): void {
    this.#finish({ error });
  }

  async next(): Promise<IteratorResult<T>> {
    const item = this.#items.shift();
    if (item !== undefined) return { value: item, done: false };
    if (!this.#ended) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    const { error } = this.#ended;
    this.#ended = {};
    if (error !== undefined) throw error;
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<T>> {
    this.#items = [];
    this.end();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(ended: { error?: unknown }): void {
    if (this.#ended) return;
    this.#ended = ended;
    const [first, ...others] = this.#waiting;
    this.#waiting = [];
    if (first && ended.error !== undefined) {
      this.#ended = {};
      first.reject(ended.error);
    } else first?.resolve({ value: undefined, done: true });
    for (const reader of others) reader.resolve({ value: undefined, done: true });
    this.#onReturn?.();
  }
}
