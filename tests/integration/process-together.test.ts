import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import type { OutboxSchema } from '../../platform/messaging/outbox.ts';
import { openDatabase } from '../../platform/storage/database.ts';
import { parseDecimal } from '../../subgraphs/money.ts';
import type { RequestedPayment } from '../../subgraphs/payment-messages.ts';
import { createProcessPayment } from '../../subgraphs/payments/process-payment.ts';
import { keepDeadlocks } from '../support/keep-deadlocks.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { AsyncStack, startPayments } from '../support/subgraph-services.ts';

/** Requests that are handed over in one go share a statement. */
describe('requests that share a statement', () => {
  const stack = new AsyncStack();
  const statements: string[] = [];
  let url: string;
  let sql: pg.Client;
  let processPayment: ReturnType<typeof createProcessPayment>;

  const open = async (onQuery: (text: string) => void = () => undefined): Promise<ReturnType<typeof createProcessPayment>> => {
    const opened = await openDatabase<OutboxSchema>({ name: 'payments database', url, logger: silentLogger, onQuery });
    stack.use({ [Symbol.asyncDispose]: async () => opened.stop(Date.now() + 1_000) });
    return createProcessPayment({ db: opened.db, limit: parseDecimal('100.00', 'limit'), onCommitted: () => undefined });
  };
  beforeAll(async () => {
    const database = stack.use(await createTestDatabase('payments'));
    url = database.url;
    await keepDeadlocks(url);
    await (await startPayments({ databaseUrl: url, broker: createMemoryBroker() })).service.stop(); // it has made the tables
    processPayment = await open((text) => statements.push(text));
    sql = new pg.Client(url);
    await sql.connect();
    stack.use({ [Symbol.asyncDispose]: () => sql.end() });
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const toRequest = (changes: Partial<RequestedPayment> = {}): RequestedPayment => ({
    paymentId: randomUUID(),
    userId: 'u1',
    amountMinor: 100n,
    currency: 'MXN',
    description: null,
    requestedAt: new Date(),
    ...changes,
  });
  const booked = async (ids: readonly string[]) => {
    const { rows } = await sql.query<{ payments: number; entries: number; sum: number; events: number }>(
      `select (select count(*)::int from payments where id = any($1)) as payments, (select count(*)::int from outbox where id = any($1)) as events,
         count(*)::int as entries, coalesce(sum(amount_minor), 0)::int as sum from ledger_entries where payment_id = any($1)`,
      [ids],
    );
    return rows[0];
  };

  it('100 are booked by one statement: payments, two ledger entries of each that is processed, one event of each', async () => {
    const requests = Array.from({ length: 100 }, (_, index) =>
      toRequest({ description: `no ${index}`, userId: `u${index % 7}`, amountMinor: index % 10 === 0 ? 10_001n : 5n }),
    );
    statements.length = 0;

    const outcomes = await Promise.all(requests.map(processPayment));

    expect(statements).toHaveLength(1);
    expect(outcomes).toEqual(requests.map((_, index) => (index % 10 === 0 ? 'FAILED' : 'PROCESSED')));
    expect(await booked(requests.map(({ paymentId }) => paymentId))).toEqual({ payments: 100, entries: 180, sum: 0, events: 100 });
    const { rows } = await sql.query<{ same: boolean }>(
      `select event ->> 'subject' = payments.id::text and event -> 'data' ->> 'userId' = payments.user_id and (type = 'payment.failed.v1') = (status = 'FAILED') as same
       from outbox join payments using (id)`,
    );
    expect(rows.every(({ same }) => same)).toBe(true);
  });

  it('what is there twice, in the batch or from before, is booked once; other contents of the same payment are refused', async () => {
    const known = toRequest();
    await processPayment(known);
    const fresh = toRequest();
    const twice = toRequest();

    const results = await Promise.allSettled([
      processPayment(fresh),
      processPayment(known),
      processPayment(twice),
      processPayment(twice),
      processPayment({ ...known, amountMinor: 7n }),
      processPayment({ ...fresh, userId: 'u2' }),
    ]);

    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as { code?: unknown }).code))).toEqual([
      'PROCESSED',
      'DUPLICATE',
      'PROCESSED',
      'DUPLICATE',
      'MESSAGE_CONTRADICTS',
      'MESSAGE_CONTRADICTS',
    ]);
    expect(await booked([known, fresh, twice].map(({ paymentId }) => paymentId))).toEqual({ payments: 3, entries: 6, sum: 0, events: 3 });
  });

  it('one that the database refuses costs the others nothing', async () => {
    const good = [toRequest(), toRequest(), toRequest()];
    const bad = toRequest({ amountMinor: 0n });

    const results = await Promise.allSettled([...good, bad].map(processPayment));

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    expect(await booked([...good, bad].map(({ paymentId }) => paymentId))).toEqual({ payments: 3, entries: 6, sum: 0, events: 3 });
  });

  it('two replicas that are given the same ones in opposite orders book each once, and neither is locked out', async () => {
    const elsewhere = await open();
    const requests = Array.from({ length: 100 }, () => toRequest());

    const [here, there] = await Promise.all([
      Promise.all(requests.map(processPayment)),
      Promise.all(requests.toReversed().map(elsewhere)).then((outcomes) => outcomes.reverse()),
    ]);

    for (const index of requests.keys()) expect([here[index], there[index]].sort()).toEqual(['DUPLICATE', 'PROCESSED']);
    expect(await booked(requests.map(({ paymentId }) => paymentId))).toEqual({ payments: 100, entries: 200, sum: 0, events: 100 });
  });
});
