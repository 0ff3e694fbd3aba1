import type { GraphQLFormattedError } from 'graphql';
import type { FetchNode } from '../planning/executable-plan.ts';
import { ErrorPaths } from './error-paths.ts';
import type { Execution } from './execution.ts';
import { toFetchError } from './failure.ts';
import { isData, ownValue, type Data } from './merge.ts';
import type { ResponsePath } from './targets.ts';

/** The objects that one fetch was made for: in an `_entities` fetch one list for each representation. */
export type FetchTargets = readonly (readonly Data[])[];

/**
 * Records that a fetch brought nothing. One cause, few errors: one for each root field that the client asked this fetch for;
 * for entities one, at the first object that waited. The others are explained by it.
 */
export function addFetchFailure(execution: Execution, fetch: FetchNode, targets: FetchTargets, failure: unknown): void {
  const error = toFetchError(failure, fetch.subgraph, execution.logger, execution.context.requestId);
  if (fetch.entities) addOnce(execution, error, new ErrorPaths(execution, fetch).of(targets.flat()));
  else for (const path of rootFieldPaths(execution, fetch, targets)) execution.errors.add(error, path);
}

/**
 * Records the errors that a subgraph sent. Message, code and extensions are kept and `serviceName` is added; the path is turned into the
 * client's. The error of an entity is reported for every place where that entity stands, as it would be without federation.
 * Where its null has come up in the subgraph, to an object or to all of the answer, it explains whatever that took along.
 * @param data what came beside the errors
 */
export function addSubgraphErrors(
  execution: Execution,
  fetch: FetchNode,
  targets: FetchTargets,
  errors: readonly unknown[],
  data: unknown,
): void {
  const paths = new ErrorPaths(execution, fetch);
  for (const sent of errors) {
    const error = toClientError(sent, fetch.subgraph);
    const path = isData(sent) && Array.isArray(sent['path']) ? (sent['path'] as unknown[]) : [];
    if (fetch.entities) {
      addEntityError(execution, error, path, targets, paths, data);
      continue;
    }
    const named = paths.toClientNames(path);
    const [first = []] = fetch.path.length === 0 ? [[]] : paths.of(targets.flat());
    if (named.length > 0) {
      const told = execution.errors.add(error, [...first, ...named]);
      const depth = depthOfNull(data, path);
      if (depth === 0) for (const place of rootFieldPaths(execution, fetch, targets)) execution.errors.explain(place, told);
      else if (depth !== undefined) execution.errors.explain([...first, ...paths.toClientNames(path.slice(0, depth))], told);
    } else addPathless(execution, error, rootFieldPaths(execution, fetch, targets));
  }
}

/** Tells whether an error explains that an object of a fetch lacks a field. */
export function failedInputs(execution: Execution, fetch: FetchNode): (object: Data, key: string) => boolean {
  let paths: ErrorPaths | undefined;
  return (object, key) => {
    if (execution.errors.isEmpty) return false;
    const places = (paths ??= new ErrorPaths(execution, fetch));
    return places.of([object]).some((path) => execution.errors.explainsInput([...path, ...places.toClientNames([key])]));
  };
}

/** An object that was not asked for because an input is missing: the error that made it miss explains what is missing because of it. */
export function explainIncomplete(execution: Execution, fetch: FetchNode, objects: readonly Data[]): void {
  if (objects.length === 0 || execution.errors.isEmpty) return;
  for (const path of new ErrorPaths(execution, fetch).of(objects)) execution.errors.explain(path);
}

function addEntityError(
  execution: Execution,
  error: GraphQLFormattedError,
  path: readonly unknown[],
  targets: FetchTargets,
  paths: ErrorPaths,
  data: unknown,
): void {
  const [root, index, ...rest] = path;
  const waiting = root === '_entities' && typeof index === 'number' ? targets[index] : undefined;
  if (!waiting) {
    addOnce(execution, error, paths.of(targets.flat()));
    return;
  }
  const below = paths.toClientNames(rest);
  const depth = depthOfNull(data, path);
  const upTo = depth !== undefined && depth >= 2 ? paths.toClientNames(path.slice(2, depth)) : undefined;
  for (const place of paths.of(waiting)) {
    const told = execution.errors.add(error, [...place, ...below]);
    if (upTo) execution.errors.explain([...place, ...upTo], told);
  }
}

/** How much of an error's path is left where its null has come up; undefined when it has not. */
function depthOfNull(data: unknown, path: readonly unknown[]): number | undefined {
  let value = data;
  for (const [depth, part] of path.entries()) {
    if (value === null || value === undefined) return depth;
    if (typeof part === 'number') value = Array.isArray(value) ? value[part] : undefined;
    else if (typeof part === 'string' && isData(value)) value = ownValue(value, part);
    else return undefined;
  }
  return undefined;
}

/** One cause that several places feel: it is told at the first, and explains what is missing at the others. */
export function addOnce(execution: Execution, error: GraphQLFormattedError, [first, ...others]: readonly ResponsePath[]): void {
  const told = execution.errors.add(error, first);
  for (const path of others) execution.errors.explain(path, told);
}

/** An error that does not say where: it gets a path when there is only one place it can mean. */
function addPathless(execution: Execution, error: GraphQLFormattedError, places: readonly ResponsePath[]): void {
  const told = execution.errors.add(error, places.length === 1 ? places[0] : undefined);
  for (const path of places) execution.errors.explain(path, told);
}

/** Where the root fields of a fetch stand in the client's response; those that the client left out are not among them. */
function rootFieldPaths(execution: Execution, fetch: FetchNode, targets: FetchTargets): ResponsePath[] {
  const paths = new ErrorPaths(execution, fetch);
  if (fetch.path.length > 0)
    return paths.of(targets.flat()).flatMap((place) => fetch.rootFields.map((name) => [...place, ...paths.toClientNames([name])]));
  return execution.shape.fields.filter((field) => fetch.rootFields.includes(field.key)).map((field) => [field.responseName]);
}

/** Where a field stands in the subgraph's own document, and its stack traces, are nobody's business. */
export function toClientError(sent: unknown, subgraph: string): GraphQLFormattedError {
  const given = isData(sent) ? sent : {};
  const message =
    typeof given['message'] === 'string' && given['message'] !== ''
      ? given['message']
      : `Subgraph ${subgraph} sent an error without a message.`;
  const { stacktrace: _stacktrace, exception: _exception, ...extensions } = isData(given['extensions']) ? given['extensions'] : {};
  return { message, extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', ...extensions, serviceName: subgraph } };
}
