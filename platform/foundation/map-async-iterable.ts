/** Maps each item as it is pulled. Leaving the result leaves the source at once, also while it is waiting for its next item, if the source allows that (a generator does not). */
export function mapAsyncIterable<T, U>(source: AsyncIterable<T>, map: (item: T) => Promise<U> | U): AsyncIterableIterator<U> {
  const iterator = source[Symbol.asyncIterator]();
  const leave = async (): Promise<IteratorResult<U>> => {
    await iterator.return?.();
    return { value: undefined, done: true };
  };
  return {
    async next() {
      const result = await iterator.next();
      if (result.done) return { value: undefined, done: true };
      try {
        return { value: await map(result.value), done: false };
      } catch (error) {
        await leave().catch(() => undefined); // the first error is the one to tell
        throw error;
      }
    },
    return: leave,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
