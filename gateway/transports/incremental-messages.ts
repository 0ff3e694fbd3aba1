import type { IncrementalAnswer } from '../engine.ts';
import type { IncrementalMessage } from './incremental-format.ts';

/** An answer in parts as the messages that a stream writes. `return()` ends the work upstream, also while a message is awaited. */
export function toIncrementalMessages({ initial, pending, updates }: IncrementalAnswer): AsyncIterator<IncrementalMessage> {
  let isFirst = true;
  return {
    async next() {
      if (isFirst) {
        isFirst = false;
        return { value: { initial, pending }, done: false };
      }
      const { value, done } = await updates.next();
      return done ? { value: undefined, done: true } : { value: { update: value }, done: false };
    },
    async return() {
      await updates.return?.();
      return { value: undefined, done: true };
    },
  };
}
