import { setImmediate as afterInput } from 'node:timers/promises';
import type { ServerResponse, OutgoingHttpHeaders } from 'node:http';
import type { StreamFormat } from './stream-format.ts';
import type { StreamOptions } from './stream-options.ts';

export interface WriteStreamOptions extends Omit<StreamOptions, 'onClientLost'> {
  readonly headers: OutgoingHttpHeaders;
}

/** How a stream ended, for logs and metrics. */
export type StreamEnd = 'completed' | 'client-left' | 'too-slow' | 'too-old' | 'stopping';

export interface WrittenStream {
  readonly ended: Promise<StreamEnd>;
  /** Ends the response without saying that the operation is complete: the gateway stops, and the client may come back elsewhere. */
  end(): void;
}

/** A stream that always has a next result gives way to everything else after this many. */
const BURST = 64;
/** Streams that were opened together do not end together. */
const AGE_SPREAD = 0.1;

/**
 * Writes results as they come, pulling the next one only when the client has room for it. Leaves `results` (`return`) at once when the
 * client is gone, also while a result is awaited. The response is ended, whatever happens; when `results` throws, `ended` rejects.
 */
export function writeStream<Message>(
  response: ServerResponse,
  results: AsyncIterator<Message>,
  format: StreamFormat<Message>,
  options: WriteStreamOptions,
): WrittenStream {
  let reason: StreamEnd = 'completed';
  let closing = '';
  let full = false;
  const leave = (why: StreamEnd): void => {
    reason = why;
    results.return?.().catch(() => undefined); // `next` tells, and nobody listens any more
  };
  const onClose = (): void => {
    if (!response.writableEnded) leave('client-left');
  };
  const endAsTooSlow = (): void => {
    if (reason !== 'completed') return;
    closing = format.tooSlow;
    leave('too-slow');
  };
  response.on('close', onClose);
  response.writeHead(200, { ...format.headers, ...options.headers });
  response.write(format.opening);
  const keepAlive = setInterval(() => !full && format.keepAlive !== '' && response.write(format.keepAlive), options.keepAliveMs);
  const oldAt =
    options.maxAgeMs === 0 ? undefined : setTimeout(() => leave('too-old'), options.maxAgeMs * (1 - AGE_SPREAD * Math.random()));
  const unwatch = response.socket ? options.untakenBytes.watch(response.socket, endAsTooSlow) : undefined;

  const write = async (): Promise<StreamEnd> => {
    try {
      for (let count = 1; ; count += 1) {
        if (count % BURST === 0) await afterInput();
        const { value, done } = await results.next();
        if (done && reason === 'completed') closing = format.closing;
        if (done || response.destroyed || reason !== 'completed') return reason;
        keepAlive.refresh();
        if (response.write(format.encode(value))) continue;
        full = true;
        const hasRoom = await room(response, options.stallMs);
        full = false;
        if (!hasRoom && !response.destroyed) {
          endAsTooSlow();
          return reason;
        }
      }
    } finally {
      clearInterval(keepAlive);
      clearTimeout(oldAt);
      unwatch?.();
      response.off('close', onClose);
      if (reason === 'too-slow' || reason === 'too-old') cut(response, closing, options.graceMs);
      else if (!response.destroyed) response.end(closing);
    }
  };
  return { ended: write(), end: () => leave('stopping') };
}

/** @returns false when the client took nothing for `stallMs` */
function room(response: ServerResponse, stallMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (hasRoom: boolean) => (): void => {
      clearTimeout(timer);
      response.off('drain', onDrain).off('close', onClose);
      resolve(hasRoom);
    };
    const timer = setTimeout(settle(false), stallMs);
    const onDrain = settle(true);
    const onClose = settle(false);
    response.on('drain', onDrain).on('close', onClose);
  });
}

/** Ends the response and its connection, on which nobody may be any more: it is not kept for another request, and not waited for longer than `graceMs`. */
function cut(response: ServerResponse, closing: string, graceMs: number): void {
  const { socket } = response;
  if (response.destroyed || !socket) return;
  response.end(closing, () => socket.destroySoon());
  const timer = setTimeout(() => socket.destroy(), graceMs);
  socket.on('close', () => clearTimeout(timer));
}
