import type { ExecutionResult } from 'graphql';
import { sorted, type MergedAnswer } from '../merge-parts.ts';
import { nullsByError } from './compare-answers.ts';

type Place = readonly (string | number)[];

/**
 * What is wrong with an answer in parts that were put together; undefined when it is what one schema says without @defer. A part that failed
 * leaves out its own fields only, where without @defer the null would have come up: above such parts nulls may be objects.
 */
export function findDifferenceInParts(merged: MergedAnswer, expected: ExecutionResult): string | undefined {
  const different = compare(sorted(merged.data), sorted(expected.data), [], merged.failed);
  if (different !== undefined) return `data differs at ${different}`;
  if (merged.failed.length > 0) return expected.errors?.length ? undefined : 'data differs: a part failed, and nothing else does';
  const [nulls, wanted] = [nullsByError(merged), nullsByError(expected as Parameters<typeof nullsByError>[0])];
  return nulls.join() === wanted.join() ? undefined : `nulls by error are at ${nulls.join(' ')} and should be at ${wanted.join(' ')}`;
}

function compare(answer: unknown, expected: unknown, place: Place, failed: readonly Place[]): string | undefined {
  if (expected === null && answer !== null && failed.some((path) => place.every((name, index) => path[index] === name))) return undefined;
  if (typeof answer !== 'object' || typeof expected !== 'object' || answer === null || expected === null)
    return JSON.stringify(answer) === JSON.stringify(expected)
      ? undefined
      : `${place.join('.') || 'the root'}: ${JSON.stringify(answer)?.slice(0, 200)} in place of ${JSON.stringify(expected)?.slice(0, 200)}`;
  const [names, expectedNames] = [Object.keys(answer), Object.keys(expected)];
  if (names.join() !== expectedNames.join()) return `${place.join('.')}: ${names.join()} in place of ${expectedNames.join()}`;
  for (const name of names) {
    const key = Array.isArray(answer) ? Number(name) : name;
    const [own, wanted] = [answer, expected] as unknown as Record<string | number, unknown>[];
    const different = compare(own?.[key], wanted?.[key], [...place, key], failed);
    if (different !== undefined) return different;
  }
  return undefined;
}
