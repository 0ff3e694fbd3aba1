import type { GatewayResult } from '../engine.ts';

/**
 * The results of a subscription for one stream: first the one that was already asked for, then the rest. Ends behind the first failure,
 * and leaves the subscription then.
 */
export function createEventResults(
  first: Promise<IteratorResult<GatewayResult>>,
  rest: AsyncIterableIterator<GatewayResult>,
  isFailure: (result: GatewayResult) => boolean,
): AsyncIterator<GatewayResult> {
  let waiting: typeof first | undefined = first;
  let over = false;
  const leave = async (): Promise<IteratorResult<GatewayResult>> => {
    over = true;
    await rest.return?.();
    return { value: undefined, done: true };
  };
  return {
    async next() {
      if (over) return { value: undefined, done: true };
      const asked = waiting ?? rest.next();
      waiting = undefined;
      const item = await asked;
      if (!item.done && isFailure(item.value)) await leave();
      return item;
    },
    return: leave,
  };
}
