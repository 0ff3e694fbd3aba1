import type { Socket } from 'node:net';
import type { Logger } from '../../platform/foundation/logger.ts';
import { readSendQueues, sendQueueName } from './read-send-queues.ts';

export interface UntakenBytesOptions {
  /** How long a client may take nothing of what the system holds for it. */
  readonly stallMs: number;
  readonly logger: Logger;
  /** What the system holds for each connection; default: as it says. */
  readonly readQueues?: typeof readSendQueues;
}

/** Notices clients that take nothing of what this process has long handed to the system: frozen ones, and those whose host is gone. */
export interface UntakenBytes {
  /** @param onStalled told once @returns call it when the stream is over */
  watch(socket: Socket, onStalled: () => void): () => void;
}

interface Watched {
  readonly socket: Socket;
  readonly name: string;
  readonly onStalled: () => void;
  /** What the client has acknowledged at least, and since when it is no more, while something waits for it. */
  taken: number;
  since: number | undefined;
}

/** Looks as often as this in the time that a client has. */
const LOOKS = 4;

/**
 * A socket that has room says nothing of whether anybody is there: the system takes hundreds of kilobytes for a client that is gone, and tries
 * for a quarter of an hour to deliver them. So while streams are open this looks into the system's own account of them (Linux; elsewhere
 * nothing is noticed before the system itself gives up). Holds nothing open while no stream is.
 */
export function createUntakenBytes({ stallMs, logger, readQueues = readSendQueues }: UntakenBytesOptions): UntakenBytes {
  const watched = new Set<Watched>();
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    // Counted before the system is asked: what is written in between then makes a client look slower for one look, never faster.
    const handedOver = new Map([...watched].map((each) => [each, each.socket.bytesWritten - each.socket.writableLength]));
    const queues = await readQueues();
    const now = performance.now();
    for (const [each, bytes] of handedOver) {
      if (!watched.has(each)) continue;
      const waiting = queues.get(each.name) ?? 0;
      const taken = bytes - waiting;
      const hasProgress = taken > each.taken || each.since === undefined;
      each.taken = Math.max(taken, each.taken);
      if (waiting === 0) each.since = undefined;
      else if (hasProgress) each.since = now;
      else if (each.since !== undefined && now - each.since >= stallMs) {
        watched.delete(each);
        each.onStalled();
      }
    }
  };
  const plan = (): void => {
    timer ??= setTimeout(() => {
      void look()
        .catch((error: unknown) => logger.error({ err: error }, 'looking for clients that take nothing met a bug'))
        .finally(() => {
          timer = undefined;
          if (watched.size > 0) plan();
        });
    }, stallMs / LOOKS).unref();
  };

  return {
    watch(socket, onStalled) {
      const name = sendQueueName(socket);
      if (name === undefined) return () => undefined;
      const each: Watched = { socket, name, onStalled, taken: 0, since: undefined };
      watched.add(each);
      plan();
      return () => {
        watched.delete(each);
        if (watched.size > 0) return;
        clearTimeout(timer);
        timer = undefined;
      };
    },
  };
}
