import type { PathStep } from '../planning/executable-plan.ts';
import { isData, ownValue, type Data } from './merge.ts';

export type ResponsePath = readonly (string | number)[];

/** An object with the way that leads to it. */
export interface Located {
  readonly object: Data;
  readonly path: ResponsePath;
  /** From the root down to the object's parent. */
  readonly ancestors: readonly Data[];
}

/** From here on objects are told apart: entities that lead back to each other (author, reviews, author …) grow with every level. */
const MANY = 10_000;

/** The objects at a path, in the order of the lists on the way. Nulls, and whatever is not shaped as the path expects, are left out. */
export function collectTargets(root: Data, path: readonly PathStep[]): Data[] {
  let level: unknown[] = [root];
  for (const step of path) {
    const next: unknown[] = [];
    for (const value of level) {
      if (step.kind === 'list') pushItems(value, next);
      else pushStep(value, step, next);
    }
    level = next.length > MANY ? [...new Set(next)] : next;
  }
  return path.length === 0 ? [root] : flattenObjects(level);
}

/** As `collectTargets`, with paths and ancestors: only for errors and for arguments that come from above. At most 10,000 places are found. */
export function locateTargets(root: Data, path: readonly PathStep[]): Located[] {
  const located: Located[] = [];
  walk(root, path, 0, [], [], located);
  return located;
}

function pushItems(value: unknown, next: unknown[]): void {
  if (!Array.isArray(value)) return;
  for (const item of value as unknown[]) if (item !== null) next.push(item);
}

/** A list where an object is expected is gone into: a planner may leave out the `@` of an inner list. */
function pushStep(value: unknown, step: Exclude<PathStep, { kind: 'list' }>, next: unknown[]): void {
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) pushStep(item, step, next);
  } else if (isData(value)) {
    if (step.kind === 'type') {
      if (step.types.has(value['__typename'] as string)) next.push(value);
      return;
    }
    const child = ownValue(value, step.key);
    if (child !== null && child !== undefined) next.push(child);
  }
}

function flattenObjects(level: readonly unknown[]): Data[] {
  const objects: Data[] = [];
  for (const value of level) {
    if (Array.isArray(value)) for (const object of flattenObjects(value)) objects.push(object);
    else if (isData(value)) objects.push(value);
  }
  return objects;
}

function walk(
  value: unknown,
  path: readonly PathStep[],
  depth: number,
  at: ResponsePath,
  ancestors: readonly Data[],
  located: Located[],
): void {
  if (located.length >= MANY) return;
  const step = path[depth];
  if (Array.isArray(value)) {
    const next = step?.kind === 'list' ? depth + 1 : depth;
    for (const [index, item] of value.entries()) walk(item, path, next, [...at, index], ancestors, located);
  } else if (isData(value)) {
    if (!step) located.push({ object: value, path: at, ancestors });
    else if (step.kind === 'type') {
      if (step.types.has(value['__typename'] as string)) walk(value, path, depth + 1, at, ancestors, located);
    } else if (step.kind === 'key') walk(ownValue(value, step.key), path, depth + 1, [...at, step.key], [...ancestors, value], located);
  }
}
