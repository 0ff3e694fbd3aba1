import { ProtocolError } from '../../platform/foundation/errors.ts';
import type { EntityInputs, FetchNode } from '../planning/executable-plan.ts';
import type { SubgraphResponse } from '../subgraphs/subgraph-client.ts';
import { groupByContext } from './context-arguments.ts';
import type { Execution } from './execution.ts';
import { addFetchFailure, addSubgraphErrors, explainIncomplete, failedInputs, type FetchTargets } from './fetch-errors.ts';
import { isData, mergeInto, type Data } from './merge.ts';
import { toRepresentations } from './representations.ts';
import { applyRewrites } from './rewrites.ts';
import { collectTargets } from './targets.ts';

/** Asks one subgraph and merges its answer. Never throws for what the subgraph did: that is recorded as errors. */
export async function executeFetch(execution: Execution, fetch: FetchNode): Promise<void> {
  const objects = collectTargets(execution.data, fetch.path);
  if (objects.length === 0) return;
  if (!fetch.entities) return fetchRoot(execution, fetch, objects);
  if (fetch.entities.contexts.length === 0) return fetchEntities(execution, fetch, fetch.entities, objects, {});
  const groups = groupByContext(execution.data, fetch.path, fetch.entities.contexts);
  await Promise.all(groups.map((group) => fetchEntities(execution, fetch, fetch.entities as EntityInputs, group.objects, group.variables)));
}

async function fetchRoot(execution: Execution, fetch: FetchNode, objects: readonly Data[]): Promise<void> {
  const response = await ask(execution, fetch, pickVariables(execution, fetch), [objects]);
  if (response) mergeRoot(execution, fetch, objects, response);
}

/** Merges the answer to a fetch of root fields, such as the event of a subscription. */
export function mergeRoot(execution: Execution, fetch: FetchNode, objects: readonly Data[], response: SubgraphResponse): void {
  const data = settle(execution, fetch, [objects], response);
  if (!data) return;
  applyRewrites(fetch.outputRewrites, data);
  for (const [index, object] of objects.entries())
    mergeInto(object, index === 0 ? data : structuredClone(data), execution.plan.types.isObjectType);
}

async function fetchEntities(
  execution: Execution,
  fetch: FetchNode,
  inputs: EntityInputs,
  objects: readonly Data[],
  context: Data,
): Promise<void> {
  const { values, targets, incomplete } = toRepresentations(objects, inputs, failedInputs(execution, fetch));
  explainIncomplete(execution, fetch, incomplete);
  if (values.length === 0) return;
  const variables = pickVariables(execution, fetch);
  Object.assign(variables, context, { representations: values });
  const response = await ask(execution, fetch, variables, targets);
  if (response) mergeEntitiesAnswer(execution, fetch, targets, response);
}

/** Merges the answer to an `_entities` fetch: one entity for each of the targets. */
export function mergeEntitiesAnswer(execution: Execution, fetch: FetchNode, targets: FetchTargets, response: SubgraphResponse): void {
  const data = settle(execution, fetch, targets, response);
  if (!data) return;
  const entities = data['_entities'];
  if (!Array.isArray(entities) || entities.length !== targets.length) {
    // The subgraph may have explained a missing list; one of another length cannot be told apart.
    if (Array.isArray(entities) || !response.errors?.length)
      addFetchFailure(execution, fetch, targets, malformed('_entities is no list of as many as were asked for'));
    return;
  }
  mergeEntities(execution, fetch, targets, entities);
}

function mergeEntities(execution: Execution, fetch: FetchNode, targets: FetchTargets, entities: readonly unknown[]): void {
  const { entitiesAreUnique, types } = execution.plan;
  const broken: Data[] = [];
  for (const [index, entity] of entities.entries()) {
    const objects = targets[index] ?? [];
    if (entity === null) continue;
    if (!isData(entity)) {
      broken.push(...objects);
      continue;
    }
    if (fetch.outputRewrites.length > 0) {
      entity['__typename'] ??= objects[0]?.['__typename'];
      applyRewrites(fetch.outputRewrites, entity);
    }
    for (const [position, object] of objects.entries()) {
      // Equal representations have equal answers, so what is below may be shared, unless it also depends on what stands above.
      mergeInto(object, position > 0 && entitiesAreUnique ? structuredClone(entity) : entity, types.isObjectType);
    }
  }
  if (broken.length > 0) addFetchFailure(execution, fetch, [broken], malformed('an entity is no object'));
}

/** @returns undefined when there is no answer: the failure is recorded */
async function ask(execution: Execution, fetch: FetchNode, variables: Data, targets: FetchTargets): Promise<SubgraphResponse | undefined> {
  const { context, clientOf } = execution;
  try {
    if (context.signal.aborted) throw new ProtocolError('REQUEST_ABORTED', 'aborted');
    return await clientOf(fetch.subgraph).execute({ query: fetch.query, operationName: fetch.operationName, variables, fetch }, context);
  } catch (error) {
    addFetchFailure(execution, fetch, targets, error);
    return undefined;
  }
}

/** Records the errors of an answer. @returns its data, if it has any that can be used */
function settle(execution: Execution, fetch: FetchNode, targets: FetchTargets, response: SubgraphResponse): Data | undefined {
  const errors: readonly unknown[] = Array.isArray(response.errors) ? response.errors : [];
  if (errors.length > 0) addSubgraphErrors(execution, fetch, targets, errors);
  if (isData(response.data)) return response.data;
  const isMissing = response.data === null || response.data === undefined;
  if (!isMissing || errors.length === 0) addFetchFailure(execution, fetch, targets, malformed('data is no object'));
  return undefined;
}

/** Only the variables that the fetch uses and the client gave; defaults stand in the text of the fetch. */
export function pickVariables({ variables }: Execution, fetch: Pick<FetchNode, 'variables'>): Data {
  const picked: Data = {};
  for (const { name, from } of fetch.variables) {
    if (Object.hasOwn(variables, from) && variables[from] !== undefined) picked[name] = variables[from];
  }
  return picked;
}

function malformed(what: string): ProtocolError {
  return new ProtocolError('SUBGRAPH_MALFORMED', what);
}
