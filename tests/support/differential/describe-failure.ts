import type { PlannerName } from '../../../gateway/planning/planner.ts';
import type { RandomOperation } from '../random-operation.ts';
import type { Differential, OperationKind, Outcome, Trial } from './differential.ts';

/** Everything that is needed to look at a difference: how to make it again, the subgraphs, the operation, both answers and the plan. */
export function describeFailure(
  { seed, subgraphs }: Pick<Differential, 'seed' | 'subgraphs'>,
  {
    operationSeed,
    kind = 'whole',
    trial = 'nothing',
    planner = 'apollo',
  }: { operationSeed: number; kind?: OperationKind; trial?: Trial; planner?: PlannerName },
  { query, variables }: RandomOperation,
  { problem, plan, answer, expected }: Outcome,
): string {
  return [
    `DIFFERENT: graph ${seed}, operation ${operationSeed}${trial === 'nothing' ? '' : `, failing: ${trial}`}; again: npm run fuzz -- --seed ${seed} --operation ${operationSeed}${kind === 'whole' ? '' : ` --kind '${kind}'`}${planner === 'apollo' ? '' : ` --planner ${planner}`}`,
    ...subgraphs.map(({ name, sdl }) => `--- subgraph ${name}\n${sdl.trimEnd()}`),
    `--- operation\n${query.trim()}\n${JSON.stringify(variables)}`,
    `--- plan\n${plan}`,
    `--- answer\n${JSON.stringify(answer)}`,
    `--- expected\n${JSON.stringify(expected)}`,
    `--- ${problem ?? 'no problem'}`,
    '',
  ].join('\n');
}
