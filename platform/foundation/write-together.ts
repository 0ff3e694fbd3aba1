import type { Writable } from 'node:stream';

const held = new Set<Writable>();

/**
 * What is written to this stream until the turn of the event loop ends leaves together, in one system call: call it before each write that another one may follow
 * soon. A stream that was destroyed meanwhile loses what it holds, as it loses what it buffers.
 */
export function writeTogether(stream: Writable): void {
  if (held.has(stream)) return;
  if (held.size === 0) setImmediate(releaseAll);
  held.add(stream);
  stream.cork();
}

/** Does so with everything that is written to this stream from now on: for a library that writes piece by piece. */
export function alwaysWriteTogether(stream: Writable): void {
  const write = stream.write.bind(stream) as (...parameters: unknown[]) => boolean;
  stream.write = (...parameters: unknown[]): boolean => {
    writeTogether(stream);
    return write(...parameters);
  };
}

function releaseAll(): void {
  const streams = [...held];
  held.clear();
  for (const stream of streams) stream.uncork();
}
