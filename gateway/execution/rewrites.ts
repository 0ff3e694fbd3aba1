import type { PathStep, Rewrite } from '../planning/executable-plan.ts';
import { isData, ownValue, type Data } from './merge.ts';

/** Applies a plan's rewrites to data, in place. */
export function applyRewrites(rewrites: readonly Rewrite[], data: unknown): void {
  for (const rewrite of rewrites) applyAt(rewrite.path, 0, data, rewrite);
}

function applyAt(path: readonly PathStep[], depth: number, value: unknown, rewrite: Rewrite): void {
  if (Array.isArray(value)) {
    for (const item of value) applyAt(path, depth, item, rewrite);
    return;
  }
  if (!isData(value)) return;
  const step = path[depth];
  if (!step) change(value, rewrite);
  else if (step.kind === 'key') applyAt(path, depth + 1, ownValue(value, step.key), rewrite);
  else if (step.kind === 'list' || isOfType(value, step.types)) applyAt(path, depth + 1, value, rewrite);
}

/** An object that does not say its type is taken for the right one: the selection did not ask for its name because there was no choice. */
function isOfType(value: Data, types: ReadonlySet<string>): boolean {
  const typeName = value['__typename'];
  return typeof typeName !== 'string' || types.has(typeName);
}

function change(object: Data, { key, change: rewrite }: Rewrite): void {
  if (rewrite.kind === 'set') {
    object[key] = rewrite.value;
    return;
  }
  const value = ownValue(object, key);
  if (value === undefined) return;
  object[rewrite.to] = value;
  object[key] = undefined;
}
