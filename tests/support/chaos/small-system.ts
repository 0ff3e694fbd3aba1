import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { eventually } from '../eventually.ts';
import { ask, post } from '../graphql-client.ts';
import { createTestDatabase } from '../postgres.ts';
import { createTestVhost } from '../rabbitmq.ts';
import { startResumingSubscriber } from '../resuming-subscriber.ts';
import { FEW_CONNECTIONS, SHORT_LIVED_NODE } from '../short-lived.ts';
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.ts';
import type { Attempt } from './attempts.ts';
import { createChaosProcess, type ChaosProcess } from './chaos-process.ts';
import { DEFECT_SCHEMAS, type Defect } from './defects.ts';
import type { DepositWish } from './deposit-wishes.ts';
import { positionOf } from './position-of-cursor.ts';
import { findBrokenAtTheEnd, openWatch, type Broken, type Observed, type Poison, type WatchedSubscriber } from './verdicts.ts';

export interface Place {
  readonly cursor: string;
  readonly position: bigint;
}

/** Users and payments without a gateway, for one exact fault at a time. */
export interface SmallSystem extends AsyncDisposable {
  /** In all processes; absent: none. */
  readonly defect: Defect | undefined;
  readonly users: ChaosProcess;
  readonly payments: readonly [ChaosProcess, ChaosProcess];
  readonly databases: Observed['databases'];
  /** Between users and RabbitMQ. */
  readonly usersToBroker: TcpProxy;
  readonly brokerUrl: string;
  readonly observed: Observed;
  /** What was put into queues and must be found parked. */
  readonly poison: Poison[];
  /** Runs one payments replica, or both. */
  useReplicas(count: 1 | 2): Promise<void>;
  /** Asks once, without a key unless one is given: the answer may stay away. */
  pay(amount?: string, idempotencyKey?: string): Promise<Attempt>;
  deposit(): Promise<void>;
  /** The place behind the newest event. */
  placeNow(): Promise<Place>;
  /** Hears everything behind a place, default from here on; of the second replica when there are two. */
  subscribe(place?: Place): Promise<WatchedSubscriber['subscriber']>;
  /** All rules, once it is quiet or `quietWithinMs` are over. */
  findBroken(quietWithinMs?: number): Promise<Broken>;
}

