/** The whole answer to one HTTP request. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Why an answer cannot be read. `malformed`: it is not HTTP/1.1 as it should be; `closed`: the connection ended in the middle of it. */
export class Http1Error extends Error {
  readonly code: 'malformed' | 'too-large' | 'closed' | 'timeout' | 'aborted' | 'stopped';

  constructor(code: Http1Error['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_CHUNK_LINE_BYTES = 1024;
/** Every line is looked at, so that nothing can hide a second answer in a header. Nothing in it can match in two ways: the time is linear. */
const HEAD = /^HTTP\/1\.[01] [1-5]\d\d(?: [^\r\n\0]*)?(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*)*$/;

/** What the head of an answer says about the rest of it. */
interface Framing {
  status: number;
  /** Bytes of the body; `chunked`; `close`: until the connection ends. */
  length: number | 'chunked' | 'close';
  keepAlive: boolean;
  /** How long the server says that it keeps an idle connection. */
  keepAliveMs: number | undefined;
}

/**
 * Reads one HTTP/1.1 answer from the bytes of a connection, however they are cut. Strict where leniency could mix up two answers
 * (RFC 9112, sections 6 and 7): one content-length or `chunked`, never both. What it is handed may be used again after the call.
 */
export class Http1Response {
  readonly #maxBytes: number;
  #state: 'head' | 'length' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailers' | 'close' | 'done' = 'head';
  #framing: Framing = { status: 0, length: 0, keepAlive: false, keepAliveMs: undefined };
  /** Bytes of a line or a head whose end has not come. */
  #kept: Buffer | undefined;
  #parts: Buffer[] = [];
  /** How many of the parts are copies; the others stand in memory that is about to be used again. */
  #copied = 0;
  #bodyBytes = 0;
  /** Of the body or the chunk that is being read. */
  #remaining = 0;
  #trailerBytes = 0;
  #text = '';
  /** True once a byte came. */
  begun = false;

  /** @param maxBytes largest body */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** After `read` or `end` said that the answer is whole. */
  get answer(): HttpAnswer {
    return { status: this.#framing.status, text: this.#text };
  }

  /** Whether the connection may carry another request when this answer is whole. */
  get keepAlive(): boolean {
    return this.#framing.keepAlive;
  }

  get keepAliveMs(): number | undefined {
    return this.#framing.keepAliveMs;
  }

  /** @returns true when the answer is whole @throws Http1Error malformed | too-large */
  read(bytes: Buffer): boolean {
    this.begun = true;
    const all = this.#kept ? Buffer.concat([this.#kept, bytes]) : bytes;
    this.#kept = undefined;
    let at = 0;
    while (!this.#isWhole()) {
      const next = this.#step(all, at);
      if (next === undefined) {
        if (at < all.length) this.#kept = Buffer.from(all.subarray(at));
        break;
      }
      at = next;
      if (at === all.length && this.#state !== 'length') break;
    }
    if (this.#isWhole()) {
      if (at < all.length) this.#framing.keepAlive = false; // more than was asked for: whose is it?
      if (this.#parts.length > 0) this.#text = this.#join();
      return true;
    }
    this.#copyParts();
    return false;
  }

  /** The connection has ended. @returns true when that makes the answer whole */
  end(): boolean {
    if (this.#state !== 'close') return false;
    this.#state = 'done';
    this.#text = this.#join();
    return true;
  }

  #isWhole(): boolean {
    return this.#state === 'done';
  }

  /** @returns where to go on, or undefined when more bytes are needed first */
  #step(all: Buffer, at: number): number | undefined {
    switch (this.#state) {
      case 'head':
        return this.#readHead(all, at);
      case 'length':
      case 'chunk':
        return this.#readBytes(all, at);
      case 'close':
        this.#add(all.subarray(at));
        return all.length;
      case 'chunk-line':
        return this.#readLine(all, at, (line) => this.#startChunk(line));
      case 'chunk-end':
        return this.#readLine(all, at, (line) => {
          if (line !== '') throw new Http1Error('malformed', 'a chunk is longer than its size');
          this.#state = 'chunk-line';
        });
      case 'trailers':
        return this.#readLine(all, at, (line) => {
          this.#trailerBytes += line.length;
          if (this.#trailerBytes > MAX_HEAD_BYTES) throw new Http1Error('malformed', 'its trailers are too long');
          if (line === '') this.#state = 'done';
        });
      case 'done':
        return undefined;
    }
  }

  #readHead(all: Buffer, at: number): number | undefined {
    const end = all.indexOf(HEAD_END, at);
    if ((end < 0 ? all.length : end) - at > MAX_HEAD_BYTES)
      throw new Http1Error('malformed', `its headers have more than ${MAX_HEAD_BYTES} bytes`);
    if (end < 0) return undefined;
    const framing = readFraming(all.toString('latin1', at, end));
    if (framing.status === 101) throw new Http1Error('malformed', 'it changes the protocol');
    if (framing.status < 200) return end + HEAD_END.length; // informational: the answer is still to come
    this.#framing = framing;
    this.#remaining = typeof framing.length === 'number' ? framing.length : 0;
    if (this.#remaining > this.#maxBytes) throw tooLarge(this.#maxBytes);
    this.#state = framing.length === 'chunked' ? 'chunk-line' : framing.length === 'close' ? 'close' : 'length';
    const body = end + HEAD_END.length;
    if (this.#state !== 'length' || all.length - body < this.#remaining) return body;
    // Mostly head and body come together: read where they stand.
    this.#text = all.toString('utf8', body, body + this.#remaining);
    this.#state = 'done';
    return body + this.#remaining;
  }

  #readBytes(all: Buffer, at: number): number | undefined {
    const take = Math.min(this.#remaining, all.length - at);
    if (take > 0) this.#add(all.subarray(at, at + take));
    this.#remaining -= take;
    if (this.#remaining > 0) return take > 0 ? at + take : undefined;
    this.#state = this.#state === 'chunk' ? 'chunk-end' : 'done';
    return at + take;
  }

  #readLine(all: Buffer, at: number, use: (line: string) => void): number | undefined {
    const end = all.indexOf(LINE_END, at);
    if ((end < 0 ? all.length : end) - at > MAX_CHUNK_LINE_BYTES)
      throw new Http1Error('malformed', 'a line between its chunks is too long');
    if (end < 0) return undefined;
    use(all.toString('latin1', at, end));
    return end + LINE_END.length;
  }

  #startChunk(line: string): void {
    const [, digits] = /^([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n\0]*)?$/.exec(line) ?? [];
    if (digits === undefined) throw new Http1Error('malformed', 'a chunk has no size');
    this.#remaining = Number.parseInt(digits, 16);
    this.#state = this.#remaining === 0 ? 'trailers' : 'chunk';
  }

  #add(part: Buffer): void {
    this.#bodyBytes += part.length;
    if (this.#bodyBytes > this.#maxBytes) throw tooLarge(this.#maxBytes);
    this.#parts.push(part);
  }

  /** One copy for each call, however many chunks came: a server that sends single bytes must not fill the memory with objects. */
  #copyParts(): void {
    if (this.#parts.length === this.#copied) return;
    this.#parts.push(Buffer.concat(this.#parts.splice(this.#copied)));
    this.#copied += 1;
  }

  #join(): string {
    const [first] = this.#parts;
    if (first === undefined) return '';
    return (this.#parts.length === 1 ? first : Buffer.concat(this.#parts, this.#bodyBytes)).toString('utf8');
  }
}

function tooLarge(maxBytes: number): Http1Error {
  return new Http1Error('too-large', `more than ${maxBytes} bytes`);
}

/** @throws Http1Error malformed */
function readFraming(head: string): Framing {
  if (!HEAD.test(head)) throw new Http1Error('malformed', 'what came is no HTTP/1.1');
  const status = Number(head.slice(9, 12));
  let length: string | undefined;
  let isChunked = false;
  let connection = '';
  let keepAliveMs: number | undefined;
  for (let at = head.indexOf('\r\n'); at >= 0;) {
    const next = head.indexOf('\r\n', at + 2);
    const colon = head.indexOf(':', at);
    switch (colon - at - 2) {
      case 'connection'.length: {
        const name = head.slice(at + 2, colon).toLowerCase();
        const value = valueAt(head, colon, next).toLowerCase();
        if (name === 'connection') connection += `,${value}`;
        else if (name === 'keep-alive') keepAliveMs = toKeepAliveMs(value);
        break;
      }
      case 'content-length'.length: {
        if (head.slice(at + 2, colon).toLowerCase() !== 'content-length') break;
        const value = valueAt(head, colon, next);
        if (!/^\d{1,15}$/.test(value) || (length !== undefined && length !== value))
          throw new Http1Error('malformed', 'its length is not clear');
        length = value;
        break;
      }
      case 'transfer-encoding'.length:
        if (head.slice(at + 2, colon).toLowerCase() !== 'transfer-encoding') break;
        if (isChunked || valueAt(head, colon, next).toLowerCase() !== 'chunked')
          throw new Http1Error('malformed', 'its transfer-encoding is not known');
        isChunked = true;
        break;
    }
    at = next;
  }
  if (isChunked && length !== undefined) throw new Http1Error('malformed', 'it has a length and is chunked');
  const hasBody = status !== 204 && status !== 304;
  const isDelimited = !hasBody || isChunked || length !== undefined;
  const isVersion11 = head.startsWith('HTTP/1.1');
  return {
    status,
    length: !hasBody ? 0 : isChunked ? 'chunked' : length === undefined ? 'close' : Number(length),
    keepAlive: isDelimited && (isVersion11 ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection)),
    keepAliveMs,
  };
}

function valueAt(head: string, colon: number, next: number): string {
  return head.slice(colon + 1, next < 0 ? undefined : next).trim();
}

function toKeepAliveMs(value: string): number | undefined {
  const [, seconds] = /\btimeout=(\d{1,6})\b/.exec(value) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
