import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { bundleProgram } from '../support/bundle-program.ts';
import { eventually } from '../support/eventually.ts';
import { ask, refusalCode } from '../support/graphql-client.ts';
import { createTestDatabase, queryServer, type TestDatabase } from '../support/postgres.ts';
import { AsyncStack, startPayments, startUsers, type RunningSubgraph } from '../support/subgraph-services.ts';
import { SHORT_LIVED_NODE } from '../support/short-lived.ts';

interface Report {
  readonly differences: readonly { readonly kind: string; readonly paymentId: string | null; readonly mend: string | null }[];
  readonly users: { readonly processed: number; readonly failed: number; readonly pending: number };
  readonly payments: {
    readonly processed: number;
    readonly failed: number;
    readonly ledgerEntries: number;
    readonly awaitsReconcile: boolean;
  };
}

const run = promisify(execFile);

describe('a backup', () => {
  let stack: AsyncStack;
  let folder: string;
  let databases: Record<'users' | 'payments', TestDatabase>;
  let system: { users: RunningSubgraph; payments: RunningSubgraph };

  beforeEach(async () => {
    stack = new AsyncStack();
    folder = await mkdtemp(join(tmpdir(), 'paygraph-backup-'));
    stack.use({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) });
    databases = { users: stack.use(await createTestDatabase('users')), payments: stack.use(await createTestDatabase('payments')) };
    await start();
  });
  afterEach(async () => {
    await stop();
    await stack[Symbol.asyncDispose]();
  });

  const start = async (paymentsEnv: Readonly<Record<string, string>> = {}): Promise<void> => {
    const broker = createMemoryBroker();
    const users = await startUsers({ databaseUrl: databases.users.url, broker, env: { USERS_RECONCILE_AFTER_MS: '86400000' } });
    system = { users, payments: await startPayments({ databaseUrl: databases.payments.url, broker, env: paymentsEnv }) };
  };
  const stop = async (): Promise<void> => {
    await Promise.all([system.users.service.stop(), system.payments.service.stop()]);
  };
  /** As an operator types it. */
  const command = async (script: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
    const env = {
      PATH: process.env.PATH,
      USERS_DATABASE_URL: databases.users.url,
      PAYMENTS_DATABASE_URL: databases.payments.url,
      AMQP_URL: 'memory:',
    };
    return run(process.execPath, [...SHORT_LIVED_NODE, await bundleProgram(script), ...args], {
      cwd: folder,
      env,
    }).then(
      (result) => ({ code: 0, ...result }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  };
  const backUp = async (only: string): Promise<string> => {
    const { stdout, stderr } = await command('backup', '--only', only);
    expect({ stdout, stderr }).toMatchObject({ stdout: expect.stringMatching(/\.backup\.gz\n$/) });
    return join(folder, stdout.trim());
  };
  const restore = async (file: string): Promise<void> => {
    const { code, stdout, stderr } = await command('restore', file);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const kept = /kept as database (\w+);/.exec(stdout)?.[1] ?? '';
    stack.use({ [Symbol.asyncDispose]: () => queryServer(`drop database ${kept} with (force)`) });
  };
  const reconcile = async (...args: string[]): Promise<{ code: number; report: Report }> => {
    const { code, stdout, stderr } = await command('reconcile', '--json', '--older-than', '0', ...args);
    expect(stderr).toBe('');
    return { code, report: JSON.parse(stdout) as Report };
  };
  const kindsOf = ({ report }: { report: Report }): unknown =>
    report.differences.map(({ kind, paymentId, mend }) => [kind, paymentId, mend]);
  const pay = async (amount: string): Promise<string> => {
    const PAY = `mutation ($amount: Decimal!) { pay(input: { userId: "1", amount: $amount }) { payment { id } } }`;
    return (await ask<{ pay: { payment: { id: string } } }>(system.users.url, PAY, { amount })).pay.payment.id;
  };
  const balance = async (): Promise<string> =>
    (await ask<{ user: { balance: { amount: string } } }>(system.users.url, '{ user(id: "1") { balance { amount } } }')).user.balance
      .amount;
  const settled = (count: number): Promise<unknown> =>
    eventually(async () => {
      const { rows } = await query('users', `select count(*)::int as n from payment_requests where status <> 'PENDING'`);
      return rows[0]?.n === count;
    });
  const query = async (database: 'users' | 'payments', text: string): Promise<pg.QueryResult<{ n: number }>> => {
    const client = new pg.Client(databases[database].url);
    await client.connect();
    return client.query<{ n: number }>(text).finally(() => client.end());
  };
  const mutate = (field: string) => ask(system.payments.url, `mutation { ${field} { paused } }`);

  it('of users that is older than payments: nothing is doubled, what is known is settled, and what is lost is named', async () => {
    await pay('1.00');
    await settled(1);
    await mutate('pauseProcessing');
    const pending = await pay('2.00');
    const file = await backUp('users');
    await mutate('resumeProcessing');
    const lost = await pay('4.00');
    await settled(3);
    await ask(system.users.url, `mutation { createUser(input: { name: "Lost" }) { id } }`);
    await stop();

    await restore(file);
    await start();
    const found = await reconcile();
    const mended = await reconcile('--mend');
    await settled(2);
    const rest = await reconcile();

    const neverAccepted = ['NEVER_ACCEPTED', lost, null];
    // The broker in this process forgets: at its start users asked again for what was pending, so it may be settled already.
    expect([[neverAccepted], [['OUTCOME_NOT_HEARD', pending, 'outcome'], neverAccepted]]).toContainEqual(kindsOf(found));
    expect([found.code, mended.code, rest.code]).toEqual([1, 1, 1]);
    expect(kindsOf(rest)).toEqual([neverAccepted]);
    expect(rest.report).toMatchObject({
      users: { processed: 2, failed: 0, pending: 0 },
      payments: { processed: 3, failed: 0, ledgerEntries: 6 },
    });
    expect(await balance()).toBe('497.00');
    const { createUser } = await ask<{ createUser: { id: string } }>(
      system.users.url,
      `mutation { createUser(input: { name: "New" }) { id } }`,
    );
    expect(Number(createUser.id)).toBeGreaterThan(1_000_000);
  });

  it('of payments that is older than users: what users heard is recorded again, once, with the outcome it had', async () => {
    await ask(system.users.url, `mutation { deposit(input: { userId: "1", amount: "20000", idempotencyKey: "d" }) { id } }`);
    await pay('1.00');
    await settled(1);
    const file = await backUp('payments');
    const booked = await pay('2.00');
    const failed = await pay('10000.01');
    await settled(3);
    const { paymentEventsCursor: after } = await ask<{ paymentEventsCursor: string }>(system.payments.url, '{ paymentEventsCursor }');
    await stop();

    await restore(file);
    await start();
    const found = await reconcile();
    const mended = await reconcile('--mend');
    const rest = await reconcile();

    expect(kindsOf(found)).toEqual([
      ['LOST_BY_PAYMENTS', booked, 'record'],
      ['LOST_BY_PAYMENTS', failed, 'record'],
    ]);
    expect([found.code, mended.code, rest.code]).toEqual([1, 1, 0]);
    expect(found.report.payments.awaitsReconcile).toBe(true);
    expect(rest.report.payments).toMatchObject({ processed: 2, failed: 1, ledgerEntries: 4, awaitsReconcile: false });
    expect(await balance()).toBe('20497.00');
    expect(
      await refusalCode(system.payments.url, `subscription ($after: String) { paymentProcessed(after: $after) { cursor } }`, { after }),
    ).toBeDefined();
    const { paymentEventsCursor: now } = await ask<{ paymentEventsCursor: string }>(system.payments.url, '{ paymentEventsCursor }');
    expect(JSON.parse(Buffer.from(now, 'base64url').toString())[1]).not.toBe(JSON.parse(Buffer.from(after, 'base64url').toString())[1]);
  });

  it('of payments decides nothing anew: requests that still come wait until reconcile has told their outcomes, whatever the limit is by then', async () => {
    await ask(system.users.url, `mutation { deposit(input: { userId: "1", amount: "20000", idempotencyKey: "d" }) { id } }`);
    const file = await backUp('payments');
    const booked = await pay('2.00');
    const failed = await pay('10000.01');
    await settled(2);
    await stop();
    await restore(file);
    const sendAgain = () => query('users', `update outbox set published_at = null, retry_at = now()`);
    const allPublished = () =>
      eventually(async () => (await query('users', 'select from outbox where published_at is null')).rowCount === 0);

    // Both outcomes would be others now: users gave the large amount back, and counts on the small one.
    for (const limit of ['1.00', '1000000.00']) {
      await system.payments.service.stop();
      await start({ PAYMENTS_LIMIT: limit });
      await sendAgain();
      await allPublished();
      expect(await refusalCode(system.payments.url, 'mutation { resumeProcessing { paused } }')).toBe('RECONCILE_FIRST');
      expect((await reconcile()).report.payments).toMatchObject({ processed: 0, failed: 0, ledgerEntries: 0 });
      if (limit === '1.00') await stop();
    }
    await reconcile('--mend');
    await sendAgain();
    const later = await pay('20000.00');
    await settled(3);
    await allPublished();

    const rest = await eventually(async () => {
      const now = await reconcile();
      return now.code === 0 ? now : undefined;
    });
    expect(rest.report).toMatchObject({
      users: { processed: 2, failed: 1, pending: 0 },
      payments: { processed: 2, failed: 1, ledgerEntries: 4 },
    });
    const { rows } = await query('payments', `select id::text || ' ' || status as n from payments order by id`);
    expect(rows.map(({ n }) => n)).toEqual([`${booked} PROCESSED`, `${failed} FAILED`, `${later} PROCESSED`]);
    expect(await balance()).toBe('498.00');
  });

  it('holds everything exactly, whatever is in it', async () => {
    const texts = ['"quotes" \\ and\nlines\t', '', 'ünïcödé 🎉', "'; drop table users; --"];
    for (const text of texts) {
      const PAY = `mutation ($text: String) { pay(input: { userId: "1", amount: "0.01", description: $text, idempotencyKey: $text }) { user { id } } }`;
      await ask(system.users.url, PAY.replace('idempotencyKey: $text', `idempotencyKey: "k${texts.indexOf(text)}"`), { text });
    }
    await settled(texts.length);
    await query(
      'payments',
      `insert into discarded_dead_letters (reason, request_id, letter_id, queue, parked_reason, attempts, body, properties, headers)
      values ('r', 'q', 'l', 'payments.requested', 'p', 1, '\\x00ff0a', '{}', '{"a": "\\u0000"}')`,
    );
    await stop();
    const TABLES = {
      users: ['users', 'deposits', 'payment_requests', 'refused_keys', 'outbox'],
      payments: ['payments', 'ledger_entries', 'outbox', 'discarded_dead_letters'],
    };
    const contents = async (): Promise<unknown[]> => {
      const all = [];
      for (const database of ['users', 'payments'] as const)
        for (const table of TABLES[database]) all.push((await query(database, `select t::text from ${table} t order by 1`)).rows);
      return all;
    };
    await query('users', `update payment_requests set republish_at = now()`);
    const before = await contents();

    const files = (await command('backup', '--to', 'both')).stdout.trim().split('\n');
    for (const file of files) await restore(file);

    expect(files.map((file) => /(users|payments)-/.exec(file)?.[1])).toEqual(['payments', 'users']);
    expect(await contents()).toEqual(before);
    await start();
  });

  it('that is damaged, cut off, of another program, or would be put under a running service is refused, and nothing changes', async () => {
    await pay('1.00');
    await settled(1);
    const file = await backUp('users');
    expect(await readdir(join(folder, 'backups'))).toHaveLength(1);
    const running = await command('restore', file);
    await stop();
    const text = gunzipSync(await readFile(file)).toString();
    const wrong: [string, Buffer, RegExp][] = [
      ['cut', (await readFile(file)).subarray(0, 400), /is damaged or not whole/],
      ['short', gzipSync(text.replace(/^E\d+\n$/m, '')), /is damaged or not whole/],
      ['fewer', gzipSync(text.replace(/^R.*\n/m, '')), /is damaged or not whole/],
      ['newer', gzipSync(text.replace('"0001-users"', '"0001-users","9999-future"')), /made by a newer program: it has 9999-future/],
      ['other', Buffer.from('nonsense'), /is no backup|is damaged/],
    ];

    const answers = [];
    for (const [name, contents] of wrong) {
      await writeFile(join(folder, name), contents);
      answers.push(await command('restore', name));
    }

    expect(running).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^cannot restore: somebody is connected to the database \w+: stop the users service/),
    });
    for (const [index, [, , message]] of wrong.entries())
      expect(answers[index]).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
    const { rows } = await query('users', `select count(*)::int as n from pg_database where datname like current_database() || '%'`);
    expect(rows).toEqual([{ n: 1 }]);
    await start();
    expect(await balance()).toBe('499.00');
  });
});
