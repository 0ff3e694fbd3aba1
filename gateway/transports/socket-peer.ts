import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { writeTogether } from '../../platform/foundation/write-together.ts';
import type { GatewayResult } from '../engine.ts';
import { resultText } from './once-per-result.ts';

export interface SocketPeerOptions {
  /** What carries the WebSocket. */
  readonly carrier: Duplex;
  /** What may wait in this process to be sent before senders have to wait. */
  readonly maxBufferedBytes: number;
  /** How many messages may wait beyond that; with one more, nothing more is read from the client until there is room. */
  readonly maxWaiting: number;
  /** How long a client may take nothing while something waits. */
  readonly stallMs: number;
  /** How long it may take to answer our close before the socket is cut. */
  readonly graceMs: number;
  /** Told when the client is closed for reading too slowly. */
  readonly onTooSlow: () => void;
  /** Told when we begin to close: what still runs for this client can end. */
  readonly onClosing: () => void;
}

/** Try again later: clients that know the graphql-ws protocol reconnect on it. */
const TOO_SLOW_CODE = 1013;
const TOO_SLOW_REASON = 'SUBSCRIPTION_TOO_SLOW: subscribe again behind the last event that came';

/**
 * The sending side of one client's WebSocket. Text that the client does not take waits in this process, so there is a bound: above it
 * senders wait, and with them whatever they read from; when nothing moves for `stallMs` the socket is closed with 1013. Answers to what the client
 * sends wait for nobody, so a client that asks and does not read is itself not read.
 */
export class SocketPeer {
  readonly #socket: WebSocket;
  readonly #options: SocketPeerOptions;
  #waiting: (() => void)[] = [];
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, options: SocketPeerOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('close', () => this.#release());
  }

  /** Resolves when there is room for more, or when nobody is there any more. */
  async send(message: object): Promise<void> {
    if (this.#isFull()) await this.#room();
    await this.#writeAndWait(JSON.stringify(message));
  }

  /** A result of an operation. What all clients of it get is written once, and put between what is this client's own. @returns as `send`; undefined when there is room */
  sendResult(id: string, type: string, result: GatewayResult): Promise<void> | undefined {
    const text = `{"id":${JSON.stringify(id)},"type":"${type}","payload":${resultText(result)}}`;
    if (this.#isFull()) return this.#room().then(() => this.#writeAndWait(text));
    return this.#writeAndWait(text);
  }

  /** Sends what matters only now, such as the answer to a ping; leaves it out when the client does not keep up. */
  sendIfRoom(message: object): void {
    if (!this.#isFull()) this.#write(JSON.stringify(message));
  }

  /** @param reason at most 123 bytes */
  close(code: number, reason: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.close(code, reason);
    this.#options.onClosing();
    const timer = setTimeout(() => this.#socket.terminate(), this.#options.graceMs);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #write(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    writeTogether(this.#options.carrier);
    this.#socket.send(text, this.#onSent);
  }

  #writeAndWait(text: string): Promise<void> | undefined {
    this.#write(text);
    return this.#isFull() ? this.#room() : undefined;
  }

  #isFull(): boolean {
    return this.#socket.readyState === WebSocket.OPEN && this.#socket.bufferedAmount > this.#options.maxBufferedBytes;
  }

  #room(): Promise<void> {
    this.#stallTimer ??= setTimeout(() => this.#onStalled(), this.#options.stallMs);
    if (this.#waiting.length >= this.#options.maxWaiting) this.#socket.pause();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  readonly #onSent = (): void => {
    if (this.#waiting.length === 0) return;
    this.#stallTimer?.refresh();
    if (!this.#isFull()) this.#release();
  };

  #onStalled(): void {
    this.#options.onTooSlow();
    this.close(TOO_SLOW_CODE, TOO_SLOW_REASON);
    this.#release();
  }

  #release(): void {
    clearTimeout(this.#stallTimer);
    this.#stallTimer = undefined;
    if (this.#socket.isPaused) this.#socket.resume();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
