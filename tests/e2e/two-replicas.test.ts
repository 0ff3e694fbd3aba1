import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { payCarefully, type AcceptedPayment } from '../support/careful-payer.ts';
import { eventually } from '../support/eventually.ts';
import { ask, post } from '../support/graphql-client.ts';
import { findViolations, openMoneyChecker, type MoneyChecker } from '../support/money-checker.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { createTestVhost } from '../support/rabbitmq.ts';
import { startResumingSubscriber } from '../support/resuming-subscriber.ts';
import { createServiceProcess, type ServiceProcess } from '../support/service-process.ts';

/** Two of everything side by side on one RabbitMQ and one database for each service; gateway 0 asks the replicas 0, gateway 1 the replicas 1. */
describe('two replicas of each service', () => {
  const stack: { [Symbol.asyncDispose](): Promise<void> }[] = [];
  const users: ServiceProcess[] = [];
  const payments: ServiceProcess[] = [];
  const gateways: ServiceProcess[] = [];
  const accepted: AcceptedPayment[] = [];
  let checker: MoneyChecker;
  let userId: string;

  beforeAll(async () => {
    const [usersDatabase, paymentsDatabase, vhost] = await Promise.all([
      createTestDatabase('users'),
      createTestDatabase('payments'),
      createTestVhost(),
    ]);
    stack.push(usersDatabase, paymentsDatabase, vhost);
    for (let replica = 0; replica < 2; replica += 1) {
      users.push(
        createServiceProcess(`users ${replica}`, ['start-service', 'users'], 'USERS_PORT', {
          AMQP_URL: vhost.url,
          USERS_DATABASE_URL: usersDatabase.url,
        }),
      );
      payments.push(
        createServiceProcess(`payments ${replica}`, ['start-service', 'payments'], 'PAYMENTS_PORT', {
          AMQP_URL: vhost.url,
          PAYMENTS_DATABASE_URL: paymentsDatabase.url,
        }),
      );
    }
    stack.push(...users, ...payments);
    await Promise.all([...users, ...payments].map((service) => service.start())); // all four migrate at once
    for (const replica of [0, 1]) {
      const gateway = createServiceProcess(`gateway ${replica}`, ['gateway'], 'GATEWAY_PORT', {
        USERS_URL: users[replica]?.url ?? '',
        PAYMENTS_URL: payments[replica]?.url ?? '',
      });
      gateways.push(gateway);
      stack.push(gateway);
    }
    await Promise.all(gateways.map((gateway) => gateway.start()));
    checker = await openMoneyChecker(usersDatabase.url, paymentsDatabase.url);
    stack.push(checker);
    userId = (
      await ask<{ createUser: { id: string } }>(
        url(0),
        `mutation { createUser(input: { name: "Twice", openingBalance: "100000.00" }) { id } }`,
      )
    ).createUser.id;
  }, 90_000);
  afterAll(async () => {
    for (const resource of stack.reverse()) await resource[Symbol.asyncDispose]();
  }, 30_000);

  const url = (replica: number): string => gateways[replica % 2]?.url ?? '';
  const payMany = async (count: number): Promise<void> => {
    const outcomes = await Promise.all(
      Array.from({ length: count }, (_, index) => payCarefully(url(index), { userId, amount: index % 10 === 0 ? '10000.01' : '1.00' })),
    );
    for (const outcome of outcomes) if (!('refused' in outcome)) accepted.push(outcome);
  };

  it('subscribers of both gateways see every outcome once and in the same order, also when one payments replica dies', async () => {
    await using first = startResumingSubscriber(() => url(0));
    await using second = startResumingSubscriber(() => url(1));
    while (first.events.length === 0 || second.events.length === 0) {
      await payMany(1);
      await eventually(() => first.events.length > 0 && second.events.length > 0, 1_000).catch(() => undefined);
    }

    const paying = payMany(40);
    await payments[1]?.kill('SIGKILL');
    await paying;
    await payMany(20);
    await payments[1]?.start();
    await payMany(10);
    await eventually(async () => (await checker.countUndecided()) === 0, 20_000);
    const outcomes = await checker.listOutcomes();
    const behind = (subscriber: typeof first): string[] => outcomes.slice(outcomes.indexOf(subscriber.events[0]?.payment.id ?? ''));
    await eventually(() => first.events.length >= behind(first).length && second.events.length >= behind(second).length, 20_000);

    expect(first.events.map((event) => event.payment.id)).toEqual(behind(first));
    expect(second.events.map((event) => event.payment.id)).toEqual(behind(second));
    expect(await findViolations(checker, accepted)).toEqual([]);
  }, 90_000);

  it('one idempotency key sent to both replicas at once makes one payment', async () => {
    const pay = (replica: number) =>
      post<{ pay: { payment: { id: string } } }>(
        url(replica),
        `mutation ($userId: ID!) { pay(input: { userId: $userId, amount: "3.00", idempotencyKey: "both" }) { payment { id } } }`,
        { userId },
      );

    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => pay(index)));

    const ids = new Set(answers.map((answer) => answer.data?.pay.payment.id));
    expect(ids.size).toBe(1);
    for (const id of ids) if (id) accepted.push({ id, userId, amount: '3.00' });
    await eventually(async () => (await checker.countUndecided()) === 0);
    expect(await findViolations(checker, accepted)).toEqual([]);
  }, 30_000);

  it('a pause on one replica holds for both, and outlives a restart of both', async () => {
    await ask(url(0), `mutation { pauseProcessing { paused } }`);
    const paused = async (replica: number): Promise<boolean> =>
      (await ask<{ processing: { paused: boolean } }>(url(replica), `{ processing { paused } }`)).processing.paused;
    await eventually(() => paused(1), 2_000);
    await Promise.all(payments.map((service) => service.kill('SIGTERM')));
    await Promise.all(payments.map((service) => service.start()));

    await payMany(4);
    const waiting = await eventually(
      async () => (await ask<{ processing: { waiting: number } }>(url(1), `{ processing { waiting } }`)).processing.waiting === 4,
    );
    const undecided = await checker.countUndecided();
    await ask(url(1), `mutation { resumeProcessing { paused } }`);

    expect([waiting, undecided]).toEqual([true, 4]);
    await eventually(async () => (await checker.countUndecided()) === 0, 20_000);
    expect(await findViolations(checker, accepted)).toEqual([]);
  }, 60_000);
});
