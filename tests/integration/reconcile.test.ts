import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { silentLogger } from '../../platform/foundation/logger.ts';
import type { OutboxSchema } from '../../platform/messaging/outbox.ts';
import { openDatabase, type Kysely, type StatementSeam } from '../../platform/storage/database.ts';
import { createReconcileService } from '../../scripts/reconcile/reconcile-service.ts';
import { needsAttention, reconcile, type ReconcileReport } from '../../scripts/reconcile/reconcile.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import { AsyncStack, startSubgraphs, type RunningSubgraphs } from '../support/subgraph-services.ts';

describe('npm run reconcile', () => {
  let stack: AsyncStack;
  let system: RunningSubgraphs;
  let usersSql: pg.Client;
  let paymentsSql: pg.Client;
  let users: Kysely<OutboxSchema>;
  let payments: Kysely<OutboxSchema>;

  beforeEach(async () => {
    stack = new AsyncStack();
    system = stack.use(await startSubgraphs());
    usersSql = await connect(system.usersDatabaseUrl);
    paymentsSql = await connect(system.paymentsDatabaseUrl);
    users = await open(system.usersDatabaseUrl);
    payments = await open(system.paymentsDatabaseUrl);
  });
  afterEach(() => stack[Symbol.asyncDispose]());

  const connect = async (url: string): Promise<pg.Client> => {
    const client = new pg.Client(url);
    await client.connect();
    stack.use({ [Symbol.asyncDispose]: () => client.end() });
    return client;
  };
  const open = async (url: string): Promise<Kysely<OutboxSchema>> => {
    const database = await openDatabase<OutboxSchema>({ name: 'database', url, logger: silentLogger, poolSize: 2 });
    stack.use({ [Symbol.asyncDispose]: async () => database.stop(Date.now() + 1_000) });
    return database.db;
  };
  const run = (options: { mend?: boolean; olderThanSeconds?: number } = {}): Promise<ReconcileReport> =>
    reconcile({ users, payments, amqpUrls: [], olderThanSeconds: 0, mend: false, ...options });
  const pay = async (amount: string): Promise<string> => {
    const PAY = `mutation ($amount: Decimal!) { pay(input: { userId: "2", amount: $amount }) { payment { id } } }`;
    return (await ask<{ pay: { payment: { id: string } } }>(system.users.url, PAY, { amount })).pay.payment.id;
  };
  const isQuiet = (): Promise<boolean> =>
    eventually(async () => (await usersSql.query(`select from payment_requests where status = 'PENDING'`)).rowCount === 0);
  const kindsOf = ({ differences }: ReconcileReport): [string, string | null][] =>
    differences.map(({ kind, paymentId }): [string, string | null] => [kind, paymentId]).sort();
  /** A request that only users has, older than any limit. */
  const onlyAccepted = async (status: 'PENDING' | 'PROCESSED' | 'FAILED'): Promise<string> => {
    const id = randomUUID();
    await usersSql.query(
      `with debited as (update users set balance_minor = balance_minor - case when $2 = 'FAILED' then 0 else 100 end where id = 2)
       insert into payment_requests (id, user_id, amount_minor, currency, status, failure_reason, requested_at, processed_at, republish_at)
       values ($1, 2, 100, 'MXN', $2, case when $2 = 'FAILED' then 'LIMIT_EXCEEDED' end, now() - interval '1 hour',
         case when $2 <> 'PENDING' then now() - interval '1 hour' end, now() + interval '1 day')`,
      [id, status],
    );
    return id;
  };

  it('finds that all agree, and counts', async () => {
    await ask(system.users.url, `mutation { deposit(input: { userId: "2", amount: "20000", idempotencyKey: "d" }) { id } }`);
    for (const amount of ['1.00', '2.00', '10000.01']) await pay(amount);
    await isQuiet();
    await eventually(async () => (await usersSql.query('select from outbox where published_at is null')).rowCount === 0);
    await eventually(async () => (await paymentsSql.query('select from outbox where published_at is null')).rowCount === 0);

    const report = await run();

    expect(report).toMatchObject({
      users: { pending: 0, processed: 2, failed: 1, balances: 2, outbox: { unpublished: 0 } },
      payments: { processed: 2, failed: 1, ledgerEntries: 4, outbox: { unpublished: 0 } },
      broker: null,
      differences: [],
      mended: null,
    });
    expect(needsAttention(report)).toBe(false);
  });

  it('takes what is on its way for no difference, until it is older than the limit', async () => {
    const id = await onlyAccepted('PENDING');

    expect((await run({ olderThanSeconds: 3_700 })).differences).toEqual([]);
    expect(kindsOf(await run({ olderThanSeconds: 3_500 }))).toEqual([['NO_OUTCOME', id]]);
    expect((await run({ olderThanSeconds: 3_700 })).users).toMatchObject({ pending: 1, oldestPendingSeconds: expect.closeTo(3_600, -2) });
  });

  it('names every kind of difference with its id, mends what is safe, and leaves the rest to a person', async () => {
    const ids = [];
    for (let count = 0; count < 5; count += 1) ids.push(await pay('3.00'));
    await isQuiet();
    const [notHeard = '', otherContents = '', otherOutcome = '', neverAccepted = '', unbalanced = ''] = ids;
    const noOutcome = await onlyAccepted('PENDING');
    const lost = await onlyAccepted('PROCESSED');
    const lostFailure = await onlyAccepted('FAILED');
    await usersSql.query(
      `update payment_requests set status = 'PENDING', processed_at = null, republish_at = now() + interval '1 day' where id = $1`,
      [notHeard],
    );
    await usersSql.query(`update payment_requests set amount_minor = 301 where id = $1`, [otherContents]);
    await usersSql.query(`update payment_requests set status = 'FAILED', failure_reason = 'LIMIT_EXCEEDED' where id = $1`, [otherOutcome]);
    await usersSql.query(`delete from payment_requests where id = $1`, [neverAccepted]);
    await paymentsSql.query(`alter table ledger_entries disable trigger user`);
    await paymentsSql.query(`insert into ledger_entries (payment_id, account, amount_minor, currency) values ($1, 'clearing', 5, 'MXN')`, [
      unbalanced,
    ]);
    const wrong = [
      ['BALANCE_WRONG', null],
      ['CONTENTS_DIFFER', otherContents],
      ['LEDGER_WRONG', unbalanced],
      ['NEVER_ACCEPTED', neverAccepted],
      ['OUTCOMES_DIFFER', otherOutcome],
    ];
    const mendable = [
      ['LOST_BY_PAYMENTS', lost],
      ['LOST_BY_PAYMENTS', lostFailure],
      ['NO_OUTCOME', noOutcome],
      ['OUTCOME_NOT_HEARD', notHeard],
    ];

    const found = await run();
    const mended = await run({ mend: true });
    await isQuiet();
    const rest = await eventually(async () => {
      const report = await run();
      return report.differences.length === wrong.length ? report : undefined;
    });

    expect(kindsOf(found)).toEqual([...wrong, ...mendable].sort());
    expect(
      found.differences
        .filter(({ mend }) => mend !== null)
        .map(({ paymentId }) => paymentId)
        .sort(),
    ).toEqual([lost, lostFailure, noOutcome, notHeard].sort());
    expect(found.differences.find(({ kind }) => kind === 'CONTENTS_DIFFER')).toEqual({
      kind: 'CONTENTS_DIFFER',
      paymentId: otherContents,
      userId: '2',
      amount: '3.01 MXN',
      problem: 'users has user 2, 3.01 MXN; payments has user 2, 3.00 MXN',
      mend: null,
    });
    expect(mended.mended).toEqual({ requests: 1, outcomes: 1, records: 2 });
    expect(kindsOf(rest)).toEqual(wrong);
    expect(
      (await paymentsSql.query(`select count(*)::int as n from ledger_entries where payment_id = any($1)`, [[lost, noOutcome]])).rows,
    ).toEqual([{ n: 4 }]);
    expect((await usersSql.query(`select balance_minor::int as n from users where id = 2`)).rows).toEqual([
      { n: 70_000 - 5 * 300 - 2 * 100 },
    ]);
  });

  it('mends what was asked for twice once', async () => {
    const id = await onlyAccepted('PENDING');

    await Promise.all([run({ mend: true }), run({ mend: true }), run({ mend: true })]);
    await isQuiet();

    expect((await run()).differences).toEqual([]);
    expect((await paymentsSql.query(`select count(*)::int as n from ledger_entries where payment_id = $1`, [id])).rows).toEqual([{ n: 2 }]);
  });

  it.each(['before', 'after'] as const)('that dies %s any statement that changes something is made whole by the next run', async (when) => {
    const heard: string[] = [];
    const lost: string[] = [];
    const pending: string[] = [];
    let died = true;
    for (let nth = 1; died; nth += 1) {
      const notHeard = await pay('1.00');
      await isQuiet();
      await usersSql.query(
        `update payment_requests set status = 'PENDING', processed_at = null, republish_at = now() + interval '1 day' where id = $1`,
        [notHeard],
      );
      heard.push(notHeard);
      lost.push(await onlyAccepted('PROCESSED'), await onlyAccepted('FAILED'));
      pending.push(await onlyAccepted('PENDING'));

      died = await mendAndDieAt(nth, when);
      await run({ mend: true });
      await isQuiet();
    }

    expect((await eventually(async () => ((await run()).differences.length === 0 ? run() : undefined))).differences).toEqual([]);
    expect(heard.length).toBeGreaterThan(3); // as many as a run has of them, and one that did not die
    const { rows } = await paymentsSql.query<{ entries: number }>(
      `select count(entry.id)::int as entries from payments left join ledger_entries entry on payment_id = payments.id
       where payments.id = any($1) group by payments.id order by 1`,
      [[...heard, ...lost, ...pending]],
    );
    expect(rows.map(({ entries }) => entries)).toEqual([...lost.slice(heard.length).map(() => 0), ...Array(3 * heard.length).fill(2)]);
    expect((await usersSql.query(`select balance_minor::int as n from users where id = 2`)).rows).toEqual([
      { n: 70_000 - 3 * 100 * heard.length },
    ]);
  });

  /** A run whose n-th changing statement is the last that it sends, or the last whose answer it gets. @returns whether it died of it */
  const mendAndDieAt = async (nth: number, when: 'before' | 'after'): Promise<boolean> => {
    let statements = 0;
    const onStatement: StatementSeam = async (statement, send) => {
      if (/\b(insert|update|delete|commit)\b/i.test(statement.text)) statements += 1;
      else if (statements < nth) return send(statement);
      if (statements > nth || (statements === nth && when === 'before')) throw new Error('this process is dead');
      const answer = await send(statement);
      if (statements >= nth) throw new Error('this process is dead');
      return answer;
    };
    const databases = await Promise.all(
      [system.usersDatabaseUrl, system.paymentsDatabaseUrl].map((url) =>
        openDatabase<OutboxSchema>({ name: 'database', url, logger: silentLogger, poolSize: 2, onStatement }),
      ),
    );
    const [usersDb, paymentsDb] = databases.map(({ db }) => db) as [Kysely<OutboxSchema>, Kysely<OutboxSchema>];
    try {
      await reconcile({ users: usersDb, payments: paymentsDb, amqpUrls: [], olderThanSeconds: 0, mend: true });
      return false;
    } catch (error) {
      expect(String(error)).toContain('this process is dead');
      return true;
    } finally {
      for (const database of databases) await database.stop(Date.now() + 1_000); // an open transaction goes with its connection
    }
  };

  it('goes through many payments a page at a time, on both sides', async () => {
    await paymentsSql.query(`alter table payments disable trigger user`);
    const FILL = (table: string, columns: string, values: string, from: number, to: number): string =>
      `insert into ${table} (id, user_id, amount_minor, currency, requested_at, processed_at, ${columns})
       select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 2, 1, 'MXN', now() - interval '1 day', now() - interval '1 day', ${values}
       from generate_series(${from}, ${to}) n`;
    await usersSql.query(FILL('payment_requests', 'status, failure_reason, republish_at', `'FAILED', 'LIMIT_EXCEEDED', now()`, 1, 4_999));
    await paymentsSql.query(FILL('payments', 'status, failure_reason', `'FAILED', 'LIMIT_EXCEEDED'`, 2, 5_000));

    const report = await run();

    expect(report).toMatchObject({ users: { failed: 4_999 }, payments: { failed: 4_999 } });
    expect(kindsOf(report)).toEqual([
      ['LOST_BY_PAYMENTS', '00000000-0000-7000-8000-000000000001'],
      ['NEVER_ACCEPTED', '00000000-0000-7000-8000-000000001388'],
    ]);
  });

  it('run again and again has metrics, and goes on after a run that failed', async () => {
    await onlyAccepted('FAILED');
    let runs = 0;
    let url = '';
    const service = createReconcileService({
      open: async () => async () => {
        runs += 1;
        if (runs === 2) throw new Error('the database is away');
        return run();
      },
      everyMs: 30,
      port: 0,
      logger: silentLogger,
      onReport: () => undefined,
      onListening: (at) => (url = at),
    });
    await service.start();
    stack.use({ [Symbol.asyncDispose]: () => service.stop() });

    await eventually(() => runs >= 4);
    const metrics = await (await fetch(`${url}/metrics`)).text();

    expect(metrics).toContain('paygraph_reconcile_differences{kind="LOST_BY_PAYMENTS",service="reconcile"} 1');
    expect(metrics).toContain('paygraph_reconcile_differences{kind="BALANCE_WRONG",service="reconcile"} 0');
    expect(metrics).toContain('paygraph_reconcile_failures_total{service="reconcile"} 1');
  });
});
