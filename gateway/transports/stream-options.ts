import type { UntakenBytes } from './untaken-bytes.ts';

/** Why the gateway let go of a client that had not left: it did not read (`too-slow`), or gave no sign of life (`no-answer`). */
export type ClientLoss = 'too-slow' | 'no-answer';

/** How streams and sockets towards clients are watched. */
export interface StreamOptions {
  /** A stream in which nothing happens says so this often. */
  readonly keepAliveMs: number;
  /** How long a client may leave what it was sent unread. */
  readonly stallMs: number;
  /** How long a client that the gateway gave up may take to read the rest before its connection is cut. */
  readonly graceMs: number;
  /** How long a stream over HTTP may last before its client has to come back; 0: for ever. */
  readonly maxAgeMs: number;
  readonly untakenBytes: UntakenBytes;
  readonly onClientLost: (loss: ClientLoss) => void;
}
