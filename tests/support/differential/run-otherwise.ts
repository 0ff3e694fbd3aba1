import type { ExecutionResult } from 'graphql';
import type { Engine, GatewayResult } from '../../../gateway/engine.ts';
import { callContext } from '../federated-graph.ts';
import { mergeParts } from '../merge-parts.ts';
import type { RandomOperation } from '../random-operation.ts';
import { findDifferenceInParts } from './compare-parts.ts';

/** What was answered, what one schema says, and what is wrong with it. */
export interface Compared {
  readonly answer: GatewayResult;
  readonly expected: ExecutionResult;
  readonly problem: string | undefined;
}

/** Asks for an answer in parts and puts them together; undefined when the operation may not be deferred. */
export async function runInParts(engine: Engine, operation: RandomOperation, expected: ExecutionResult): Promise<Compared | undefined> {
  const prepared = engine.prepare(operation);
  if ('refusal' in prepared) return undefined;
  try {
    const merged = await mergeParts(await engine.executeIncrementally(prepared.operation, operation.variables, callContext()));
    return { answer: merged as GatewayResult, expected, problem: findDifferenceInParts(merged, expected) };
  } catch (error) {
    return { answer: {}, expected, problem: `parts that cannot be put together: ${String(error)}` };
  }
}

/**
 * Subscribes and compares event after event; undefined when the planner gives up.
 * @param find what is wrong with one event
 */
export async function runEvents(
  engine: Engine,
  operation: RandomOperation,
  expected: readonly ExecutionResult[],
  find: (answer: GatewayResult, expected: ExecutionResult) => string | undefined,
): Promise<Compared | undefined> {
  const prepared = engine.prepare(operation);
  if ('refusal' in prepared)
    return prepared.refusal.errors[0]?.extensions?.['code'] === 'PLANNING_FAILED'
      ? undefined
      : compared({ errors: prepared.refusal.errors });
  const stream = await engine.subscribe(prepared.operation, operation.variables, callContext());
  if (!(Symbol.asyncIterator in stream)) return compared(stream);
  const events: GatewayResult[] = [];
  for await (const event of stream) {
    events.push(event);
    if (events.length === expected.length) break; // the subgraph's end would be an event of its own
  }
  for (const [index, event] of events.entries()) {
    const { problem, ...rest } = compared(event, index);
    if (problem !== undefined) return { ...rest, problem: `${problem} (event ${index})` };
  }
  return events.length === expected.length ? compared(events[0] ?? {}) : { ...compared({}), problem: `events: ${events.length}` };

  function compared(answer: GatewayResult, index = 0): Compared {
    const wanted = expected[index] ?? {};
    return { answer, expected: wanted, problem: find(answer, wanted) };
  }
}
