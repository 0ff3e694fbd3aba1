import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { sql, type Kysely, type Transaction } from '../../platform/storage/database.ts';
import type { ServiceName } from '../open-both-databases.ts';
import { END, FORMAT, ROW, TABLE, type BackupHeader } from './backup-format.ts';
import { describeTables, type TableDescription } from './describe-tables.ts';

const PAGE_SIZE = 1_000;

/**
 * Writes one database into a file, as it is at one moment; who uses it meanwhile is not disturbed. The file appears under its name when it is whole and on the disk.
 * @returns the rows it holds
 */
export async function dumpDatabase(db: Kysely<unknown>, service: ServiceName, file: string): Promise<number> {
  const part = `${file}.part`;
  try {
    const rows = await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (trx) => {
        await sql`set local timezone = 'UTC'`.execute(trx);
        await sql`set local datestyle = 'ISO'`.execute(trx);
        await sql`set transaction read only`.execute(trx);
        let count = 0;
        const lines = toLines(trx, service, () => (count += 1));
        await pipeline(Readable.from(lines), createGzip(), createWriteStream(part, { mode: 0o600 }));
        return count;
      });
    await using written = await open(part);
    await written.sync();
    await rename(part, file);
    return rows;
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function* toLines(trx: Transaction<unknown>, service: ServiceName, onRow: () => number): AsyncGenerator<string> {
  const { rows: migrations } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(trx);
  const tables = await describeTables(trx);
  const header: BackupHeader = { format: FORMAT, service, at: new Date().toISOString(), migrations: migrations.map(({ name }) => name) };
  yield `${JSON.stringify(header)}\n`;
  let count = 0;
  for (const table of tables) {
    yield `${TABLE}${JSON.stringify(table)}\n`;
    for await (const page of readPages(trx, table)) {
      for (let row = 0; row < page.length; row += 1) count = onRow();
      yield page.map((row) => `${ROW}${row}\n`).join('');
    }
  }
  yield `${END}${count}\n`;
}

async function* readPages(trx: Transaction<unknown>, { name, columns }: TableDescription): AsyncGenerator<readonly string[]> {
  const texts = columns.map((column) => sql`${sql.id(column.name)}::text`);
  // jsonb writes its text on one line whatever the texts hold
  await sql`declare backup no scroll cursor for select jsonb_build_array(${sql.join(texts)})::text as row from ${sql.id(name)}`.execute(
    trx,
  );
  for (;;) {
    const { rows } = await sql<{ row: string }>`fetch ${sql.lit(PAGE_SIZE)} from backup`.execute(trx);
    if (rows.length > 0) yield rows.map(({ row }) => row);
    if (rows.length < PAGE_SIZE) break;
  }
  await sql`close backup`.execute(trx);
}
