import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import pg from 'pg';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { openDatabase, sql } from '../../platform/storage/database.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { projectFolder } from '../support/service-process.ts';

describe('a process that freezes inside a transaction', () => {
  it('loses its locks to the server, so that others go on, and finds out when it wakes up', async () => {
    await using database = await createTestDatabase();
    const client = new pg.Client(database.url);
    await client.connect();
    await client.query('create table people (id int primary key, name text); insert into people values (1, $$Ana$$)');
    const program = join(projectFolder, 'tests', 'support', 'hold-a-transaction.mjs');
    const holder = spawn(process.execPath, [program, `${database.url}?idle_in_transaction_session_timeout=700`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    holder.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    try {
      await eventually(() => said.includes('holding'), 60_000);
      holder.kill('SIGSTOP');

      await client.query(`set lock_timeout = '10s'`);
      await client.query(`update people set name = 'Willis' where id = 1`);
      holder.kill('SIGCONT');
      holder.stdin.write('go on\n');

      await eventually(() => said.includes('ended'), 30_000);
      expect(said).toContain('ended: DATABASE_UNAVAILABLE');
      expect((await client.query('select name from people')).rows).toEqual([{ name: 'Willis' }]);
    } finally {
      holder.kill('SIGKILL');
      await client.end();
    }
  });

  it('and one whose machine is gone are bounded on every connection of a service', async () => {
    await using database = await createTestDatabase();
    const opened = await openDatabase({ name: 'test database', url: database.url, logger: silentLogger });
    const NAMES = [
      'idle_in_transaction_session_timeout',
      'statement_timeout',
      'tcp_keepalives_idle',
      'tcp_keepalives_interval',
      'tcp_keepalives_count',
      'tcp_user_timeout',
    ];

    const { rows } = await sql<{ name: string; value: string }>`
      select name, setting || coalesce(unit, '') as value from pg_settings where name = any(${NAMES}) order by name`.execute(opened.db);
    await opened.stop(Date.now() + 1_000);

    expect(Object.fromEntries(rows.map(({ name, value }) => [name, value]))).toEqual({
      idle_in_transaction_session_timeout: '15000ms',
      statement_timeout: '15000ms',
      tcp_keepalives_idle: '15s',
      tcp_keepalives_interval: '5s',
      tcp_keepalives_count: '3',
      tcp_user_timeout: '30000ms',
    });
  });
});
