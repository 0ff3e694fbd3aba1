import type { Engine, GatewayResult } from '../engine.ts';
import { SocketOperations } from './socket-operations.ts';
import { resultText } from './once-per-result.ts';
import { serverSentEvents } from './sse.ts';
import { TOO_SLOW, type StreamFormat } from './stream-format.ts';

export interface ReservedStreamOptions {
  /** One that does not throw: see `createMaskedEngine`. */
  readonly engine: Engine;
  readonly maxOperations: number;
  /** The Authorization header that it was reserved with. */
  readonly authorization: string | undefined;
  /** Told once, when nothing can be done with it any more. */
  readonly onOver: () => void;
}

interface WaitingEvent {
  readonly id: string;
  readonly text: string;
  /** Lets the operation go on. */
  readonly taken: () => void;
}

/** A stream that nobody opened yet holds results of this many operations, no more: they wait in this process. */
const MAX_OPERATIONS_BEFORE_OPENING = 10;

/**
 * One event stream that carries the results of many operations, from its reservation until its client leaves. An operation waits until its
 * last result was taken, so at most one result of each is held here; whoever writes the stream pulls from `events`.
 */
export class ReservedStream {
  readonly operations: SocketOperations;
  readonly #options: ReservedStreamOptions;
  #waiting: WaitingEvent[] = [];
  #reader: ((event: IteratorResult<string>) => void) | undefined;
  #state: 'reserved' | 'open' | 'over' = 'reserved';

  constructor(options: ReservedStreamOptions) {
    this.#options = options;
    const { engine, maxOperations } = options;
    this.operations = new SocketOperations({
      engine,
      maxOperations,
      messages: {
        next: (id, payload) => this.#push(id, nextEvent(id, payload)),
        error: (id, errors) => this.#push(id, nextEvent(id, { errors }) + completeEvent(id)),
        complete: (id) => this.#push(id, completeEvent(id)),
      },
    });
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** True when the stream has as many operations, or events that its client has not taken, as it may have. */
  get isFull(): boolean {
    const most = this.isOpen ? this.#options.maxOperations : Math.min(MAX_OPERATIONS_BEFORE_OPENING, this.#options.maxOperations);
    return Math.max(this.operations.size, this.#waiting.length) >= most;
  }

  /** Who has a token has the right to its stream, but for one thing: a token that was reserved by somebody who said who they are is nobody else's. */
  belongsTo(authorization: string | undefined): boolean {
    return this.#options.authorization === undefined || this.#options.authorization === authorization;
  }

  open(): void {
    this.#state = 'open';
  }

  /** Ends an operation on its client's behalf; what it still had to say is not said, but that it is complete. Unknown ones are complete already. */
  stop(id: string): void {
    if (!this.operations.stop(id)) return;
    const [its, others] = [this.#waiting.filter((event) => event.id === id), this.#waiting.filter((event) => event.id !== id)];
    this.#waiting = others;
    for (const { taken } of its) taken();
    void this.#push(id, completeEvent(id));
  }

  /** Ends the stream and all its operations; may be called again. */
  end(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.operations.stopAll();
    for (const { taken } of this.#waiting) taken();
    this.#waiting = [];
    this.#reader?.({ value: undefined, done: true });
    this.#reader = undefined;
    this.#options.onOver();
  }

  /** What is to be written, one text for each event; read once, and leaving it ends the stream. */
  readonly events: AsyncIterator<string> = {
    next: () => this.#take(),
    return: async () => {
      this.end();
      return { value: undefined, done: true };
    },
  };

  /** How the stream is written: its events are texts already. It has no closing, because more operations could always come. */
  readonly format = ((stream): StreamFormat<string> => ({
    headers: serverSentEvents.headers,
    opening: serverSentEvents.opening,
    keepAlive: serverSentEvents.keepAlive,
    encode: (event) => event,
    closing: '',
    get tooSlow() {
      return stream
        .#unfinished()
        .map((id) => nextEvent(id, TOO_SLOW) + completeEvent(id))
        .join('');
    },
  }))(this);

  /** Operations of which the client has not seen the end. */
  #unfinished(): string[] {
    return [...new Set([...this.operations.ids, ...this.#waiting.map(({ id }) => id)])];
  }

  #push(id: string, text: string): Promise<void> {
    if (this.#state === 'over') return Promise.resolve();
    if (!this.#reader) return new Promise((taken) => this.#waiting.push({ id, text, taken }));
    this.#reader({ value: text, done: false });
    this.#reader = undefined;
    return Promise.resolve();
  }

  async #take(): Promise<IteratorResult<string>> {
    if (this.#state === 'over') return { value: undefined, done: true };
    const event = this.#waiting.shift();
    if (!event) return new Promise((resolve) => (this.#reader = resolve));
    event.taken();
    return { value: event.text, done: false };
  }
}

function nextEvent(id: string, payload: GatewayResult): string {
  return `event: next\ndata: {"id":${JSON.stringify(id)},"payload":${resultText(payload)}}\n\n`;
}

function completeEvent(id: string): string {
  return `event: complete\ndata: ${JSON.stringify({ id })}\n\n`;
}
