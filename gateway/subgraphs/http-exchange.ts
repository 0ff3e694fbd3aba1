import type { Dispatcher } from 'undici';

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

export interface HttpExchangeOptions {
  /** Counts from the construction. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Why an exchange ended without an answer, for what undici has no code of its own. */
class ExchangeError extends Error {
  readonly code: 'timeout' | 'too-large' | 'aborted';

  constructor(code: ExchangeError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * One request and its whole answer, as a handler of undici's `dispatch`. Ends at once when its time is up or the signal aborts,
 * also while it still waits for a connection; the socket of a request under way is closed then, which tells the subgraph.
 */
export class HttpExchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<HttpAnswer>;
  readonly #options: HttpExchangeOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #begun = false;
  #controller: Dispatcher.DispatchController | undefined;
  #failure: Error | undefined;
  #resolve: (answer: HttpAnswer) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(options: HttpExchangeOptions) {
    this.#options = options;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#timer = setTimeout(() => this.fail(new ExchangeError('timeout', `no answer within ${options.timeoutMs} ms`)), options.timeoutMs);
    if (options.signal.aborted) this.#onAbort();
    else options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Ends the exchange; only the first reason counts. */
  fail(reason: unknown): void {
    if (this.#failure) return;
    const error = reason instanceof Error ? reason : new Error(String(reason));
    this.#failure = error;
    this.#release();
    this.#controller?.abort(error);
    this.#reject(this.#begun ? Object.assign(error, { answerHadBegun: true }) : error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure) controller.abort(this.#failure);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
    this.#begun = true;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#options.maxBytes) this.fail(new ExchangeError('too-large', `more than ${this.#options.maxBytes} bytes`));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#failure) return;
    this.#release();
    const [first] = this.#chunks;
    const bytes = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#bytes);
    this.#resolve({ status: this.#status, text: bytes.toString('utf8') });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  readonly #onAbort = (): void => this.fail(new ExchangeError('aborted', 'the signal aborted'));

  #release(): void {
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }
}
