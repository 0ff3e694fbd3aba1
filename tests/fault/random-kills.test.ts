import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pause } from '../../platform/foundation/backoff.ts';
import { payCarefully, type AcceptedPayment } from '../support/careful-payer.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import { findViolations, openMoneyChecker, type MoneyChecker } from '../support/money-checker.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startPrivateRabbitmq } from '../support/rabbitmq.ts';
import { startResumingSubscriber, type SeenEvent } from '../support/resuming-subscriber.ts';
import { createSeededRandom } from '../../gateway/testing/seeded-random.ts';
import { createServiceProcess, type ServiceProcess } from '../support/service-process.ts';

const SEED = Number(process.env.FAULT_SEED ?? 20_261_123);
const CLIENTS = 8;
const PAYMENTS_EACH = 25;
/** RabbitMQ 3.10 may lose confirmed messages of a quorum queue that is younger than this when it is killed. */
const QUEUE_SETTLING_MS = 4_000;

/** What dies, in this order of kinds; the seed chooses the pauses between. `stalled`: while transactions of messages are held open by a lock. */
const KILLS = [
  'payments-stalled',
  'users-stalled',
  'broker',
  'payments',
  'users',
  'gateway',
  'payments-stalled',
  'broker',
  'gateway',
  'users-stalled',
  'payments-stalled',
  'broker',
  'users',
  'gateway',
  'payments',
] as const;

describe('random kills', () => {
  const stack: { [Symbol.asyncDispose](): Promise<void> }[] = [];
  let broker: Awaited<ReturnType<typeof startPrivateRabbitmq>>;
  let users: ServiceProcess;
  let payments: ServiceProcess;
  let gateway: ServiceProcess;
  let checker: MoneyChecker;

  beforeAll(async () => {
    const own = <T extends { [Symbol.asyncDispose](): Promise<void> }>(resource: T): T => {
      stack.push(resource);
      return resource;
    };
    const [usersDatabase, paymentsDatabase, rabbitmq] = await Promise.all([
      createTestDatabase(),
      createTestDatabase(),
      startPrivateRabbitmq(),
    ]);
    own(usersDatabase);
    own(paymentsDatabase);
    broker = rabbitmq;
    own({ [Symbol.asyncDispose]: () => rabbitmq.stop() });
    // Reconciling is put off until long after the test: it would heal what the messaging loses.
    const shared = { AMQP_URL: broker.url, USERS_DATABASE_URL: usersDatabase.url, PAYMENTS_DATABASE_URL: paymentsDatabase.url };
    users = own(createServiceProcess('users', ['start-service', 'users'], 'USERS_PORT', { ...shared, USERS_RECONCILE_AFTER_MS: '600000' }));
    payments = own(createServiceProcess('payments', ['start-service', 'payments'], 'PAYMENTS_PORT', shared));
    await Promise.all([users.start(), payments.start()]);
    gateway = own(createServiceProcess('gateway', ['gateway'], 'GATEWAY_PORT', { USERS_URL: users.url, PAYMENTS_URL: payments.url }));
    await gateway.start();
    checker = own(await openMoneyChecker(usersDatabase.url, paymentsDatabase.url));
  }, 90_000);

  afterAll(async () => {
    for (const resource of stack.reverse()) await resource[Symbol.asyncDispose]();
  }, 30_000);

  it('no payment is lost or doubled and no event is missed while users, payments, the gateway and the broker are killed', async () => {
    const random = createSeededRandom(SEED);
    const payer = await ask<{ createUser: { id: string } }>(
      gateway.url,
      `mutation { createUser(input: { name: "Vault", openingBalance: "5000000.00" }) { id } }`,
    );
    const userIds = ['1', '2', payer.createUser.id];
    const first = await payUntilOneIsSeen(gateway.url, payer.createUser.id);
    await pause(QUEUE_SETTLING_MS);

    await using subscriber = startResumingSubscriber(() => gateway.url, first.event.cursor);
    const accepted: AcceptedPayment[] = [...first.accepted];
    const refused: string[] = [];
    const caught = { users: 0, payments: 0 };
    const clients = Array.from({ length: CLIENTS }, async () => {
      for (let count = 0; count < PAYMENTS_EACH; count += 1) {
        // one in ten is above the limit for one payment, so that it fails and is credited back
        const input =
          random.next() < 0.1
            ? { userId: payer.createUser.id, amount: '10000.01' }
            : { userId: random.pick(userIds), amount: `${random.between(1, 30)}.${random.between(10, 99)}` };
        const outcome = await payCarefully(gateway.url, input);
        if ('refused' in outcome) refused.push(outcome.refused);
        else accepted.push(outcome);
        await pause(random.between(200, 3_000));
      }
    });

    const kills = killInTurn();
    await Promise.all([...clients, kills]);

    await eventually(async () => (await checker.countUndecided()) === 0, 20_000).catch(() => undefined); // the violations say which were lost
    const outcomes = await checker.listOutcomes();
    const expected = outcomes.slice(outcomes.indexOf(first.event.payment.id) + 1);
    await eventually(() => subscriber.events.length >= expected.length, 10_000).catch(() => undefined);

    expect(await findViolations(checker, accepted)).toEqual([]);
    expect(refused.filter((code) => code !== 'INSUFFICIENT_FUNDS')).toEqual([]);
    expect(accepted.length + refused.length).toBe(CLIENTS * PAYMENTS_EACH + first.accepted.length);
    expect([...outcomes].sort()).toEqual(accepted.map((payment) => payment.id).sort());
    expect(subscriber.events.map((event) => event.payment.id)).toEqual(expected);
    expect(subscriber.events.every((event) => event.payment.user.name.length > 0)).toBe(true);
    expect(subscriber.resumed).toBeGreaterThan(0);
    expect(Math.min(caught.users, caught.payments)).toBeGreaterThan(0); // a run that caught no message in hand has shown little

    async function killInTurn(): Promise<void> {
      for (const kill of KILLS) {
        await pause(random.between(200, 1_000));
        if (kill === 'broker') {
          await broker.kill('SIGKILL');
          await pause(random.between(0, 1_000));
          await broker.start();
          continue;
        }
        const target = { users, payments, gateway, 'users-stalled': users, 'payments-stalled': payments }[kill];
        if (kill === 'users-stalled' || kill === 'payments-stalled') {
          const service = kill === 'users-stalled' ? 'users' : 'payments';
          await using stall = await checker.stall(service, 5_000);
          caught[service] += stall.caught ? 1 : 0;
          await target.kill('SIGKILL');
          await checker.dropOpenTransactions(service);
        } else await target.kill('SIGKILL');
        await pause(random.between(0, 500));
        await target.start();
      }
    }
  }, 240_000);
});

/**
 * Pays until a subscriber without a cursor sees the first outcome: when such a subscription became live is not known from outside.
 * @returns that event, a cursor to begin at, and everything that was paid for it
 */
async function payUntilOneIsSeen(url: string, userId: string): Promise<{ event: SeenEvent; accepted: AcceptedPayment[] }> {
  await using subscriber = startResumingSubscriber(() => url);
  const accepted: AcceptedPayment[] = [];
  while (subscriber.events.length === 0 && accepted.length < 20) {
    const outcome = await payCarefully(url, { userId, amount: '1.00' });
    if ('refused' in outcome) throw new Error(`refused with ${outcome.refused}`);
    accepted.push(outcome);
    await eventually(() => subscriber.events.length > 0, 2_000).catch(() => undefined);
  }
  const [event] = subscriber.events;
  if (!event) throw new Error('no payment was reported');
  return { event, accepted };
}
