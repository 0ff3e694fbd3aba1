/**
 * A bounded queue between one writer and one reader. The writer never waits: `push` answers false when the bound is
 * reached, and the writer decides what that means. The reader is an async iterator; leaving it (`return`) discards what is queued.
 */
export class AsyncQueue<T> implements AsyncIterableIterator<T> {
  readonly #bound: number;
  readonly #onReturn: (() => void) | undefined;
  readonly #items: { readonly value: T }[] = []; // boxed: undefined is an item like any other
  #waiting: { resolve: (result: IteratorResult<T>) => void; reject: (error: unknown) => void }[] = [];
  /** Holds the failure until the reader was told of it. */
  #ended: { failure?: { readonly error: unknown } } | undefined;

  /** @param options.bound most items that wait at once @param options.onReturn told once, when the reader leaves or the writer ends or fails */
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
    this.#items.push({ value: item });
    return true;
  }

  /** No more items; what is queued is still read. */
  end(): void {
    this.#finish({});
  }

  /** Like `end`, but the reader gets the error after what is queued. */
  fail(error: unknown): void {
    this.#finish({ failure: { error } });
  }

  /** No async function: one that returns a promise costs its reader three more turns for each item. */
  next(): Promise<IteratorResult<T>> {
    const item = this.#items.shift();
    if (item) return Promise.resolve({ value: item.value, done: false });
    if (!this.#ended) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    const { failure } = this.#ended;
    this.#ended = {};
    return failure ? Promise.reject(failure.error as Error) : Promise.resolve({ value: undefined, done: true });
  }

  async return(): Promise<IteratorResult<T>> {
    this.#items.length = 0;
    this.end();
    this.#ended = {}; // who leaves does not want to hear of a failure
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(ended: { failure?: { readonly error: unknown } }): void {
    if (this.#ended) return;
    this.#ended = ended;
    const [first, ...others] = this.#waiting;
    this.#waiting = [];
    if (first && ended.failure) {
      this.#ended = {};
      first.reject(ended.failure.error);
    } else first?.resolve({ value: undefined, done: true });
    for (const reader of others) reader.resolve({ value: undefined, done: true });
    this.#onReturn?.();
  }
}
