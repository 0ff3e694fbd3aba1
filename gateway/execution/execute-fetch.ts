import { ProtocolError } from '../../platform/foundation/errors.ts';
import type { EntityInputs, FetchNode } from '../planning/executable-plan.ts';
import type { SubgraphResponse } from '../subgraphs/subgraph-client.ts';
import { groupByContext } from './context-arguments.ts';
import type { Execution } from './execution.ts';
import { addFetchFailure, addSubgraphErrors, explainIncomplete, failedInputs, type FetchTargets } from './fetch-errors.ts';
import { isData, mergeInto, type Data } from './merge.ts';
import { noteNullInputs } from './null-inputs.ts';
import { toRepresentations } from './representations.ts';
import { applyRewrites } from './rewrites.ts';
import { collectTargets } from './targets.ts';

const NOTHING = Promise.resolve();

/**
 * Asks one subgraph and merges its answer. Never throws for what the subgraph did: that is recorded as errors.
 * @returns undefined when there is nothing to ask for. As few promises as can be: this runs for every fetch of every request
 */
export function executeFetch(execution: Execution, fetch: FetchNode): Promise<unknown> | undefined {
  const objects = collectTargets(execution.data, fetch.path);
  if (objects.length === 0) return undefined;
  const { entities } = fetch;
  if (!entities) return fetchRoot(execution, fetch, objects);
  if (entities.contexts.length === 0) return fetchEntities(execution, fetch, entities, objects, undefined);
  const groups = groupByContext(execution.data, fetch.path, entities.contexts);
  return Promise.all(groups.map((group) => fetchEntities(execution, fetch, entities, group.objects, group.variables) ?? NOTHING));
}

function fetchRoot(execution: Execution, fetch: FetchNode, objects: readonly Data[]): Promise<void> {
  return ask(execution, fetch, pickVariables(execution, fetch), [objects], (response) => mergeRoot(execution, fetch, objects, response));
}

/** Merges the answer to a fetch of root fields, such as the event of a subscription. */
export function mergeRoot(execution: Execution, fetch: FetchNode, objects: readonly Data[], response: SubgraphResponse): void {
  const data = settle(execution, fetch, [objects], response);
  if (!data) return;
  applyRewrites(fetch.outputRewrites, data);
  for (const [index, object] of objects.entries())
    mergeInto(object, index === 0 ? data : structuredClone(data), execution.plan.types.isObjectType);
}

function fetchEntities(
  execution: Execution,
  fetch: FetchNode,
  inputs: EntityInputs,
  objects: readonly Data[],
  context: Data | undefined,
): Promise<void> | undefined {
  const { values, targets, incomplete } = toRepresentations(objects, inputs, failedInputs(execution, fetch));
  explainIncomplete(execution, fetch, incomplete);
  noteNullInputs(execution, fetch, inputs, objects);
  if (values.length === 0) return undefined;
  const variables = pickVariables(execution, fetch);
  if (context) Object.assign(variables, context);
  variables['representations'] = values;
  return ask(execution, fetch, variables, targets, (response) => mergeEntitiesAnswer(execution, fetch, targets, response));
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
  for (let index = 0; index < entities.length; index += 1) {
    const entity = entities[index];
    const objects = targets[index];
    if (entity === null || !objects) continue;
    if (!isData(entity)) {
      broken.push(...objects);
      continue;
    }
    if (fetch.outputRewrites.length > 0) {
      entity['__typename'] ??= objects[0]?.['__typename'];
      applyRewrites(fetch.outputRewrites, entity);
    }
    for (let position = 0; position < objects.length; position += 1) {
      // Equal representations have equal answers, so what is below may be shared, unless it also depends on what stands above.
      mergeInto(objects[position] ?? {}, position > 0 && entitiesAreUnique ? structuredClone(entity) : entity, types.isObjectType);
    }
  }
  if (broken.length > 0) addFetchFailure(execution, fetch, [broken], malformed('an entity is no object'));
}

/** Without an answer the failure is recorded. @param onAnswer what it throws is a bug, and goes to the caller */
function ask(
  execution: Execution,
  fetch: FetchNode,
  variables: Data,
  targets: FetchTargets,
  onAnswer: (response: SubgraphResponse) => void,
): Promise<void> {
  const { context, clientOf } = execution;
  const onFailure = (error: unknown): void => addFetchFailure(execution, fetch, targets, error);
  try {
    if (context.signal.aborted) throw new ProtocolError('REQUEST_ABORTED', 'aborted');
    const { query, operationName, exactNumbers } = fetch;
    const request = { query, operationName, variables, exactNumbers, fetch };
    return clientOf(fetch.subgraph).execute(request, context).then(onAnswer, onFailure);
  } catch (error) {
    onFailure(error);
    return Promise.resolve();
  }
}

/** Records the errors of an answer. @returns its data, if it has any that can be used */
function settle(execution: Execution, fetch: FetchNode, targets: FetchTargets, response: SubgraphResponse): Data | undefined {
  const errors: readonly unknown[] = Array.isArray(response.errors) ? response.errors : [];
  if (errors.length > 0) addSubgraphErrors(execution, fetch, targets, errors, response.data);
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
