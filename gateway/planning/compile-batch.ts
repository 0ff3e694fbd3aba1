import { compileFetch, compilePath } from './compile-fetch.ts';
import type { BatchNode, BatchPart, PathStep, SupergraphTypes } from './executable-plan.ts';
import type { PlannedNames } from './plannable-operation.ts';
import type { PlannedBatchFetch } from './planner.ts';

/** Prepares several `_entities` fetches that one request makes. */
export function compileBatch(batch: PlannedBatchFetch, path: readonly PathStep[], names: PlannedNames, types: SupergraphTypes): BatchNode {
  const { serviceName, operation, operationName, variableUsages } = batch;
  // Each part is compiled as a fetch of its own, so that inputs, rewrites and error paths are the same for both.
  const parts = batch.entities.map((planned): BatchPart => {
    const [first = path, ...otherPaths] = planned.paths.map((steps) => [...path, ...compilePath(steps, types)]);
    const { requires, inputRewrites, outputRewrites } = planned;
    const fetch = compileFetch({ kind: 'Fetch', serviceName, operation, requires, inputRewrites, outputRewrites }, first, names, types);
    if (!fetch.entities) throw new Error('a part of a batch has no inputs');
    const { alias, representationsVariable } = planned;
    return { alias, representationsVariable, fetch: { ...fetch, otherPaths }, inputs: fetch.entities };
  });
  return {
    kind: 'batch',
    subgraph: serviceName,
    query: parts[0]?.fetch.query ?? operation,
    operationName,
    exactNumbers: parts[0]?.fetch.exactNumbers ?? false,
    variables: (variableUsages ?? []).map((name) => ({ name, from: names.variables.get(name) ?? name })),
    parts,
  };
}
