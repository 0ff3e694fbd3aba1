import { describe, expect, it } from '@jest/globals';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import type { StatementSeam } from '../../platform/storage/database.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { AsyncStack, startPayments, startUsers } from '../support/subgraph-services.ts';

describe('a service whose database goes away while it starts', () => {
  it.each(['users', 'payments'] as const)('waits for it, whichever statement of its start met a lost connection: %s', async (service) => {
    await using stack = new AsyncStack();
    const [usersDatabase, paymentsDatabase] = [
      stack.use(await createTestDatabase('users')),
      stack.use(await createTestDatabase('payments')),
    ];
    const broker = createMemoryBroker();
    stack.use({ [Symbol.asyncDispose]: async () => broker.stop(Date.now()) });
    const lost = new Set<string>();
    const onStatement: StatementSeam = (statement, send) => {
      if (lost.has(statement.text)) return send(statement);
      lost.add(statement.text);
      return Promise.reject(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    };
    const seamsOf = (name: string): { seams?: { onStatement: StatementSeam } } => (name === service ? { seams: { onStatement } } : {});

    const users = stack.use(await startUsers({ databaseUrl: usersDatabase.url, broker, ...seamsOf('users') }));
    const payments = stack.use(await startPayments({ databaseUrl: paymentsDatabase.url, broker, ...seamsOf('payments') }));

    expect(lost.size).toBeGreaterThan(1);
    const { createUser } = await eventually(() =>
      ask<{ createUser: { id: string } }>(
        users.url,
        'mutation { createUser(input: { name: "Payer", openingBalance: "10", currency: "MXN" }) { id } }',
      ).catch(() => undefined),
    );
    const input = { userId: createUser.id, amount: '1', idempotencyKey: 'one' };
    const { pay } = await eventually(() =>
      ask<{ pay: { payment: { id: string } } }>(users.url, 'mutation ($input: PayInput!) { pay(input: $input) { payment { id } } }', {
        input,
      }).catch(() => undefined),
    );
    await eventually(
      async () =>
        (
          await ask<{ payment: unknown }>(payments.url, 'query ($id: ID!) { payment(id: $id) { id } }', { id: pay.payment.id }).catch(
            () => ({ payment: null }),
          )
        ).payment !== null,
    );
  });
});
