import type { ExecutionResult } from 'graphql';
import type { GatewayResult } from '../../../gateway/engine.ts';

type Answer = GatewayResult | ExecutionResult;

/** What is wrong with an answer, in words; undefined when it is what one schema says: the data, the order of its fields, and where errors left nulls. */
export function findDifference(answer: Answer, expected: Answer): string | undefined {
  if (JSON.stringify(answer.data) !== JSON.stringify(expected.data))
    return `data differs at ${firstDifference(answer.data, expected.data)}`;
  const [nulls, wanted] = [nullsByError(answer), nullsByError(expected)];
  if (nulls.join() !== wanted.join())
    return `nulls by error are at ${nulls.join(' ') || 'no place'} and should be at ${wanted.join(' ') || 'no place'}`;
  return bugIn(answer);
}

/** The same for subgraphs that failed on top: what is not null must be right, and each null that should not be must be told. */
export function findFalsehood(answer: Answer, expected: Answer): string | undefined {
  const { wrong, nulls } = compare(answer.data, expected.data);
  if (wrong.length > 0) return `wrong data at ${wrong.join('; ')}`;
  const places = (answer.errors ?? []).map(({ path }) => path);
  const untold = nulls.filter((at) => !places.some((path) => path === undefined || isNear(path, at)));
  if (nulls.length > 0 && places.length === 0) return `no error tells of the nulls at ${untold.map((at) => at.join('.')).join(' ')}`;
  return bugIn(answer);
}

/**
 * Where the errors' nulls have come up to: the specification leaves open which of several errors below one null are told.
 * @returns paths as JSON, each once, sorted
 */
export function nullsByError({
  data,
  errors,
}: {
  data?: unknown;
  errors?: readonly { path?: readonly (string | number)[] | undefined }[] | undefined;
}): string[] {
  const places = (errors ?? []).map(({ path = [] }) => {
    let value: unknown = data;
    for (const [depth, part] of path.entries()) {
      if (value === null || value === undefined) return JSON.stringify(path.slice(0, depth));
      value = (value as Record<string, unknown>)[part];
    }
    return JSON.stringify(path);
  });
  return [...new Set(places)].sort();
}

/** An error with a request id is a bug of ours: everything else is told in words that say what happened. */
function bugIn({ errors = [] }: Answer): string | undefined {
  const bug = errors.find(({ extensions }) => extensions !== undefined && 'requestId' in extensions);
  return bug && `a bug was reported: ${bug.message}`;
}

function isNear(path: readonly (string | number)[], at: readonly (string | number)[]): boolean {
  const shared = Math.min(path.length, at.length);
  return path.slice(0, shared).every((part, index) => part === at[index]);
}

function compare(
  answer: unknown,
  expected: unknown,
  path: readonly (string | number)[] = [],
): { wrong: string[]; nulls: (string | number)[][] } {
  if (answer === null || answer === undefined) return { wrong: [], nulls: expected === null || expected === undefined ? [] : [[...path]] };
  if (typeof answer !== 'object' || typeof expected !== 'object' || expected === null)
    return {
      wrong:
        JSON.stringify(answer) === JSON.stringify(expected)
          ? []
          : [`${path.join('.')}: ${JSON.stringify(answer)} in place of ${JSON.stringify(expected)}`],
      nulls: [],
    };
  const [keys, expectedKeys] = [Object.keys(answer), Object.keys(expected)];
  if (keys.join() !== expectedKeys.join())
    return { wrong: [`${path.join('.')}: ${keys.join()} in place of ${expectedKeys.join()}`], nulls: [] };
  const inner = keys.map((key) =>
    compare((answer as Record<string, unknown>)[key], (expected as Record<string, unknown>)[key], [
      ...path,
      Array.isArray(answer) ? Number(key) : key,
    ]),
  );
  return { wrong: inner.flatMap(({ wrong }) => wrong), nulls: inner.flatMap(({ nulls }) => nulls) };
}

function firstDifference(answer: unknown, expected: unknown, path: readonly string[] = []): string {
  const here = `${path.join('.') || 'the root'}: ${JSON.stringify(answer)?.slice(0, 200)} in place of ${JSON.stringify(expected)?.slice(0, 200)}`;
  if (typeof answer !== 'object' || typeof expected !== 'object' || answer === null || expected === null) return here;
  const [keys, expectedKeys] = [Object.keys(answer), Object.keys(expected)];
  if (keys.join() !== expectedKeys.join()) return here;
  const key = keys.find(
    (name) => JSON.stringify((answer as Record<string, unknown>)[name]) !== JSON.stringify((expected as Record<string, unknown>)[name]),
  );
  return key === undefined
    ? here
    : firstDifference((answer as Record<string, unknown>)[key], (expected as Record<string, unknown>)[key], [...path, key]);
}
