import type { GatewayResult } from '../engine.ts';
import { executeNode } from './execute-node.ts';
import { createExecution, type Execution, type ExecutionRequest } from './execution.ts';
import { shapeResponse } from './shape-response.ts';
import { isUnasked } from './unasked-errors.ts';

/** Runs a query or a mutation. Throws only for bugs. */
export async function executeOperation(request: ExecutionRequest): Promise<GatewayResult> {
  const execution = createExecution(request);
  if (request.plan.node) await executeNode(execution, request.plan.node);
  return toResult(execution);
}

/** The client's answer of what a run has brought together. */
export function toResult({ plan, shape, data, errors, variables }: Execution): GatewayResult {
  const shaped = shapeResponse(shape, data, errors, plan.introspection?.(variables));
  if (errors.errors.length === 0) return { data: shaped };
  const asked = errors.errors.filter(({ path }) => !isUnasked(shape, data, path));
  return asked.length === 0 ? { data: shaped } : { data: shaped, errors: asked };
}
