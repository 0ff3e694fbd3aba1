import type { GatewayResult, IncrementalAnswer, IncrementalUpdate } from '../../gateway/engine.ts';

type Place = readonly (string | number)[];

/** All parts of an answer, as clients see them in the end. */
export interface MergedAnswer {
  readonly data: unknown;
  readonly errors: readonly { readonly message: string; readonly path?: Place | undefined }[];
  /** Places of the parts that failed: nothing of them came. */
  readonly failed: readonly Place[];
  readonly updates: readonly IncrementalUpdate[];
}

/**
 * Takes an answer to its end and puts it together twice, as the two formats tell clients to. Throws when an announcement does not fit what came,
 * when something is sent twice, and when the two disagree.
 */
export async function mergeParts(answer: GatewayResult | IncrementalAnswer): Promise<MergedAnswer> {
  if (!('updates' in answer)) return { data: copy(answer.data), errors: answer.errors ?? [], failed: [], updates: [] };
  const deep = copy(answer.initial.data);
  const exact = copy(answer.initial.data);
  const errors = [...(answer.initial.errors ?? [])];
  const failed: Place[] = [];
  const updates: IncrementalUpdate[] = [];
  const announced = new Map(answer.pending.map((part) => [part.id, part]));
  for await (const update of answer.updates) {
    updates.push(update);
    for (const part of update.pending) announced.set(part.id, part);
    for (const part of update.delivered) {
      const pending = announced.get(part.id);
      if (!pending || pending.label !== part.label || pending.path !== part.path) throw new Error(`part ${part.id} was not announced`);
      announced.delete(part.id);
      errors.push(...part.errors);
      if (part.data === null) {
        failed.push(part.path);
        if (part.errors.length === 0) throw new Error(`part ${part.id} failed without an error`);
        continue;
      }
      mergeDeep(at(deep, part.path), copy(part.data));
      for (const { subPath, data } of part.pieces) addFields(at(exact, [...part.path, ...subPath]), copy(data));
    }
    if (!update.hasNext && announced.size > 0) throw new Error('parts are missing');
  }
  if (announced.size > 0) throw new Error('the answer ended early');
  if (JSON.stringify(sorted(deep)) !== JSON.stringify(sorted(exact)))
    throw new Error(`merged deeply ${JSON.stringify(deep)}, piece by piece ${JSON.stringify(exact)}`);
  return { data: exact, errors, failed, updates };
}

/** The same data with the names in one order: parts come after what stands behind them in the operation. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(record)
      .sort()
      .map((name) => [name, sorted(record[name])]),
  );
}

function at(data: unknown, path: Place): Record<string, unknown> {
  let value = data;
  for (const name of path) value = (value as Record<string | number, unknown>)[name];
  if (typeof value !== 'object' || value === null) throw new Error(`there is no object at ${path.join('.')}`);
  return value as Record<string, unknown>;
}

function addFields(target: Record<string, unknown>, fields: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (Object.hasOwn(target, name)) throw new Error(`${name} was sent twice`);
    target[name] = value;
  }
}

/** As Apollo Client does. */
function mergeDeep(target: unknown, source: unknown): unknown {
  if (typeof source !== 'object' || source === null || typeof target !== 'object' || target === null) return source;
  if (Array.isArray(source)) {
    const list = target as unknown[];
    list.length = Math.min(list.length, source.length);
    for (const [index, item] of source.entries()) list[index] = mergeDeep(list[index], item);
    return list;
  }
  const record = target as Record<string, unknown>;
  for (const [name, value] of Object.entries(source)) record[name] = name in record ? mergeDeep(record[name], value) : value;
  return record;
}

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value ?? null)) as T;
}
