import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  /** Of the body, without the framing. */
  readonly bytes: number;
  /** Empty unless it was asked for. */
  readonly body: string;
}

interface Waiting {
  readonly keepBody: boolean;
  resolve(answer: HttpAnswer): void;
  reject(error: Error): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/**
 * One kept HTTP/1.1 connection that sends prepared bytes and reads one answer at a time. As cheap as can be, because the load generator
 * shares its cores with what it measures: headers are looked at for the length, bodies are counted and kept only when asked for.
 */
export class HttpConnection {
  readonly #socket: Socket;
  #waiting: Waiting | undefined;
  #head: Buffer | undefined;
  #status = 0;
  /** What the header said; undefined: the answer comes in chunks. */
  #length: number | undefined;
  #received = 0;
  #framed: Buffer[] = [];
  #tail: Buffer = Buffer.alloc(0);
  #reading = false;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#onData(chunk));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  /** @throws Error when the connection ends first */
  send(request: Buffer, keepBody: boolean): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { keepBody, resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    if (this.#reading) return this.#onBody(chunk);
    const head = this.#head ? Buffer.concat([this.#head, chunk]) : chunk;
    const end = head.indexOf(HEAD_END);
    if (end < 0) {
      this.#head = head;
      return;
    }
    this.#head = undefined;
    const text = head.toString('latin1', 0, end).toLowerCase();
    this.#status = Number(text.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/.exec(text);
    this.#length = length ? Number(length[1]) : undefined;
    if (this.#length === undefined && !/\r\ntransfer-encoding: *chunked/.test(text)) {
      return this.#fail(new Error(`an answer without a length:\n${text}`));
    }
    this.#reading = true;
    this.#onBody(head.subarray(end + HEAD_END.length));
  }

  #onBody(chunk: Buffer): void {
    this.#received += chunk.length;
    const isChunked = this.#length === undefined;
    if (this.#waiting?.keepBody || isChunked) this.#framed.push(chunk);
    if (isChunked) {
      // A body of JSON has no bare line ends, so what looks like the last chunk is it.
      this.#tail = chunk.length >= LAST_CHUNK.length ? chunk : Buffer.concat([this.#tail, chunk]);
      if (!this.#tail.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) return;
    } else if (this.#received < (this.#length ?? 0)) return;
    this.#finish(isChunked);
  }

  #finish(isChunked: boolean): void {
    const framed = this.#framed.length === 1 ? this.#framed[0] : Buffer.concat(this.#framed);
    const body = isChunked ? joinChunks(framed ?? Buffer.alloc(0)) : framed;
    const waiting = this.#waiting;
    const bytes = isChunked ? (body?.length ?? 0) : this.#received;
    this.#waiting = undefined;
    this.#reading = false;
    this.#received = 0;
    this.#framed = [];
    this.#tail = Buffer.alloc(0);
    waiting?.resolve({ status: this.#status, bytes, body: waiting.keepBody && body ? body.toString() : '' });
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    this.#socket.destroy();
  }
}

function joinChunks(framed: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < framed.length;) {
    const lineEnd = framed.indexOf('\r\n', at);
    const size = Number.parseInt(framed.toString('latin1', at, lineEnd), 16);
    if (!(size > 0)) break;
    parts.push(framed.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(parts);
}
