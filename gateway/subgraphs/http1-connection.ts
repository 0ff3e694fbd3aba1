import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Carrier, HttpExchange } from './http-exchange.ts';
import { Http1Error, Http1Response } from './http1-response.ts';

export interface Http1ConnectionOptions {
  readonly url: URL;
  readonly maxResponseBytes: number;
  /** The connection may carry another request. */
  readonly onFree: (connection: Http1Connection) => void;
  readonly onClosed: (connection: Http1Connection) => void;
}

/** Idle connections are not used again after this time, or a second before the server says that it closes them. */
const IDLE_MS = 30_000;
const KEEP_ALIVE_PROBE_MS = 60_000;
/** All connections read into the same memory: what came is worked off before the next of them reads. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** One socket to a server, HTTP/1.1 with keep-alive and one request at a time. Opens itself, and closes itself after anything odd. */
export class Http1Connection implements Carrier {
  readonly #options: Http1ConnectionOptions;
  readonly #socket: Socket;
  #exchange: HttpExchange | undefined;
  #response: Http1Response | undefined;
  #staleAt = Number.POSITIVE_INFINITY;

  constructor(options: Http1ConnectionOptions) {
    this.#options = options;
    this.#socket = this.#open(options.url);
    this.#socket.on('error', (error) => this.#lose(error));
    this.#socket.on('end', () => this.#onEnd());
    this.#socket.on('close', () => {
      this.#lose(new Http1Error('closed', 'the connection was closed'));
      options.onClosed(this);
    });
  }

  /** The server may be closing it at this moment. */
  isStale(now: number): boolean {
    return now >= this.#staleAt || this.#socket.destroyed;
  }

  /** Sends a request; only when the connection is new or free. */
  carry(exchange: HttpExchange): void {
    this.#exchange = exchange;
    this.#response = new Http1Response(this.#options.maxResponseBytes);
    exchange.carrier = this;
    const { request } = exchange;
    if (typeof request === 'string') this.#socket.write(request, 'latin1');
    else this.#socket.write(request);
  }

  /** What is under way on it. */
  get exchange(): HttpExchange | undefined {
    return this.#exchange;
  }

  drop(): void {
    this.#exchange = undefined;
    this.close();
  }

  close(): void {
    this.#socket.destroy();
  }

  #open({ protocol, hostname, port }: URL): Socket {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const options = { host, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS };
    if (protocol === 'https:') {
      const servername = isIP(host) === 0 ? { servername: host } : {};
      const socket = connectTls({ ...options, port: Number(port || 443), ALPNProtocols: ['http/1.1'], ...servername });
      return socket.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    }
    const onread: OnReadOpts = {
      buffer: readBuffer,
      callback: (length) => {
        this.#onBytes(readBuffer.subarray(0, length));
        return true;
      },
    };
    return connectTcp({ ...options, port: Number(port || 80), onread });
  }

  #onBytes(bytes: Buffer): void {
    const response = this.#response;
    if (!response) return this.close(); // nobody asked
    try {
      if (response.read(bytes)) this.#finish(response);
    } catch (error) {
      this.#lose(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #onEnd(): void {
    if (this.#response?.end()) this.#finish(this.#response);
    this.close();
  }

  #finish(response: Http1Response): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#response = undefined;
    exchange?.succeed(response.answer);
    // A server that answers before it has read everything may go on to close the connection.
    if (!response.keepAlive || this.#socket.writableLength > 0) return this.close();
    const { keepAliveMs = IDLE_MS } = response;
    this.#staleAt = performance.now() + Math.min(IDLE_MS, keepAliveMs - 1_000);
    this.#options.onFree(this);
  }

  #lose(error: Error): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.fail(error, this.#response?.begun);
    this.close();
  }
}
