import type { Stoppable } from '../../platform/foundation/lifecycle.ts';

/** A stream or socket that is open towards a client. */
export interface OpenStream {
  /** Ends it politely, in a way that lets the client know that there may be more. */
  end(): void;
}

/** All that is open towards clients, so that stopping can end it before the server waits for it. */
export interface OpenStreams extends Stoppable {
  /** True once stopping has begun: nothing new may be opened. */
  readonly stopping: boolean;
  /** @returns call it when the stream is over */
  add(stream: OpenStream): () => void;
}

export function createOpenStreams(): OpenStreams {
  const open = new Set<OpenStream>();
  let stopping = false;
  return {
    get stopping() {
      return stopping;
    },
    add(stream) {
      open.add(stream);
      if (stopping) stream.end(); // it was being opened when stopping began
      return () => open.delete(stream);
    },
    stop() {
      stopping = true;
      for (const stream of open) stream.end();
    },
  };
}
