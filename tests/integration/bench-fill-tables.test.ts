import { expect, it } from '@jest/globals';
import { fillTables } from '../../bench/payments/fill-tables.ts';
import { runSql } from '../../bench/payments/run-sql.ts';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { ask } from '../support/graphql-client.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startPayments } from '../support/subgraph-services.ts';

it('tables that the benchmark fills hold what the services would have written', async () => {
  await using users = await createTestDatabase('users');
  await using payments = await createTestDatabase('payments');
  const urls = { users: users.url, payments: payments.url };
  const startedAt = new Date();

  const [first, second] = [
    { users: 20, payments: 100 },
    { users: 40, payments: 200 },
  ];
  await fillTables(urls, { from: { users: 0, payments: 0 }, to: first, most: 200, startedAt });
  await fillTables(urls, { from: first, to: second, most: 200, startedAt });

  const requests = await runSql(
    urls.users,
    'select id, user_id::text, status, failure_reason, requested_at from payment_requests order by id',
  );
  expect(requests).toHaveLength(200);
  expect(await runSql(urls.payments, 'select id, user_id, status, failure_reason, requested_at from payments order by id')).toEqual(
    requests,
  );
  expect(await runSql(urls.users, 'select from payment_requests left join users on users.id = user_id where users.id is null')).toEqual([]);
  const unbalanced = `select from payments left join ledger_entries on payment_id = payments.id group by payments.id
    having coalesce(sum(ledger_entries.amount_minor), 0) <> 0 or count(ledger_entries.id) <> case status when 'PROCESSED' then 2 else 0 end`;
  expect(await runSql(urls.payments, unbalanced)).toEqual([]);
  expect(
    await runSql(
      urls.payments,
      'select min(position)::int as low, max(position)::int as high, count(distinct position)::int as many from outbox',
    ),
  ).toEqual([{ low: 1, high: 200, many: 200 }]);
  await using service = await startPayments({ databaseUrl: urls.payments, broker: createMemoryBroker() });
  const { payments: failed } = await ask<{ payments: { nodes: object[] } }>(
    service.url,
    '{ payments(first: 100, status: FAILED) { nodes { failureReason amount { amount } } } }',
  );
  expect(failed.nodes).toEqual(Array.from({ length: 4 }, () => ({ failureReason: 'LIMIT_EXCEEDED', amount: { amount: '1.00' } })));
});
