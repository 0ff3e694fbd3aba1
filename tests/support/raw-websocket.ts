import { WebSocket, type ClientOptions } from 'ws';
import { AsyncQueue } from '../../platform/foundation/async-queue.ts';

/** A WebSocket client that sends what a test says, right or wrong, and shows what came. */
export interface RawWebSocket extends AsyncDisposable {
  readonly socket: WebSocket;
  /** Sends an object as JSON, or text and bytes as they are. */
  send(message: object | string | Buffer): void;
  /** The next message; `[code, reason]` once the socket is closed. */
  next(): Promise<unknown>;
  /** The code and reason that the socket is closed with; messages before it are skipped. */
  closed(): Promise<[number, string]>;
}

export async function openWebSocket(url: string, protocol: string | undefined, options: ClientOptions = {}): Promise<RawWebSocket> {
  const socket = protocol === undefined ? new WebSocket(url, options) : new WebSocket(url, protocol, options);
  const messages = new AsyncQueue<unknown>({ bound: 100_000 });
  const closed = new Promise<[number, string]>((resolve) => socket.on('close', (code, reason) => resolve([code, reason.toString()])));
  socket.on('message', (data) => messages.push(JSON.parse(data.toString())));
  void closed.then((end) => {
    messages.push(end);
    messages.end();
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.on('error', () => undefined);
  return {
    socket,
    send: (message) => socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)),
    next: async () => ((await messages.next()) as IteratorResult<unknown>).value,
    closed: () => closed,
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}