/** On the run's PostgreSQL and RabbitMQ. @param defect in all processes */
export async function startSmallSystem(defect?: Defect): Promise<SmallSystem> {
  const stack: AsyncDisposable[] = [];
  const own = <T extends AsyncDisposable>(resource: T): T => {
    stack.push(resource);
    return resource;
  };
  const dispose = async (): Promise<void> => {
    for (const resource of stack.splice(0).reverse()) await resource[Symbol.asyncDispose]();
  };
  try {
    const [usersDatabase, paymentsDatabase, vhost] = await Promise.all([
      createTestDatabase('users'),
      createTestDatabase('payments'),
      createTestVhost(),
    ]);
    own(usersDatabase);
    own(paymentsDatabase);
    own(vhost);
    const broker = new URL(vhost.url);
    const usersToBroker = await startTcpProxy({ host: broker.hostname, port: Number(broker.port) });
    own({ [Symbol.asyncDispose]: () => usersToBroker.stop() });
    broker.port = String(usersToBroker.port);

    const users = own(
      createChaosProcess({
        name: 'users',
        kind: 'users',
        defect,
        nodeOptions: SHORT_LIVED_NODE,
        // Reconciling is put off until it is asked for: it would heal what the messaging loses.
        env: {
          ...FEW_CONNECTIONS,
          AMQP_URL: broker.href,
          USERS_DATABASE_URL: usersDatabase.url,
          USERS_RECONCILE_AFTER_MS: '600000',
          USERS_RETENTION_POLL_MS: '1000',
        },
      }),
    );
    const createPayments = (replica: number): ChaosProcess =>
      own(
        createChaosProcess({
          name: `payments ${replica}`,
          kind: 'payments',
          defect,
          nodeOptions: SHORT_LIVED_NODE,
          // A relay looks only when it is woken, so that it is known which one does.
          env: { ...FEW_CONNECTIONS, AMQP_URL: vhost.url, PAYMENTS_DATABASE_URL: paymentsDatabase.url, PAYMENTS_RELAY_POLL_MS: '60000' },
        }),
      );
    const payments = [createPayments(0), createPayments(1)] as const;
    await Promise.all([users.start(), payments[0].start()]);
    await Promise.all([untilConnected(users), untilConnected(payments[0])]);

    const databases = { users: await openWatch(usersDatabase.url), payments: await openWatch(paymentsDatabase.url) };
    for (const client of Object.values(databases) as pg.Pool[]) own({ [Symbol.asyncDispose]: () => client.end() });
    const schema = defect && DEFECT_SCHEMAS[defect];
    if (schema) await databases[schema.database].query(schema.sql);
    const { createUser } = await ask<{ createUser: { id: string } }>(
      users.url,
      'mutation { createUser(input: { name: "Vault", openingBalance: "1000000.00" }) { id } }',
    );
    const attempts: Attempt[] = [];
    const subscribers: WatchedSubscriber[] = [];
    const poison: Poison[] = [];
    const deposits: DepositWish[] = [];
    const observed: Observed = { databases, brokerUrl: () => vhost.url, attempts, deposits, subscribers, poison: () => poison };
    const askToDeposit = async (wish: DepositWish): Promise<void> => {
      const input = { userId: wish.userId, amount: `${wish.amountMinor / 100n}.00`, idempotencyKey: wish.idempotencyKey };
      const answer = await post<{ deposit: { id: string } }>(
        users.url,
        'mutation ($input: DepositInput!) { deposit(input: $input) { id } }',
        { input },
        8_000,
      ).catch(() => undefined); // it died of it, as it was told
      if (answer?.data) wish.outcome = 'done';
    };
    const listener = (): ChaosProcess => (payments[1].running ? payments[1] : payments[0]);
    const placeNow = async (): Promise<Place> => {
      const { paymentEventsCursor: cursor } = await ask<{ paymentEventsCursor: string }>(listener().url, '{ paymentEventsCursor }');
      return { cursor, position: positionOf(cursor) };
    };
    return {
      defect,
      users,
      payments,
      databases,
      usersToBroker,
      brokerUrl: vhost.url,
      observed,
      poison,
      async useReplicas(count) {
        await Promise.all([payments[0].start(), count === 2 ? payments[1].start() : payments[1].kill()]);
      },
      async pay(amount = '1.00', idempotencyKey) {
        const attempt: Attempt = {
          kind: 'pay',
          userId: createUser.id,
          description: randomUUID(),
          idempotencyKey: idempotencyKey ?? null,
          outcome: 'open',
          ids: new Set(),
        };
        attempts.push(attempt);
        const input = { userId: createUser.id, amount, description: attempt.description, idempotencyKey };
        const answer = await post<{ pay: { payment: { id: string } } }>(
          users.url,
          'mutation ($input: PayInput!) { pay(input: $input) { payment { id } } }',
          { input },
          8_000,
        ).catch(() => undefined); // it died of it, as it was told
        attempt.outcome = answer?.data ? 'accepted' : 'unknown';
        if (answer?.data) attempt.ids.add(answer.data.pay.payment.id);
        return attempt;
      },
      async deposit() {
        const wish: DepositWish = { userId: createUser.id, amountMinor: 500n, idempotencyKey: randomUUID(), outcome: 'open' };
        deposits.push(wish);
        await askToDeposit(wish);
      },
      placeNow,
      async subscribe(place) {
        const { cursor, position } = place ?? (await placeNow());
        const subscriber = own(startResumingSubscriber(() => listener().url, cursor, { fields: 'user { id }' }));
        subscribers.push({ name: `subscriber ${subscribers.length + 1}`, subscriber, firstPosition: position });
        return subscriber;
      },
      async findBroken(quietWithinMs = 4_000) {
        for (const wish of deposits) if (wish.outcome === 'open') await askToDeposit(wish); // with the same key, as a careful client would
        return findBrokenAtTheEnd(observed, quietWithinMs);
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Services start without a broker; a story about messages begins when they have it. */
async function untilConnected({ url }: ChaosProcess): Promise<void> {
  await eventually(async () => {
    const response = await fetch(new URL('/health/ready', url));
    return ((await response.json()) as { checks: { broker: { status: string } } }).checks.broker.status === 'up';
  });
}
