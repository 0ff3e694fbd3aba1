import type { DeferredPlan } from '../planning/compile-defer.ts';
import type { DeferredFragment } from '../planning/deferred-fragments.ts';
import type { PlanNode } from '../planning/executable-plan.ts';
import { ErrorLog } from './error-log.ts';
import { executeNode } from './execute-node.ts';
import type { Execution } from './execution.ts';
import { maskError } from './mask-error.ts';

/** All fetches of a plan that answers in parts. They run at once, as far as they do not wait for each other. */
export interface DeferredRun {
  /** What is part of the initial answer is fetched. Never rejects. */
  readonly initial: Promise<void>;
  /** What a fragment's own fields need is fetched: those of its fragments that are not deferred among it. Never rejects. */
  whenFetched(label: string): Promise<void>;
  /** Errors of a fragment's own fetches, and what is explained by those of the fragments around it. */
  errorsOf(label: string): ErrorLog;
}

/**
 * Starts a plan that answers in parts.
 * @param execution its errors are those of the initial answer
 * @param active labels of the fragments that are deferred this time; the fields of the others belong to what is around them
 */
export function runDeferred({ plan, fragments, fetches }: DeferredPlan, execution: Execution, active: ReadonlySet<string>): DeferredRun {
  const gates = createGates(fetches.flatMap(({ after }) => after));
  const logs = new Map<string, ErrorLog>();
  const logOf = (label: string | undefined): ErrorLog => {
    const owner = ownerOf(label, fragments, active);
    if (owner === undefined) return execution.errors;
    const known = logs.get(owner);
    if (known) return known;
    const log = new ErrorLog(logOf(fragments.get(owner)?.enclosing));
    logs.set(owner, log);
    return log;
  };
  const run = async (node: PlanNode | undefined, errors: ErrorLog): Promise<void> => {
    try {
      if (node) await executeNode({ ...execution, errors, onFetched: gates.open }, node);
    } catch (error) {
      errors.add(maskError(error, execution.logger, execution.context.requestId), undefined);
    } finally {
      for (const id of idsIn(node)) gates.open(id); // also of fetches that a condition or a failure left out
    }
  };

  const byOwner = new Map<string | undefined, Promise<void>[]>([[undefined, [run(plan.node, execution.errors)]]]);
  for (const { label, after, node } of fetches) {
    const owner = ownerOf(label, fragments, active);
    const fetched = Promise.all(after.map(gates.opened)).then(() => run(node, logOf(label)));
    const others = byOwner.get(owner);
    if (others) others.push(fetched);
    else byOwner.set(owner, [fetched]);
  }
  const whenFetched = async (owner: string | undefined): Promise<void> => {
    await Promise.all(byOwner.get(owner) ?? []);
  };
  return { initial: whenFetched(undefined), whenFetched, errorsOf: logOf };
}

/** The deferred fragment that something belongs to: itself, or the next one around that is deferred; undefined: the initial answer. */
function ownerOf(
  label: string | undefined,
  fragments: ReadonlyMap<string, DeferredFragment>,
  active: ReadonlySet<string>,
): string | undefined {
  let owner = label;
  while (owner !== undefined && !active.has(owner)) owner = fragments.get(owner)?.enclosing;
  return owner;
}

interface Gates {
  open(id: string): void;
  opened(id: string): Promise<void>;
}

function createGates(ids: readonly string[]): Gates {
  const gates = new Map(
    ids.map((id) => {
      let open = (): void => undefined;
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      return [id, { open, opened }] as const;
    }),
  );
  return {
    open: (id) => gates.get(id)?.open(),
    opened: async (id) => gates.get(id)?.opened,
  };
}

function idsIn(node: PlanNode | undefined): string[] {
  switch (node?.kind) {
    case 'fetch':
      return node.id === undefined ? [] : [node.id];
    case 'sequence':
    case 'parallel':
      return node.nodes.flatMap(idsIn);
    case 'condition':
      return [...idsIn(node.whenTrue), ...idsIn(node.whenFalse)];
    case 'batch': // its planner makes no plans with deferred parts
    case undefined:
      return [];
  }
}
