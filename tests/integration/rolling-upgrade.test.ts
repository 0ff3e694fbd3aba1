import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import pg from 'pg';
import { silentLogger } from '../../platform/foundation/logger.ts';
import type { OutboxSchema } from '../../platform/messaging/outbox.ts';
import { openDatabase, type Kysely } from '../../platform/storage/database.ts';
import { reconcile } from '../../scripts/reconcile/reconcile.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { checkOutPreviousRelease } from '../support/previous-release.ts';
import { createTestVhost } from '../support/rabbitmq.ts';
import { createServiceProcess, type ServiceProcess } from '../support/service-process.ts';
import { AsyncStack, startPayments, startUsers } from '../support/subgraph-services.ts';

const PAY = `mutation ($key: String!, $amount: Decimal!) { pay(input: { userId: "1", amount: $amount, idempotencyKey: $key }) { payment { id } } }`;

describe('a rolling upgrade', () => {
  it('runs the previous release and this one side by side on the new schema, and the previous one does not start on it', async () => {
    await using stack = new AsyncStack();
    const previous = stack.use(await checkOutPreviousRelease());
    const [usersDatabase, paymentsDatabase, vhost] = [
      stack.use(await createTestDatabase()),
      stack.use(await createTestDatabase()),
      stack.use(await createTestVhost()),
    ];
    const env = { AMQP_URL: vhost.url };
    const old = (name: 'users' | 'payments', databaseUrl: string): ServiceProcess => {
      const prefix = name.toUpperCase();
      const program = { folder: previous.folder, file: join('scripts', 'run-source.mjs') };
      const variables = { ...env, [`${prefix}_DATABASE_URL`]: databaseUrl };
      return stack.use(createServiceProcess(`old ${name}`, ['start-service', name], `${prefix}_PORT`, variables, undefined, program));
    };
    const oldUsers = old('users', usersDatabase.url);
    const oldPayments = old('payments', paymentsDatabase.url);
    await Promise.all([oldUsers.start(), oldPayments.start()]);
    const pay = async (url: string, key: string, amount = '1.00'): Promise<string> =>
      (await ask<{ pay: { payment: { id: string } } }>(url, PAY, { key, amount })).pay.payment.id;
    const first = await pay(oldUsers.url, 'before');

    const users = stack.use(await startUsers({ databaseUrl: usersDatabase.url, env }));
    const payments = stack.use(await startPayments({ databaseUrl: paymentsDatabase.url, env }));
    const ids = new Set([first]);
    for (let count = 0; count < 10; count += 1) {
      const [mine, theirs] = count % 2 === 0 ? [users.url, oldUsers.url] : [oldUsers.url, users.url];
      const id = await pay(mine, `key ${count}`);
      expect(await pay(theirs, `key ${count}`)).toBe(id);
      ids.add(id);
    }
    for (const url of [users.url, oldUsers.url]) {
      const DEPOSIT = `mutation { deposit(input: { userId: "1", amount: "5.00", idempotencyKey: "d" }) { balance { amount } } }`;
      await ask(url, DEPOSIT);
    }
    await ask(oldPayments.url, 'mutation { pauseProcessing { paused } }');
    await ask(payments.url, 'mutation { resumeProcessing { paused } }');

    expect(await pay(users.url, 'before')).toBe(first);
    const sql = await connect(stack, usersDatabase.url);
    await eventually(async () => (await sql.query(`select from payment_requests where status = 'PROCESSED'`)).rowCount === 11);
    const report = await reconcile({
      users: await open(stack, usersDatabase.url),
      payments: await open(stack, paymentsDatabase.url),
      amqpUrls: [vhost.url],
      olderThanSeconds: 0,
      mend: false,
    });
    expect(report.differences).toEqual([]);
    expect(report).toMatchObject({ payments: { processed: 11, ledgerEntries: 22 }, broker: { requests: { waiting: 0, parked: 0 } } });
    expect(ids.size).toBe(11);
    const restarts = await Promise.allSettled(
      [oldUsers, oldPayments].map(async (service) => {
        await service.kill();
        await service.start();
      }),
    );
    const refusals = restarts.flatMap((restart) => (restart.status === 'rejected' ? [String(restart.reason)] : [])); // of those whose schema changed
    expect(refusals.length).toBeGreaterThan(0);
    for (const refusal of refusals)
      expect(refusal).toMatch(/does not listen \(exit 1\):[^]*is newer than this program: it has [^]*start the version that made it/);
  }, 180_000);
});

async function connect(stack: AsyncStack, url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  stack.use({ [Symbol.asyncDispose]: () => client.end() });
  return client;
}

async function open(stack: AsyncStack, url: string): Promise<Kysely<OutboxSchema>> {
  const database = await openDatabase<OutboxSchema>({ name: 'database', url, logger: silentLogger, poolSize: 2 });
  stack.use({ [Symbol.asyncDispose]: async () => database.stop(Date.now() + 1_000) });
  return database.db;
}
