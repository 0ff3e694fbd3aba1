import type { GatewayResult } from '../engine.ts';
import { toPlainNumbers } from '../numerals/hidden-numerals.ts';
import { executeNode } from './execute-node.ts';
import { createExecution, type Execution, type ExecutionRequest } from './execution.ts';
import { AnswerTooLarge, shapeResponse } from './shape-response.ts';
import { isUnasked } from './unasked-errors.ts';

/** Runs a query or a mutation. Throws only for bugs. */
export async function executeOperation(request: ExecutionRequest): Promise<GatewayResult> {
  const execution = createExecution(request);
  if (request.plan.node) await executeNode(execution, request.plan.node);
  return toResult(execution);
}

/** The client's answer of what a run has brought together. */
export function toResult(execution: Execution): GatewayResult {
  try {
    return shape(execution);
  } catch (error) {
    if (!(error instanceof AnswerTooLarge)) throw error;
    return { data: null, errors: [{ message: error.message, extensions: { code: 'RESPONSE_TOO_LARGE' } }] };
  }
}

function shape({ plan, shape: root, data, errors, variables }: Execution): GatewayResult {
  const shaped = shapeResponse(root, data, errors, plan.introspection?.(toPlainNumbers(variables)));
  if (errors.errors.length === 0) return { data: shaped };
  const asked = errors.errors.filter((error) => errors.isOfInput(error) || !isUnasked(root, plan.response.names, data, error.path));
  return asked.length === 0 ? { data: shaped } : { data: shaped, errors: asked };
}
