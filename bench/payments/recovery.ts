import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { silentLogger } from '../../platform/foundation/logger.ts';
import type { OutboxSchema } from '../../platform/messaging/outbox.ts';
import { openDatabase, type Kysely } from '../../platform/storage/database.ts';
import { dumpDatabase } from '../../scripts/backup/dump-database.ts';
import { restoreDatabase } from '../../scripts/backup/restore-database.ts';
import { reconcile, type ReconcileReport } from '../../scripts/reconcile/reconcile.ts';
import { fillTables, type Fill } from './fill-tables.ts';
import { openMigrated } from './open-migrated.ts';
import { runSql } from './run-sql.ts';
import type { Section } from './section.ts';

/** Of --growth. */
const SHARE = 0.1;
/** Made after the backup, so lost with the disk. */
const LOST_SHARE = 0.01;
const PAYMENTS_PER_USER = 5;

type Urls = Readonly<Record<'users' | 'payments', string>>;
type Databases = Readonly<Record<'users' | 'payments', Kysely<OutboxSchema>>>;

/** How long an operator needs when a disk is gone: what `npm run backup`, `restore` and `reconcile` do, without the start of the program. */
export const recovery: Section = {
  name: 'recovery',
  summary: 'how long backup, restore and reconcile take, over a tenth of --growth payments, a hundredth of them lost',
  byDefault: false,
  async run({ servers, options, say }) {
    const most = Math.ceil(options.growth * SHARE);
    const lost = Math.max(1, Math.ceil(most * LOST_SHARE));
    const at = (payments: number): Fill => ({ payments, users: Math.ceil(most / PAYMENTS_PER_USER) });
    const urls: Urls = {
      users: await openMigrated(servers, 'users', 'recovery'),
      payments: await openMigrated(servers, 'payments', 'recovery'),
    };
    const startedAt = new Date();
    const folder = await mkdtemp(join(tmpdir(), 'paygraph-recovery-'));
    try {
      await fill(urls, { from: { users: 0, payments: 0 }, to: at(most - lost), most, startedAt });
      const files: Urls = { users: join(folder, 'users'), payments: join(folder, 'payments') };
      const backup = await seconds(() =>
        withDatabases(urls, async (databases) => {
          for (const name of ['payments', 'users'] as const) await dumpDatabase(databases[name] as Kysely<unknown>, name, files[name]);
        }),
      );
      const megabytes = ((await stat(files.users)).size + (await stat(files.payments)).size) / 1e6;
      say(`  backup of ${most - lost} payments: ${backup.took.toFixed(1)} s, ${megabytes.toFixed(0)} MB`);
      await fill(urls, { from: at(most - lost), to: at(most), most, startedAt });

      const ofPayments = await recover('payments', urls, files.payments);
      say(`  payments: restored in ${ofPayments.restore.toFixed(1)} s, ${ofPayments.found} recorded in ${ofPayments.mend.toFixed(1)} s`);
      const ofUsers = await recover('users', urls, files.users);
      say(`  users: restored in ${ofUsers.restore.toFixed(1)} s, ${ofUsers.found} named in ${ofUsers.mend.toFixed(1)} s`);
      if (ofPayments.found !== lost || ofUsers.found !== lost)
        throw new Error(`${lost} payments were lost, found were ${ofPayments.found} and ${ofUsers.found}`);
      return {
        name: 'recovery',
        title: 'A disk that is lost',
        text:
          `Both databases are filled by SQL with ${most - lost} payments of ${at(most).users} users and backed up; then ${lost} more payments are made, one database is put back as it was at the backup, and reconcile with --mend finds what is missing: ` +
          'first payments, where it records all of them with the outcomes that users heard; then users, where it names all of them for a person. No service runs. The start of each command is not in it, nor whatever brings a new disk.',
        tables: [
          [
            ['seconds for', 'payments', 'users'],
            ['the backup of both', backup.took.toFixed(1), ''],
            ['the restore', ofPayments.restore.toFixed(1), ofUsers.restore.toFixed(1)],
            ['reconcile --mend', ofPayments.mend.toFixed(1), ofUsers.mend.toFixed(1)],
            ['together, without the backup', ofPayments.together.toFixed(1), ofUsers.together.toFixed(1)],
          ],
        ],
        bars: [],
        figures: { most, lost, megabytes, backup: backup.took, ofPayments, ofUsers },
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** With balances that are right, since reconcile looks at them too. */
async function fill(urls: Urls, what: Parameters<typeof fillTables>[1]): Promise<void> {
  await fillTables(urls, what);
  await runSql(
    urls.users,
    `update users set balance_minor = opening_balance_minor - spent
     from (select user_id, sum(amount_minor) as spent from payment_requests where status <> 'FAILED' group by 1) as debits where user_id = users.id`,
  );
}

/** Seconds; `found` are the payments that were lost with the disk. */
interface Recovered {
  readonly restore: number;
  readonly mend: number;
  readonly together: number;
  readonly found: number;
}

async function recover(service: 'users' | 'payments', urls: Urls, file: string): Promise<Recovered> {
  const restore = await seconds(() => restoreDatabase(file, { urlOf: (name) => Promise.resolve(urls[name]) }));
  const kind = service === 'payments' ? 'LOST_BY_PAYMENTS' : 'NEVER_ACCEPTED';
  const mend = await seconds(() =>
    withDatabases(urls, ({ users, payments }) => reconcile({ users, payments, amqpUrls: [], olderThanSeconds: 0, mend: true })),
  );
  if (restore.result.kept !== undefined) await runSql(urls[service], `drop database ${restore.result.kept}`);
  return { restore: restore.took, mend: mend.took, together: restore.took + mend.took, found: count(mend.result, kind) };
}

function count({ differences, leftOut }: ReconcileReport, kind: string): number {
  return differences.filter((difference) => difference.kind === kind).length + leftOut;
}

async function withDatabases<T>(urls: Urls, work: (databases: Databases) => Promise<T>): Promise<T> {
  const open = (name: 'users' | 'payments') =>
    openDatabase<OutboxSchema>({ name: `${name} database`, url: urls[name], logger: silentLogger });
  const [users, payments] = [await open('users'), await open('payments')];
  try {
    return await work({ users: users.db, payments: payments.db });
  } finally {
    for (const database of [users, payments]) await database.stop(Date.now() + 5_000);
  }
}

async function seconds<T>(work: () => Promise<T>): Promise<{ readonly took: number; readonly result: T }> {
  const begunAt = performance.now();
  const result = await work();
  return { result, took: (performance.now() - begunAt) / 1_000 };
}
