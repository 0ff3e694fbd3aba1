/** An object of an answer. Which names it holds is decided by the network, so it is never trusted to be free of odd ones. */
export type Data = Record<string, unknown>;

/** Whether a name is that of an object type: not of an interface, which is what a subgraph with an @interfaceObject calls its objects. */
export type IsObjectType = (typeName: string) => boolean;

/**
 * Merges what one fetch brought into what others brought, in place. Objects are merged name by name and lists of one length item by item;
 * anything else is replaced, except that null never replaces something: a subgraph that could not answer does not take away what another did.
 * Nor does the name of an interface replace that of an object's own type. `__proto__` is left out: the plan never asks for it.
 */
export function mergeInto(target: Data, source: Data, isObjectType: IsObjectType): void {
  if (target === source) return;
  for (const name in source) {
    if (name === '__proto__') continue;
    if (name === '__typename' && typeof target[name] === 'string' && !isObjectType(source[name] as string)) continue;
    target[name] = mergeValue(target[name], source[name], isObjectType);
  }
}

/** `existing` may be a function: what a plain object inherits under names like `constructor`. JSON holds none, so it counts as absent. */
function mergeValue(existing: unknown, incoming: unknown, isObjectType: IsObjectType): unknown {
  if (incoming === null || incoming === undefined) return existing === undefined || typeof existing === 'function' ? incoming : existing;
  if (typeof incoming !== 'object' || typeof existing !== 'object' || existing === null) return incoming;
  if (!Array.isArray(incoming)) {
    if (Array.isArray(existing)) return incoming;
    mergeInto(existing as Data, incoming as Data, isObjectType);
    return existing;
  }
  if (!Array.isArray(existing) || existing.length !== incoming.length) return incoming;
  for (let index = 0; index < incoming.length; index += 1) existing[index] = mergeValue(existing[index], incoming[index], isObjectType);
  return existing;
}

/** True for what JSON calls an object. */
export function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value that `data` itself holds under a name: not what every object inherits under names like `constructor`. */
export function ownValue(data: Data, name: string): unknown {
  const value = data[name];
  return typeof value === 'function' ? undefined : value;
}
