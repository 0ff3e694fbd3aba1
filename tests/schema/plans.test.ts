import { readFileSync, readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ExecutablePlan } from '../../gateway/planning/executable-plan.ts';
import { prepareOperation } from '../../gateway/planning/prepare-operation.ts';
import { createSupergraph, type Supergraph } from '../../gateway/supergraph/supergraph.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { describePlan } from '../../gateway/planning/describe-plan.ts';

const folder = new URL('../../operations/examples/', import.meta.url);
let supergraph: Supergraph;
beforeAll(() => {
  supergraph = createSupergraph(readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8'));
});

function planOf(query: string): ExecutablePlan {
  const limits = { maxTokens: 15_000, maxDepth: 200, maxSelections: 20_000, maxAliases: 1_000 };
  const prepared = prepareOperation({ query }, supergraph, {
    ...limits,
    introspection: true,
    cursor: { argument: 'after', field: 'cursor' },
    logger: silentLogger,
  });
  if ('refusal' in prepared) throw new Error(prepared.refusal.errors.map(({ message }) => message).join('\n'));
  return prepared.operation.plan;
}

describe('the plan of', () => {
  it.each(readdirSync(folder).filter((file) => file.endsWith('.graphql')))('%s', (file) => {
    expect(describePlan(planOf(readFileSync(new URL(file, folder), 'utf8')))).toMatchSnapshot();
  });
});

describe('users alone is asked for', () => {
  const everything =
    'id status description requestedAt processedAt failureReason amount { amount currency } user { id name createdAt balance { amount currency } }';

  it.each([
    [
      'everything below pay { payment }',
      `mutation { pay(input: { userId: "1", amount: "1.00" }) { payment { ${everything} } user { name } } }`,
    ],
    ['everything below pendingPayments', `{ user(id: "1") { pendingPayments { ${everything} } } }`],
    [
      'the pending payments of the payer of a payment',
      'mutation { pay(input: { userId: "1", amount: "1.00" }) { payment { user { pendingPayments { status } } } } }',
    ],
  ])('%s', (_title, query) => {
    expect(planOf(query).node).toMatchObject({ kind: 'fetch', subgraph: 'users' });
  });
});
