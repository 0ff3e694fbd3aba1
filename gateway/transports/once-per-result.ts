import type { GatewayResult } from '../engine.ts';
import { toJson } from '../numerals/hidden-numerals.ts';

/**
 * Clients that share a subscription get the very same result object, so what is written of it is made once and kept as long as the result.
 * Results are never changed once they are handed out.
 * @param write pure: what it makes of a result depends on nothing else
 */
export function oncePerResult<Written>(write: (result: GatewayResult) => Written): (result: GatewayResult) => Written {
  const written = new WeakMap<GatewayResult, { readonly value: Written }>();
  return (result) => {
    const known = written.get(result);
    if (known) return known.value;
    const value = write(result);
    written.set(result, { value });
    return value;
  };
}

/** A result as JSON; the payload of every transport of events. */
export const resultText = oncePerResult(toJson);
