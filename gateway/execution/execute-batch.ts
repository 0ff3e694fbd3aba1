import type { GraphQLFormattedError } from 'graphql';
import { ProtocolError } from '../../platform/foundation/errors.ts';
import type { BatchNode, BatchPart } from '../planning/executable-plan.ts';
import type { SubgraphResponse } from '../subgraphs/subgraph-client.ts';
import { ErrorPaths } from './error-paths.ts';
import { mergeEntitiesAnswer, pickVariables } from './execute-fetch.ts';
import type { Execution } from './execution.ts';
import { toFetchError } from './failure.ts';
import { addOnce, explainIncomplete, failedInputs, toClientError, type FetchTargets } from './fetch-errors.ts';
import { isData, ownValue } from './merge.ts';
import { noteNullInputs } from './null-inputs.ts';
import { toRepresentations } from './representations.ts';
import { collectTargets, type ResponsePath } from './targets.ts';

/** A part for which the request has entities to ask for. */
interface AskedPart {
  readonly part: BatchPart;
  readonly targets: FetchTargets;
}

/**
 * Asks one subgraph for the entities of several places in one request. Each part's answer is merged, and its errors are told, as if it had been
 * asked alone; a failure of the whole request is one error. Never throws for what the subgraph did.
 */
export async function executeBatch(execution: Execution, batch: BatchNode): Promise<void> {
  const variables = pickVariables(execution, batch);
  const asked: AskedPart[] = [];
  for (const part of batch.parts) {
    const { fetch, inputs, representationsVariable } = part;
    const objects = [fetch.path, ...(fetch.otherPaths ?? [])].flatMap((path) => collectTargets(execution.data, path));
    const { values, targets, incomplete } = toRepresentations(objects, inputs, failedInputs(execution, fetch));
    explainIncomplete(execution, fetch, incomplete);
    noteNullInputs(execution, fetch, inputs, objects);
    variables[representationsVariable] = values;
    if (values.length > 0) asked.push({ part, targets });
  }
  if (asked.length === 0) return;

  const { context, clientOf } = execution;
  let response: SubgraphResponse;
  try {
    if (context.signal.aborted) throw new ProtocolError('REQUEST_ABORTED', 'aborted');
    response = await clientOf(batch.subgraph).execute(
      { query: batch.query, operationName: batch.operationName, variables, exactNumbers: batch.exactNumbers, fetch: batch },
      context,
    );
  } catch (error) {
    addBatchFailure(execution, batch, asked, error);
    return;
  }
  mergeBatchAnswer(execution, batch, asked, response);
}

/** Gives each part its own: the entities under its alias, and the errors whose path begins with it. */
function mergeBatchAnswer(execution: Execution, batch: BatchNode, asked: readonly AskedPart[], { data, errors }: SubgraphResponse): void {
  const own = new Map<string, GraphQLFormattedError[]>(batch.parts.map(({ alias }) => [alias, []]));
  const whole: unknown[] = [];
  for (const error of Array.isArray(errors) ? (errors as readonly unknown[]) : []) {
    const [alias, ...below] = isData(error) && Array.isArray(error['path']) ? (error['path'] as (string | number)[]) : [];
    const errorsOfPart = below.length > 0 ? own.get(String(alias)) : undefined;
    if (errorsOfPart) errorsOfPart.push({ ...(error as GraphQLFormattedError), path: ['_entities', ...below] });
    else whole.push(error);
  }
  for (const error of whole) addOnce(execution, toClientError(error, batch.subgraph), placesOf(execution, asked));
  if (!isData(data)) {
    const isMissing = data === null || data === undefined;
    if (!isMissing || !errors?.length)
      addBatchFailure(execution, batch, asked, new ProtocolError('SUBGRAPH_MALFORMED', 'data is no object'));
  }
  for (const { part, targets } of asked) {
    const entities = isData(data) ? ownValue(data, part.alias) : undefined;
    const errorsOfPart = own.get(part.alias) ?? [];
    // What is missing altogether is explained by an error of the whole answer.
    if (!Array.isArray(entities) && errorsOfPart.length === 0 && (whole.length > 0 || !isData(data))) continue;
    mergeEntitiesAnswer(execution, part.fetch, targets, {
      data: { _entities: entities },
      ...(errorsOfPart.length > 0 && { errors: errorsOfPart }),
    });
  }
}

function addBatchFailure(execution: Execution, { subgraph }: BatchNode, asked: readonly AskedPart[], failure: unknown): void {
  addOnce(execution, toFetchError(failure, subgraph, execution.logger, execution.context.requestId), placesOf(execution, asked));
}

function placesOf(execution: Execution, asked: readonly AskedPart[]): ResponsePath[] {
  return asked.flatMap(({ part, targets }) => new ErrorPaths(execution, part.fetch).of(targets.flat()));
}
