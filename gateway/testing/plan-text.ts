import { silentLogger } from '../../platform/foundation/logger.ts';
import { describePlan } from '../planning/describe-plan.ts';
import { prepareOperation } from '../planning/prepare-operation.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';

/** The plan of an operation as people read it. @throws Error with what the gateway would say when it would refuse the operation */
export function planText(supergraph: Supergraph, query: string, operationName?: string): string {
  const prepared = prepareOperation({ query, operationName }, supergraph, {
    introspection: true,
    maxTokens: 15_000,
    maxDepth: 200,
    maxSelections: 20_000,
    maxAliases: 1_000,
    cursor: { argument: 'after', field: 'cursor' },
    logger: silentLogger,
  });
  if ('operation' in prepared) return describePlan(prepared.operation.plan);
  throw new Error(`the operation has no plan: ${prepared.refusal.errors.map(({ message }) => message).join('; ')}`);
}
