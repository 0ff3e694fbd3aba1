import { expect, it } from '@jest/globals';
import pg from 'pg';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startUsers } from '../support/subgraph-services.ts';

it('users has room on its pages, so that a balance changes in its place and no index is touched', async () => {
  await using database = await createTestDatabase();
  await using _users = await startUsers({ databaseUrl: database.url, broker: createMemoryBroker() });
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    await client.query(
      `insert into users (name, currency, opening_balance_minor, balance_minor) select 'User ' || n, 'MXN', 100, 100 from generate_series(1, 5000) n`,
    );
    await client.query('begin');
    await client.query('update users set balance_minor = balance_minor - 1 where id % 20 = 0');
    const { rows } = await client.query(
      `select n_tup_upd::int as updated, n_tup_hot_upd::int as hot from pg_stat_xact_user_tables where relname = 'users'`,
    );
    await client.query('commit');
    const settings = await client.query(`select reloptions from pg_class where relname = 'users'`);

    expect(rows).toEqual([{ updated: 250, hot: 250 }]);
    expect(settings.rows).toEqual([{ reloptions: ['fillfactor=90'] }]);
  } finally {
    await client.end();
  }
});
