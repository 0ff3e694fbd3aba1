import pg from 'pg';
import { pause } from '../../../platform/foundation/backoff.ts';
import type { EmbeddedPostgres } from '../../../platform/storage/embedded-postgres.ts';
import { eventually } from '../eventually.ts';
import { choose, type Fault } from './fault.ts';
import type { SqlState } from './service-commands.ts';
import { queryWhenBack, WATCH } from './verdicts.ts';

const DATABASES = ['users', 'payments'] as const;

/** Waits for one to kill: an earlier kill's may not be there again yet. */
export async function killPostgres(server: EmbeddedPostgres): Promise<void> {
  await eventually(() => process.kill(server.pid, 'SIGKILL'), 60_000);
}

/** Its supervisor starts it again at once, as a service manager would; what was not committed is gone. */
const killServer = (name: (typeof DATABASES)[number]): Fault => ({
  name: `kill the ${name} database`,
  lastsMs: [0, 0],
  run: ({ postgres, inTurn }) => inTurn(`${name} database`, () => killPostgres(postgres[name])),
});

const terminate: Fault = {
  name: 'terminate database connections',
  lastsMs: [0, 0],
  async run({ databases }, step) {
    const sql = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name <> $1';
    await queryWhenBack(databases[choose(DATABASES, step)], sql, [WATCH]);
  },
};

/** The services' databases answer a share of the changing statements with an error of the server. */
const inject = (name: string, code: SqlState, share: number): Fault => ({
  name,
  lastsMs: [2_000, 6_000],
  async run({ replicas }, step) {
    const processes = [...replicas.users, ...replicas.payments];
    for (const process of processes) process.tell({ kind: 'fail statements', code, share, seed: step.choice });
    await pause(step.forMs);
    for (const process of processes) process.tell({ kind: 'fail statements', code, share: 0, seed: 0 });
  },
});

/** To the last byte, so that PostgreSQL refuses statements, and breaks down when it needs room for its log; until there is room again. */
const fullDisk: Fault = {
  name: 'a disk that is really full',
  lastsMs: [4_000, 12_000],
  async run({ disks, databases, inTurn }, step) {
    const service = choose(DATABASES, step);
    const disk = disks[service];
    if (!disk) throw new Error('only root can mount a disk that is small enough to be filled');
    await inTurn(`${service} database`, async () => {
      const endAt = Date.now() + step.forMs;
      try {
        while (Date.now() < endAt) {
          await disk.fill();
          await databases[service]
            .query('select pg_switch_wal() from pg_logical_emit_message(false, $1, $1)', [WATCH])
            .catch(() => undefined);
          await pause(250);
        }
      } finally {
        await disk.free();
      }
    });
  },
};

/** Somebody else, such as a person at a prompt, holds what the services want. */
const lock = (name: string, lastsMs: Fault['lastsMs']): Fault => ({
  name,
  lastsMs,
  async run({ postgres }, step) {
    const service = choose(DATABASES, step);
    const table = service === 'users' ? 'payment_requests' : 'payments';
    const client = await eventually(
      () => openTransaction(postgres[service].urlOf(service), `lock table ${table} in exclusive mode`),
      60_000,
      300,
    );
    await pause(step.forMs);
    await client.end().catch(() => undefined);
  },
});

/** @throws what the database says, when another fault has just killed it for instance */
async function openTransaction(url: string, statement: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: WATCH });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`begin; ${statement}`);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

export const DATABASE_FAULTS: readonly Fault[] = [
  ...DATABASES.map(killServer),
  terminate,
  inject('serialization failures', '40001', 0.3),
  inject('deadlocks', '40P01', 0.3),
  inject('disk full', '53100', 1),
  fullDisk,
  lock('a long lock', [2_000, 8_000]),
  lock('a lock longer than statements may take', [25_000, 25_000]),
];
