import { parse, visit } from 'graphql';
import type { BatchNode, FetchNode, PathStep } from '../../../gateway/planning/executable-plan.ts';
import { directivesOf, readSdl } from '../frozen-graph/frozen-sdl.ts';
import type { RandomOperation } from '../random-operation.ts';
import type { Path, PlacedError } from './compare-answers.ts';
import { ON_PURPOSE } from './interference.ts';
import { isNear, startsWith, type Excuse } from './judge-failures.ts';
import { isOfUnreliable, type Loss } from './unreliable-client.ts';

/** A request that failed: where its answer would have gone, in the client's names and without indexes. */
export interface LostRequest {
  readonly places: readonly Path[];
  readonly most: number;
}

/** @param responseNames name in the plan → the client's */
export function toLostRequest(fetch: FetchNode | BatchNode, loss: Loss, responseNames: ReadonlyMap<string, string>): LostRequest {
  const toClient = (name: string): string => responseNames.get(name) ?? name;
  const namesOf = (steps: readonly PathStep[]): string[] => steps.flatMap((step) => (step.kind === 'key' ? [toClient(step.key)] : []));
  if (fetch.kind === 'batch')
    return {
      places: fetch.parts.flatMap(({ fetch: part }) => [part.path, ...(part.otherPaths ?? [])].map(namesOf)),
      most: loss === 'whole' ? 1 : Infinity,
    };
  if (fetch.entities) return { places: [namesOf(fetch.path)], most: loss === 'whole' ? 1 : Infinity };
  return {
    places: fetch.rootFields.map((name) => [...namesOf(fetch.path), toClient(name)]),
    most: fetch.path.length === 0 ? fetch.rootFields.length : Infinity, // a query below an object is asked once for all of them
  };
}

/**
 * Requests that failed are one error each, at the first object that waited (one for each root field): it explains all that is missing at
 * their places, whatever the index. What is computed of a field that was lost stands beside it.
 */
export function excuseRequests(lost: readonly LostRequest[], isComputed: (at: Path) => boolean): Omit<Excuse, 'possible'> {
  const isTold = ({ places }: LostRequest, errors: readonly PlacedError[]): boolean =>
    errors.some(({ path, message }) => isOfUnreliable({ message }) && places.some((place) => isNear(names(path), place)));
  return {
    isExplained: (at, errors) =>
      lost.some(
        (request) =>
          request.places.some((place) => isNear(names(at), place) || (isComputed(at) && isNear(names(at).slice(0, -1), place))) &&
          isTold(request, errors),
      ),
    isOfFailure: (error) => isOfUnreliable(error) && lost.some(({ places }) => places.some((place) => isNear(names(error.path), place))),
    most: lost.reduce((sum, { most }) => sum + most, 0),
  };
}

/**
 * An input that failed is an error at its own place, selected or not. What is computed of it, or not asked for because it is missing, stands
 * beside it: one schema computes it of the true value, a subgraph of null.
 * @param takesObject it may not be null, so whatever its subgraph was asked of the same object is null with it
 */
export function excuseInput(isComputed: (at: Path) => boolean, takesObject: boolean): Omit<Excuse, 'possible'> {
  const isOfFailure = ({ message }: PlacedError): boolean => message.endsWith(ON_PURPOSE);
  return {
    isExplained: (at, errors) =>
      errors.some(
        (error) =>
          isOfFailure(error) &&
          (startsWith(error.path, at) || startsWith(at, error.path) || (takesObject && startsWith(error.path, at.slice(0, -1)))),
      ),
    isOther: (at, errors) =>
      at.some(
        (_part, index) =>
          isComputed(at.slice(0, index + 1)) && errors.some((error) => isOfFailure(error) && startsWith(error.path, at.slice(0, index))),
      ),
    isOfFailure,
    most: Infinity,
  };
}

/** Names of fields that are computed of others: by @requires, or of what a @context tells. */
export function readComputedFields(subgraphs: readonly { readonly sdl: string }[]): ReadonlySet<string> {
  const fields = subgraphs.flatMap(({ sdl }) => readSdl(sdl).objects).flatMap(({ fields: own = [] }) => own);
  const isComputed = (field: (typeof fields)[number]): boolean =>
    directivesOf(field, 'requires').length > 0 ||
    field.arguments?.some(({ directives }) => directives?.some(({ name }) => name.value === 'fromContext')) === true;
  return new Set(fields.filter(isComputed).map(({ name }) => name.value));
}

/** @returns whether the field at a place of an operation's answer may be one of the fields */
export function findComputed(fields: ReadonlySet<string>, { query }: RandomOperation): (at: Path) => boolean {
  const selected = new Set<string>();
  visit(parse(query), {
    Field({ alias, name }) {
      if (fields.has(name.value)) selected.add((alias ?? name).value);
    },
  });
  return (at) => {
    const last = at.at(-1);
    return typeof last === 'string' && selected.has(last);
  };
}

function names(path: Path): string[] {
  return path.filter((part) => typeof part === 'string');
}
