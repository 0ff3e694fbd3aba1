import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { ask, post, refusalCode } from '../support/graphql-client.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startPrivateRabbitmq } from '../support/rabbitmq.ts';
import { createServiceProcess, type ServiceProcess } from '../support/service-process.ts';

const PAY = `mutation ($input: PayInput!) { pay(input: $input) { payment { id status amount { amount } user { id name } } user { balance { amount } } } }`;
interface Paid {
  readonly pay: { readonly payment: { readonly id: string } };
}

/** One thing at a time is missing; what the rest promises still holds. */
describe('outages', () => {
  const stack: { [Symbol.asyncDispose](): Promise<void> }[] = [];
  let broker: Awaited<ReturnType<typeof startPrivateRabbitmq>>;
  let users: ServiceProcess;
  let payments: ServiceProcess;
  let gateway: ServiceProcess;

  beforeAll(async () => {
    const [usersDatabase, paymentsDatabase, rabbitmq] = await Promise.all([
      createTestDatabase('users'),
      createTestDatabase('payments'),
      startPrivateRabbitmq(),
    ]);
    broker = rabbitmq;
    stack.push(usersDatabase, paymentsDatabase, { [Symbol.asyncDispose]: () => rabbitmq.stop() });
    const shared = { AMQP_URL: rabbitmq.url, USERS_RECONCILE_AFTER_MS: '2000' };
    users = createServiceProcess('users', ['start-service', 'users'], 'USERS_PORT', { ...shared, USERS_DATABASE_URL: usersDatabase.url });
    payments = createServiceProcess('payments', ['start-service', 'payments'], 'PAYMENTS_PORT', {
      ...shared,
      PAYMENTS_DATABASE_URL: paymentsDatabase.url,
    });
    stack.push(users, payments);
    await Promise.all([users.start(), payments.start()]);
    gateway = createServiceProcess('gateway', ['gateway'], 'GATEWAY_PORT', { USERS_URL: users.url, PAYMENTS_URL: payments.url });
    stack.push(gateway);
    await gateway.start();
  }, 90_000);
  afterAll(async () => {
    for (const resource of stack.reverse()) await resource[Symbol.asyncDispose]();
  }, 30_000);

  const pay = async (): Promise<string> => (await ask<Paid>(gateway.url, PAY, { input: { userId: '1', amount: '1.00' } })).pay.payment.id;
  const isProcessed = async (id: string): Promise<boolean> =>
    (await post<{ payment: { status: string } | null }>(gateway.url, `query ($id: ID!) { payment(id: $id) { status } }`, { id })).data
      ?.payment?.status === 'PROCESSED';

  it('payments is down: pay is accepted and answered whole by users, and processed when payments is back', async () => {
    await payments.kill('SIGKILL');

    const { pay: answer } = await ask<{ pay: { payment: { id: string } } }>(gateway.url, PAY, { input: { userId: '2', amount: '1.00' } });
    const { user } = await ask<{ user: unknown }>(
      gateway.url,
      `{ user(id: "2") { name pendingPayments { id amount { amount } user { name } } } }`,
    );
    const partial = await post<{ user: { name: string } | null }>(gateway.url, `{ user(id: "2") { name payments { nodes { id } } } }`);
    await payments.start();

    expect(answer).toMatchObject({ payment: { status: 'PENDING', amount: { amount: '1.00' }, user: { id: '2', name: 'Ana' } } });
    expect(user).toMatchObject({
      name: 'Ana',
      pendingPayments: [{ id: answer.payment.id, amount: { amount: '1.00' }, user: { name: 'Ana' } }],
    });
    expect(partial.data).toEqual({ user: null }); // payments is non-null, so its failure takes the nullable user
    expect(partial.errors).toEqual([
      expect.objectContaining({
        path: ['user'], // where the entity is that could not be completed
        extensions: expect.objectContaining({ code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'payments' }),
      }),
    ]);
    await eventually(() => isProcessed(answer.payment.id), 20_000);
  }, 60_000);

  it('users is down: pay is an error with SUBGRAPH_UNAVAILABLE, the gateway stays ready and says who is missing', async () => {
    await users.kill('SIGKILL');

    const code = await refusalCode(gateway.url, PAY, { input: { userId: '1', amount: '1.00' } });
    const health = await eventually(async () => {
      const response = await fetch(new URL('/health/ready', gateway.url));
      const body = JSON.stringify(await response.json());
      return response.status === 200 && /users/.test(body) ? body : undefined;
    });
    await users.start();

    expect(code).toBe('SUBGRAPH_UNAVAILABLE');
    expect(health).toContain('users');
    await eventually(async () => (await refusalCode(gateway.url, '{ user(id: "1") { name } }')) === undefined);
  }, 60_000);

  it('the broker is gone: pay is accepted as fast as ever; it comes back and has lost everything: what was accepted before and meanwhile is processed all the same', async () => {
    await ask(gateway.url, `mutation { pauseProcessing { paused } }`);
    const before = [await pay(), await pay()];
    // One that was sent again may be there twice.
    await eventually(
      async () => (await ask<{ processing: { waiting: number } }>(gateway.url, `{ processing { waiting } }`)).processing.waiting >= 2,
    );

    await broker.kill('SIGKILL');
    const begunAt = Date.now();
    const meanwhile = [await pay(), await pay(), await pay()];
    const tookMs = Date.now() - begunAt;
    await broker.wipe();
    await broker.start();
    await ask(gateway.url, `mutation { resumeProcessing { paused } }`);

    expect(tookMs).toBeLessThan(1_500);
    for (const id of [...before, ...meanwhile]) await eventually(() => isProcessed(id), 40_000);
  }, 120_000);
});
