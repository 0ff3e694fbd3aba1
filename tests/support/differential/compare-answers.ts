import type { ExecutionResult } from 'graphql';
import type { GatewayResult } from '../../../gateway/engine.ts';

export type Answer = GatewayResult | ExecutionResult;
export type Path = readonly (string | number)[];

export interface PlacedError {
  readonly message: string;
  readonly path: Path;
}

export function errorsOf({ errors = [] }: Answer): PlacedError[] {
  return errors.map(({ message, path = [] }) => ({ message, path }));
}

/**
 * What of an error must be equal: its path and its message, but for what a client of subgraphs cannot see as one schema does. Subgraphs may
 * call the type otherwise of which a field is null that may not be (@interfaceObject, root types), and a value that clients do not know
 * (an enum's that is @inaccessible) is told in words of the gateway's own, which do not repeat it.
 */
export function errorText({ message, path }: PlacedError): string {
  const said = message
    .replace(/(?<=^Cannot return null for non-nullable field )\w+/, 'TYPE')
    .replace(/^A subgraph answered field \w+\.\w+ with a value that is no (\w+)\.$/, 'A value that is no $1')
    .replace(/^Enum "(\w+)" cannot represent value: .*$/, 'A value that is no $1');
  return JSON.stringify({ path, message: said });
}

/** An error that one subgraph is told to have twice, if there is one: a field that two of them share may fail in both. */
export function findTwice(
  errors: readonly { readonly message: string; readonly path?: Path | undefined; readonly extensions?: unknown }[],
): string | undefined {
  const texts = errors.map(({ message, path = [], extensions }) => errorText({ message, path }) + JSON.stringify(extensions));
  return texts.find((text, index) => texts.indexOf(text) !== index);
}

/** Whether an error's null is not at its path but further up. */
export function hasComeUp({ data }: Answer, { path }: PlacedError): boolean {
  let value: unknown = data;
  for (const part of path) {
    if (value === null || value === undefined) return true;
    value = (value as Record<string, unknown>)[part];
  }
  return false;
}

/**
 * What is wrong with an answer, in words; undefined when it is what one schema says: the data, the order of its fields, and the errors.
 * graphql-js tells each error whose null stays where it is, so those must be the same, path and message, none twice. Of several errors
 * whose nulls come up to one place, the specification leaves open which are told: at least one, and each must be one of `possible`.
 * @param possible every error that the operation's fields have, by path and message; undefined: not known
 */
export function findDifference(answer: Answer, expected: Answer, possible?: (error: PlacedError) => boolean): string | undefined {
  if (JSON.stringify(answer.data) !== JSON.stringify(expected.data))
    return `data differs at ${firstDifference(answer.data, expected.data)}`;
  const [nulls, wanted] = [nullsByError(answer), nullsByError(expected)];
  if (nulls.join() !== wanted.join())
    return `nulls by error are at ${nulls.join(' ') || 'no place'} and should be at ${wanted.join(' ') || 'no place'}`;
  return findErrorDifference(answer, expected, possible) ?? bugIn(answer);
}

function findErrorDifference(
  answer: Answer,
  expected: Answer,
  possible: ((error: PlacedError) => boolean) | undefined,
): string | undefined {
  const [own, right] = [errorsOf(answer), errorsOf(expected)];
  const staying = (errors: readonly PlacedError[]): string[] =>
    [...new Set(errors.filter((error) => !hasComeUp(answer, error)).map(errorText))].sort();
  const [told, wanted] = [staying(own), staying(right)];
  if (told.join('\n') !== wanted.join('\n')) return `errors are ${told.join(' ') || 'none'} and should be ${wanted.join(' ') || 'none'}`;
  const twice = findTwice(answer.errors ?? []);
  if (twice !== undefined) return `an error is told twice: ${twice}`;
  const isRight = (error: PlacedError): boolean =>
    right.some((other) => errorText(other) === errorText(error)) || possible?.(error) !== false;
  const invented = own.find((error) => hasComeUp(answer, error) && !isRight(error));
  return invented && `no field has the error ${errorText(invented)}`;
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
export function bugIn({ errors = [] }: Answer): string | undefined {
  const bug = errors.find(({ extensions }) => extensions !== undefined && 'requestId' in extensions);
  return bug && `a bug was reported: ${bug.message}`;
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
