import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { openDatabase } from '../../platform/storage/database.ts';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { createPay, type AcceptedPayment, type Pay } from '../../subgraphs/users/pay.ts';
import { createSettlePayment } from '../../subgraphs/users/settle-payment.ts';
import type { UsersDatabase } from '../../subgraphs/users/users-database.ts';
import type { OutboxSchema } from '../../platform/messaging/outbox.ts';
import type { PaymentOutcome } from '../../subgraphs/payment-messages.ts';
import { eventually } from '../support/eventually.ts';
import { keepDeadlocks } from '../support/keep-deadlocks.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { AsyncStack, startUsers } from '../support/subgraph-services.ts';

/** Calls that are made in one go share a statement: each must get what it would have got by itself. */
describe('payments and outcomes that share a statement', () => {
  const stack = new AsyncStack();
  const statements: string[] = [];
  let db: UsersDatabase;
  let url: string;
  let sql: pg.Client;
  let pay: (input: Pay) => Promise<AcceptedPayment>;

  beforeAll(async () => {
    const database = stack.use(await createTestDatabase('users'));
    url = database.url;
    await keepDeadlocks(url);
    await (await startUsers({ databaseUrl: url, broker: createMemoryBroker() })).service.stop(); // it has made the tables
    const opened = await openDatabase<OutboxSchema>({
      name: 'users database',
      url,
      logger: silentLogger,
      onQuery: (text) => statements.push(text),
    });
    stack.use({ [Symbol.asyncDispose]: async () => opened.stop(Date.now() + 1_000) });
    db = opened.db;
    pay = createPay({ db, reconcileAfterMs: 60_000, onCommitted: () => undefined });
    sql = new pg.Client(url);
    await sql.connect();
    stack.use({ [Symbol.asyncDispose]: () => sql.end() });
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const createUser = async (balanceMinor: number, currency = 'MXN'): Promise<string> => {
    const { rows } = await sql.query<{ id: string }>(
      'insert into users (name, currency, opening_balance_minor, balance_minor) values ($1, $2, $3, $3) returning id::text as id',
      ['Payer', currency, balanceMinor],
    );
    return rows[0]?.id ?? '';
  };
  const stateOf = async (userId: string) => {
    const { rows } = await sql.query<{ balance: number; debited: number; requests: number; queued: number }>(
      `select balance_minor::int as balance, (opening_balance_minor - balance_minor)::int as debited,
         (select count(*)::int from payment_requests where user_id = users.id) as requests,
         (select count(*)::int from outbox join payment_requests using (id) where user_id = users.id) as queued
       from users where id = $1`,
      [userId],
    );
    return rows[0];
  };
  /** All in one go: what comes in one turn of the event loop is one batch. */
  const payAll = (inputs: readonly Pay[]): Promise<PromiseSettledResult<AcceptedPayment>[]> => Promise.allSettled(inputs.map(pay));
  const codes = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
    results.map((result) => (result.status === 'fulfilled' ? 'ok' : (result.reason as { code?: unknown }).code));

  it('100 payments of 50 users are accepted by one statement, each with the balance behind it', async () => {
    const users = await Promise.all(Array.from({ length: 50 }, () => createUser(1_000)));
    statements.length = 0;

    const results = await payAll(
      [...users, ...users].map((userId, index) => ({
        userId,
        amount: '1.00',
        currency: 'MXN',
        description: `"${index}", {\\}`,
        idempotencyKey: `k${index}`,
      })),
    );

    expect(statements.filter((text) => /debited/.test(text))).toHaveLength(1);
    for (const [index, result] of results.entries()) {
      expect(result).toMatchObject({
        status: 'fulfilled',
        value: {
          payment: { userId: users[index % 50], amountMinor: 100n, description: `"${index}", {\\}`, status: 'PENDING' },
          user: {
            id: users[index % 50],
            name: 'Payer',
            currency: 'MXN',
            balanceMinor: index < 50 ? 900n : 800n,
            createdAt: expect.any(Date),
          },
        },
      });
    }
    for (const userId of users) expect(await stateOf(userId)).toEqual({ balance: 800, debited: 200, requests: 2, queued: 2 });
    const { rows } = await sql.query<{ subject: string; same: boolean }>(
      `select event ->> 'subject' as subject, (event -> 'data' ->> 'userId') = user_id::text and (event -> 'data' ->> 'description') = description as same
       from outbox join payment_requests using (id) where user_id = any($1)`,
      [users],
    );
    expect(rows.every(({ same }) => same)).toBe(true);
    expect(new Set(rows.map(({ subject }) => subject)).size).toBe(100);
  });

  it('of payments that the balance does not cover together, each that it covers in its turn is accepted', async () => {
    const userId = await createUser(1_000);

    const results = await payAll(['4.00', '7.00', '5.00', '2.00', '1.00'].map((amount) => ({ userId, amount })));

    expect(codes(results).filter((code) => code === 'ok').length).toBeGreaterThanOrEqual(2);
    expect(codes(results)[0]).toBe('ok'); // what came first
    expect(codes(results)[1]).toBe('INSUFFICIENT_FUNDS');
    const accepted = results.flatMap((result) => (result.status === 'fulfilled' ? [Number(result.value.payment.amountMinor)] : []));
    const state = await stateOf(userId);
    expect(state).toMatchObject({ requests: accepted.length, queued: accepted.length, debited: accepted.reduce((a, b) => a + b, 0) });
    expect(state?.balance).toBeGreaterThanOrEqual(0);
  });

  it('each refusal is its own: of nobody, in another currency, without money; the others are accepted', async () => {
    const rich = await createUser(1_000);
    const poor = await createUser(10);
    const foreign = await createUser(1_000, 'USD');

    const results = await payAll([
      { userId: rich, amount: '1.00' },
      { userId: '999999999', amount: '1.00', currency: 'MXN' },
      { userId: poor, amount: '1.00' },
      { userId: foreign, amount: '1.00', currency: 'MXN' },
      { userId: rich, amount: '2.00' },
      { userId: foreign, amount: '1.00' },
    ]);

    expect(codes(results)).toEqual(['ok', 'USER_NOT_FOUND', 'INSUFFICIENT_FUNDS', 'CURRENCY_MISMATCH', 'ok', 'ok']);
    expect(await stateOf(rich)).toEqual({ balance: 700, debited: 300, requests: 2, queued: 2 });
    expect(await stateOf(poor)).toEqual({ balance: 10, debited: 0, requests: 0, queued: 0 });
  });

  it('one key in one batch is one payment: the same input gets it, another input is a conflict', async () => {
    const userId = await createUser(10_000);
    const other = await createUser(10_000);

    const results = await payAll([
      { userId, amount: '1.00', idempotencyKey: 'same' },
      { userId: other, amount: '1.00', idempotencyKey: 'same' }, // another user's key is another key
      { userId, amount: '1.00', idempotencyKey: 'same' },
      { userId, amount: '2.00', idempotencyKey: 'same' },
      { userId, amount: '1.00', idempotencyKey: 'new' },
    ]);
    const again = await payAll([
      { userId, amount: '1.00', idempotencyKey: 'new' },
      { userId, amount: '1.00', idempotencyKey: 'same' },
    ]);

    expect(codes(results)).toEqual(['ok', 'ok', 'ok', 'IDEMPOTENCY_CONFLICT', 'ok']);
    const idOf = (result: PromiseSettledResult<AcceptedPayment> | undefined) =>
      result?.status === 'fulfilled' ? result.value.payment.id : undefined;
    expect(idOf(results[2])).toBe(idOf(results[0]));
    expect([idOf(again[0]), idOf(again[1])]).toEqual([idOf(results[4]), idOf(results[0])]);
    expect(await stateOf(userId)).toEqual({ balance: 9_800, debited: 200, requests: 2, queued: 2 });
    expect(await stateOf(other)).toMatchObject({ requests: 1 });
  });

  it('the same keys in batches of two processes at the same moment are one payment each', async () => {
    const users = await Promise.all(Array.from({ length: 10 }, () => createUser(10_000)));
    const opened = await openDatabase<OutboxSchema>({ name: 'users database', url, logger: silentLogger });
    const elsewhere = createPay({ db: opened.db, reconcileAfterMs: 60_000, onCommitted: () => undefined });
    const inputs = Array.from({ length: 60 }, (_, index) => ({
      userId: users[index % 10] ?? '',
      amount: '1.00',
      idempotencyKey: `race-${index}`,
    }));

    const [here, there] = await Promise.all([
      Promise.all(inputs.map(pay)),
      Promise.all(inputs.toReversed().map(elsewhere)).then((accepted) => accepted.reverse()),
    ]);
    await opened.stop(Date.now() + 1_000);

    expect(there.map(({ payment }) => payment.id)).toEqual(here.map(({ payment }) => payment.id));
    for (const userId of users) expect(await stateOf(userId)).toEqual({ balance: 9_400, debited: 600, requests: 6, queued: 6 });
  });

  it('two processes that debit the same users in opposite orders never wait for each other in a circle', async () => {
    const users = await Promise.all(Array.from({ length: 50 }, () => createUser(10_000)));
    const opened = await openDatabase<OutboxSchema>({ name: 'users database', url, logger: silentLogger });
    const elsewhere = createPay({ db: opened.db, reconcileAfterMs: 60_000, onCommitted: () => undefined });
    const inputs = users.map((userId) => ({ userId, amount: '1.00' }));

    // Held up in the middle, each has locked what it asked for first.
    await sql.query('begin');
    await sql.query('select from users where id = $1 for update', [users[25]]);
    const paid = Promise.all([Promise.all(inputs.map(pay)), Promise.all(inputs.toReversed().map(elsewhere))]);
    await eventually(async () => {
      const { rows } = await sql.query<{ n: number }>(
        `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows[0]?.n === 2;
    });
    await sql.query('rollback');
    await paid;
    await opened.stop(Date.now() + 1_000);

    for (const userId of users) expect(await stateOf(userId)).toEqual({ balance: 9_800, debited: 200, requests: 2, queued: 2 });
  });

  it('a user whom somebody else has locked holds up nobody but its own payers', async () => {
    const locked = await createUser(1_000);
    const free = await createUser(1_000);
    await payAll([
      { userId: locked, amount: '1.00' },
      { userId: free, amount: '1.00' },
    ]);
    await sql.query('begin');
    await sql.query('select from users where id = $1 for update', [locked]);

    const waiting = payAll([{ userId: locked, amount: '1.00' }]);
    const results = await payAll([{ userId: free, amount: '1.00' }]);
    const mixed = payAll([{ userId: locked, amount: '1.00' }]);
    const others = await payAll([
      { userId: free, amount: '1.00' },
      { userId: free, amount: '1.00' },
    ]);

    expect(codes([...results, ...others])).toEqual(['ok', 'ok', 'ok']);
    await sql.query('rollback');
    expect(codes([...(await waiting), ...(await mixed)])).toEqual(['ok', 'ok']);
    expect(await stateOf(locked)).toMatchObject({ requests: 3, debited: 300 });
    expect(await stateOf(free)).toMatchObject({ requests: 4, debited: 400 });
  });

  const outcomesOf =
    (accepted: readonly AcceptedPayment[], userId: string) =>
    (index: number, changes: Partial<PaymentOutcome> = {}): PaymentOutcome => ({
      paymentId: accepted[index]?.payment.id ?? '',
      userId,
      amountMinor: 100n,
      currency: 'MXN',
      requestedAt: new Date(),
      processedAt: new Date('2026-01-02T03:04:05.678Z'),
      failureReason: null,
      ...changes,
    });

  it('outcomes are recorded together; those that failed credit back once, and one that contradicts costs the others nothing', async () => {
    const userId = await createUser(10_000);
    const accepted = await Promise.all(Array.from({ length: 6 }, () => pay({ userId, amount: '1.00' })));
    const settle = createSettlePayment(db);
    const toOutcome = outcomesOf(accepted, userId);

    const results = await Promise.allSettled([
      settle(toOutcome(0)),
      settle(toOutcome(1)),
      settle(toOutcome(1)), // heard twice
      settle(toOutcome(2, { failureReason: 'LIMIT_EXCEEDED' })),
      settle(toOutcome(2, { failureReason: 'LIMIT_EXCEEDED' })),
      settle(toOutcome(3, { amountMinor: 200n })),
      settle(toOutcome(4, { paymentId: randomUUID() })),
      settle(toOutcome(5)),
      settle(toOutcome(5, { failureReason: 'LIMIT_EXCEEDED' })),
    ]);

    const told = results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as { code?: unknown }).code));
    expect(told.splice(3, 2).sort()).toEqual([false, true]); // failed outcomes go alone, and either may be first
    expect(told).toEqual([true, true, false, 'MESSAGE_CONTRADICTS', 'PAYMENT_UNKNOWN', true, 'MESSAGE_CONTRADICTS']);
    const { rows } = await sql.query<{ id: string; status: string }>('select id, status from payment_requests where user_id = $1', [
      userId,
    ]);
    const statusOf = new Map(rows.map(({ id, status }) => [id, status]));
    expect(accepted.map(({ payment }) => statusOf.get(payment.id))).toEqual([
      'PROCESSED',
      'PROCESSED',
      'FAILED',
      'PENDING',
      'PENDING',
      'PROCESSED',
    ]);
    expect(await stateOf(userId)).toMatchObject({ balance: 9_500 });
  });

  it('an outcome that contradicts is told from the right one, whichever comes first in the batch', async () => {
    const userId = await createUser(10_000);
    const accepted = await Promise.all(Array.from({ length: 3 }, () => pay({ userId, amount: '1.00' })));
    const settle = createSettlePayment(db);
    const toOutcome = outcomesOf(accepted, userId);

    const results = await Promise.allSettled([
      settle(toOutcome(0)), // alone; the others share the next statement
      settle(toOutcome(1, { amountMinor: 200n })),
      settle(toOutcome(1)),
      settle(toOutcome(2, { failureReason: 'LIMIT_EXCEEDED', amountMinor: 200n })),
      settle(toOutcome(2)),
    ]);

    const told = results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as { code?: unknown }).code));
    expect(told).toEqual([true, 'MESSAGE_CONTRADICTS', true, 'MESSAGE_CONTRADICTS', true]);
  });
});
