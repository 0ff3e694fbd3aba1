import type { CallContext } from './subgraph-client.ts';
import { Http1Error, type HttpAnswer } from './http1-response.ts';

/** What carries an exchange at the moment: a connection, or the line of those that wait for one. */
export interface Carrier {
  /** The exchange has failed. */
  drop(exchange: HttpExchange): void;
}

const nobody = (): void => undefined;

/**
 * One request and its whole answer. Ends at once when it fails, also while it still waits for a connection; the connection of a request
 * under way is closed then, which tells the subgraph.
 */
export class HttpExchange {
  /** Head and body, as they are sent. */
  readonly request: string | Buffer;
  readonly deadlineAt: number;
  readonly answer: Promise<HttpAnswer>;
  carrier: Carrier | undefined;
  readonly #signal: CallContext['signal'];
  readonly #onEnd: () => void;
  #isOver = false;
  #resolve: (answer: HttpAnswer) => void = nobody;
  #reject: (error: Error) => void = nobody;

  /** @param onEnd told once, however it ends */
  constructor(request: string | Buffer, deadlineAt: number, signal: CallContext['signal'], onEnd: () => void) {
    this.request = request;
    this.deadlineAt = deadlineAt;
    this.#signal = signal;
    this.#onEnd = onEnd;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    signal.addEventListener('abort', this);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  succeed(answer: HttpAnswer): void {
    if (this.#isOver) return;
    this.#end();
    this.#resolve(answer);
  }

  /** @param begun true when a part of the answer had come: the request must not be sent again */
  fail(error: Error, begun = false): void {
    if (this.#isOver) return;
    const { carrier } = this;
    this.#end();
    carrier?.drop(this);
    this.#reject(begun ? Object.assign(error, { answerHadBegun: true }) : error);
  }

  #end(): void {
    this.#isOver = true;
    this.carrier = undefined;
    this.#signal.removeEventListener('abort', this);
    this.#onEnd();
  }

  /** The signal has aborted. */
  handleEvent(): void {
    this.fail(new Http1Error('aborted', 'the client left'));
  }
}
