import type { Gauge } from '../platform/foundation/metrics.ts';

/** The same stream, counted in the gauge until it ends, fails or is left. */
export function countOpen<T>(stream: AsyncIterableIterator<T>, open: Gauge): AsyncIterableIterator<T> {
  open.inc();
  let isOpen = true;
  const close = (): void => {
    if (isOpen) open.dec();
    isOpen = false;
  };
  const counted: AsyncIterableIterator<T> = {
    async next() {
      try {
        const result = await stream.next();
        if (result.done) close();
        return result;
      } catch (error) {
        close();
        throw error;
      }
    },
    async return() {
      close();
      return (await stream.return?.()) ?? { value: undefined, done: true };
    },
    [Symbol.asyncIterator]: () => counted,
  };
  return counted;
}
