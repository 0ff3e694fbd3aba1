import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { AsyncStack, startPayments } from '../support/subgraph-services.ts';

interface Entry {
  readonly account: string;
  readonly amount: number;
  readonly currency?: string;
}

/** The database itself holds the ledger together, whoever writes to it. */
describe('the ledger', () => {
  const stack = new AsyncStack();
  let sql: pg.Client;

  beforeAll(async () => {
    const database = stack.use(await createTestDatabase('payments'));
    const payments = await startPayments({ databaseUrl: database.url, broker: createMemoryBroker() });
    await payments.service.stop(); // it has made the tables
    sql = new pg.Client(database.url);
    await sql.connect();
    stack.use({ [Symbol.asyncDispose]: () => sql.end() });
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const book = async (status: 'PROCESSED' | 'FAILED', entries: readonly Entry[]): Promise<string> => {
    const id = randomUUID();
    await sql.query('begin');
    try {
      await sql.query(
        `insert into payments (id, user_id, amount_minor, currency, status, failure_reason, requested_at, processed_at)
         values ($1, '1', 100, 'MXN', $2, $3, now(), now())`,
        [id, status, status === 'FAILED' ? 'LIMIT_EXCEEDED' : null],
      );
      for (const { account, amount, currency = 'MXN' } of entries) {
        await sql.query('insert into ledger_entries (payment_id, account, amount_minor, currency) values ($1, $2, $3, $4)', [
          id,
          account,
          amount,
          currency,
        ]);
      }
      await sql.query('commit');
      return id;
    } catch (error) {
      await sql.query('rollback');
      throw error;
    }
  };
  const balanced = [
    { account: 'user:1', amount: -100 },
    { account: 'clearing', amount: 100 },
  ];

  it('takes two entries that sum to zero, and gives balances', async () => {
    await book('PROCESSED', balanced);
    await book('PROCESSED', balanced);

    const { rows } = await sql.query(
      `select account, currency, balance_minor::int as balance, entries::int as entries from ledger_balances order by account`,
    );

    expect(rows).toEqual([
      { account: 'clearing', currency: 'MXN', balance: 200, entries: 2 },
      { account: 'user:1', currency: 'MXN', balance: -200, entries: 2 },
    ]);
  });

  it.each<[string, 'PROCESSED' | 'FAILED', readonly Entry[]]>([
    ['one entry', 'PROCESSED', [{ account: 'user:1', amount: -100 }]],
    ['no entry of a processed payment', 'PROCESSED', []],
    [
      'entries that do not sum to zero',
      'PROCESSED',
      [
        { account: 'user:1', amount: -100 },
        { account: 'clearing', amount: 99 },
      ],
    ],
    [
      'entries of another amount',
      'PROCESSED',
      [
        { account: 'user:1', amount: -99 },
        { account: 'clearing', amount: 99 },
      ],
    ],
    [
      'entries of two currencies',
      'PROCESSED',
      [
        { account: 'user:1', amount: -100 },
        { account: 'clearing', amount: 100, currency: 'USD' },
      ],
    ],
    [
      'entries of another currency',
      'PROCESSED',
      [
        { account: 'user:1', amount: -100, currency: 'USD' },
        { account: 'clearing', amount: 100, currency: 'USD' },
      ],
    ],
    ['four entries', 'PROCESSED', [...balanced, ...balanced]],
    ['entries of a failed payment', 'FAILED', balanced],
    ['an entry of nothing', 'PROCESSED', [...balanced, { account: 'clearing', amount: 0 }]],
  ])('refuses %s', async (_what, status, entries) => {
    await expect(book(status, entries)).rejects.toMatchObject({ code: '23514' });
  });

  it('refuses entries that are added to a payment later', async () => {
    const id = await book('PROCESSED', balanced);

    const adding = sql.query(
      `insert into ledger_entries (payment_id, account, amount_minor, currency) values ($1, 'user:1', 50, 'MXN'), ($1, 'user:2', -50, 'MXN')`,
      [id],
    );

    await expect(adding).rejects.toMatchObject({ code: '23514' });
  });

  it('refuses entries of no payment', async () => {
    const adding = sql.query(
      `insert into ledger_entries (payment_id, account, amount_minor, currency) values ($1, 'user:1', 50, 'MXN'), ($1, 'user:2', -50, 'MXN')`,
      [randomUUID()],
    );

    await expect(adding).rejects.toMatchObject({ code: expect.stringMatching(/^23/) });
  });

  it.each([
    'update ledger_entries set amount_minor = 1',
    'delete from ledger_entries',
    'truncate ledger_entries',
    `update payments set status = 'FAILED', failure_reason = 'LIMIT_EXCEEDED'`,
    'delete from payments',
    'truncate payments cascade',
  ])('refuses `%s`', async (statement) => {
    await expect(sql.query(statement)).rejects.toMatchObject({ code: '23001' });
  });
});
