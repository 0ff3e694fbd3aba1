import type { FetchNode, PlanNode, SequenceNode } from '../planning/executable-plan.ts';
import { executeBatch } from './execute-batch.ts';
import { executeFetch } from './execute-fetch.ts';
import type { Execution } from './execution.ts';
import { ownValue } from './merge.ts';

const NOTHING = Promise.resolve();

/** Runs a part of a plan. Resolves when all its fetches are merged or recorded as failed; undefined: there was nothing to fetch. */
export function executeNode(execution: Execution, node: PlanNode): Promise<unknown> | undefined {
  switch (node.kind) {
    case 'fetch':
      return node.id === undefined ? executeFetch(execution, node) : executeAwaitedFetch(execution, node, node.id);
    case 'batch':
      return executeBatch(execution, node);
    case 'sequence':
      return executeSequence(execution, node);
    case 'parallel':
      return Promise.all(node.nodes.map((child) => executeNode(execution, child) ?? NOTHING));
    case 'condition': {
      const branch = execution.coerced[node.variable] === true ? node.whenTrue : node.whenFalse;
      return branch && executeNode(execution, branch);
    }
  }
}

async function executeAwaitedFetch(execution: Execution, fetch: FetchNode, id: string): Promise<void> {
  await executeFetch(execution, fetch);
  execution.onFetched?.(id);
}

async function executeSequence(execution: Execution, { nodes }: SequenceNode): Promise<void> {
  for (const child of nodes) {
    const running = executeNode(execution, child);
    if (running) await running;
    if (execution.plan.serial && child.kind === 'fetch' && hasLostAnswer(execution, child)) return;
  }
}

/** A mutation whose whole answer is null already goes no further: a client that is told nothing worked must not find that more was done. */
function hasLostAnswer({ shape, data }: Execution, fetch: FetchNode): boolean {
  if (fetch.path.length > 0) return false;
  return shape.fields.some(({ key, type }) => type.nonNull && fetch.rootFields.includes(key) && (ownValue(data, key) ?? null) === null);
}
