import { Kind, OperationTypeNode, parse, specifiedRules, validate, type OperationDefinitionNode } from 'graphql';
import { compilePlan } from '../../gateway/planning/compile-plan.ts';
import { deferRules } from '../../gateway/planning/defer-rules.ts';
import { toPlannableOperation } from '../../gateway/planning/plannable-operation.ts';
import type { PlannerName } from '../../gateway/planning/planner.ts';
import { createSupergraph, type Supergraph } from '../../gateway/supergraph/supergraph.ts';
import { percentile } from './percentile.ts';

export const STAGES = ['parse', 'validate', 'plan', 'compile'] as const;
export type Stage = (typeof STAGES)[number];

export interface StageTimes {
  readonly planner: PlannerName;
  readonly operations: number;
  /** Processor time of one operation, all stages. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly totalMs: number;
  /** Stage → share of the total, 0 to 1. */
  readonly shares: Readonly<Record<Stage, number>>;
}

/**
 * What it costs to prepare operations that were never seen: processor time, which moves less than the clock when the machine does other work.
 * @param warmUp prepared before, not counted
 */
export function timeStages(sdl: string, planner: PlannerName, queries: readonly string[], warmUp: readonly string[]): StageTimes {
  const supergraph = createSupergraph(sdl, { planner });
  for (const query of warmUp) prepare(supergraph, query);
  const each = queries.map((query) => prepare(supergraph, query));
  const totals = each.map((times) => STAGES.reduce((sum, stage) => sum + times[stage], 0)).sort((one, other) => one - other);
  const totalMs = totals.reduce((sum, time) => sum + time, 0);
  const share = (stage: Stage): number => each.reduce((sum, times) => sum + times[stage], 0) / totalMs;
  return {
    planner,
    operations: queries.length,
    p50Ms: percentile(totals, 0.5),
    p99Ms: percentile(totals, 0.99),
    totalMs,
    shares: { parse: share('parse'), validate: share('validate'), plan: share('plan'), compile: share('compile') },
  };
}

/** The steps of `prepare-operation.ts`, each with a clock. */
function prepare({ schema, planner, types, inputs, subgraphSchema }: Supergraph, query: string): Record<Stage, number> {
  const timed = stopwatch();
  const document = parse(query);
  const parsed = timed();
  const [error] = validate(schema, document, [...deferRules, ...specifiedRules]);
  if (error) throw error;
  const validated = timed();
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  if (operation?.operation !== OperationTypeNode.QUERY) throw new Error('only queries are measured');
  const plannable = toPlannableOperation(document, operation, inputs);
  const plan = planner.plan({ kind: Kind.DOCUMENT, definitions: [plannable.operation] });
  const planned = timed();
  compilePlan(plan, plannable, operation, {
    schema,
    types,
    subgraphSchema,
    cursor: { argument: 'after', field: 'cursor' },
  }).response.select(() => true);
  return { parse: parsed, validate: validated, plan: planned, compile: timed() };
}

/** @returns processor time since the last call, in milliseconds */
function stopwatch(): () => number {
  let last = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(last);
    last = process.cpuUsage();
    return (user + system) / 1000;
  };
}
