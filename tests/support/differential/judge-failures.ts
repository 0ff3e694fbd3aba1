import { bugIn, errorsOf, errorText, findTwice, hasComeUp, type Answer, type Path, type PlacedError } from './compare-answers.ts';

/** What may differ from one schema's answer because of what failed. */
export interface Excuse {
  /** Whether what failed, and an error that tells of it, is why there is nothing at a place. */
  readonly isExplained: (at: Path, errors: readonly PlacedError[]) => boolean;
  /** Whether the value at a place may be another one, because it is computed of what failed. Default: never. */
  readonly isOther?: (at: Path, errors: readonly PlacedError[]) => boolean;
  /** Whether an error that one schema does not have tells of what failed. */
  readonly isOfFailure: (error: PlacedError) => boolean;
  /** Errors of what failed, at most. */
  readonly most: number;
  /** Whether some field that the operation selects has an error. */
  readonly possible: (error: PlacedError) => boolean;
}

/**
 * What is wrong with an answer when something fails that one schema does not know of: whole requests, or an input of a field.
 * - What is not null must be as one schema says, and in its order.
 * - Each null that one schema does not have must be excused.
 * - Errors that one schema tells must be told, unless their place is null already.
 * - No error is told twice, and each other one must be of what failed: no more of them than causes.
 */
export function findFalsehood(
  answer: Answer,
  expected: Answer,
  { isExplained, isOther = () => false, isOfFailure, most, possible }: Excuse,
): string | undefined {
  const errors = errorsOf(answer);
  const { wrong, nulls } = compare(answer.data, expected.data);
  const unexcused = wrong.filter(({ at }) => !isOther(at, errors));
  if (unexcused.length > 0) return `wrong data at ${unexcused.map(({ at, what }) => `${at.join('.')}: ${what}`).join('; ')}`;
  const unexplained = nulls.filter((at) => !isExplained(at, errors) && !isOther(at, errors));
  if (unexplained.length > 0) return `nothing explains the nulls at ${unexplained.map((at) => at.join('.')).join(' ')}`;
  const texts = errors.map(errorText);
  const missing = errorsOf(expected).filter(
    (error) =>
      !texts.includes(errorText(error)) &&
      !hasComeUp(expected, error) &&
      !nulls.some((at) => startsWith(error.path, at)) &&
      !isExplained(error.path, errors) &&
      !isOther(error.path, errors),
  );
  if (missing.length > 0) return `an error is not told: ${missing.map(errorText).join(' ')}`;
  const twice = findTwice((answer.errors ?? []).filter(({ message, path = [] }) => !isOfFailure({ message, path })));
  if (twice !== undefined) return `an error is told twice: ${twice}`;
  const others = errors.filter((error) => !possible(error));
  const invented = others.filter((error) => !isOfFailure(error) && !isOther(error.path, errors));
  if (invented.length > 0) return `nothing has the error ${invented.map(errorText).join(' ')}`;
  if (others.length > most) return `of what failed ${others.length} errors tell, more than ${most}: ${others.map(errorText).join(' ')}`;
  return bugIn(answer);
}

/** Whether one is above the other, or they are the same, whatever the indexes. */
export function isNear(one: Path, other: Path): boolean {
  return one.slice(0, other.length).every((part, index) => isSame(part, other[index]));
}

function isSame(part: string | number, other: string | number | undefined): boolean {
  return part === other || (typeof part === 'number' && typeof other === 'number');
}

/** Whether a path lies at a place or below it. */
export function startsWith(path: Path, start: Path): boolean {
  return start.every((part, index) => part === path[index]);
}

function compare(answer: unknown, expected: unknown, path: Path = []): { wrong: { at: Path; what: string }[]; nulls: Path[] } {
  if (answer === null || answer === undefined) return { wrong: [], nulls: expected === null || expected === undefined ? [] : [path] };
  const differs = (one: unknown, other: unknown) => ({
    wrong: [{ at: path, what: `${JSON.stringify(one)} in place of ${JSON.stringify(other)}` }],
    nulls: [],
  });
  if (typeof answer !== 'object' || typeof expected !== 'object' || expected === null)
    return JSON.stringify(answer) === JSON.stringify(expected) ? { wrong: [], nulls: [] } : differs(answer, expected);
  const [keys, expectedKeys] = [Object.keys(answer), Object.keys(expected)];
  if (keys.join() !== expectedKeys.join()) return differs(keys, expectedKeys);
  const inner = keys.map((key) =>
    compare((answer as Record<string, unknown>)[key], (expected as Record<string, unknown>)[key], [
      ...path,
      Array.isArray(answer) ? Number(key) : key,
    ]),
  );
  return { wrong: inner.flatMap(({ wrong }) => wrong), nulls: inner.flatMap(({ nulls }) => nulls) };
}
