import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { AppError } from '../../platform/foundation/errors.ts';
import { sql, type Kysely, type Transaction } from '../../platform/storage/database.ts';
import { damaged, END, parseHeader, parseTable, ROW, TABLE, type BackupHeader } from './backup-format.ts';
import { describeTables, type TableDescription } from './describe-tables.ts';

const BATCH_SIZE = 500;

/** @throws ConfigError it is no backup */
export async function readBackupHeader(file: string): Promise<BackupHeader> {
  for await (const line of readLines(file)) return parseHeader(line, file);
  return parseHeader(undefined, file);
}

/**
 * Fills a database that was migrated to what the backup's was, all or nothing. What migrations wrote into it goes. Checks that need other rows are off meanwhile:
 * `npm run reconcile` looks at everything afterwards.
 * @returns the rows it holds then
 * @throws ConfigError the file is damaged or not whole
 */
export async function loadDatabase(db: Kysely<unknown>, file: string): Promise<number> {
  return db.transaction().execute(async (trx) => {
    await sql`set local timezone = 'UTC'`.execute(trx);
    const tables = await describeTables(trx);
    for (const { name } of tables) await sql`alter table ${sql.id(name)} disable trigger user`.execute(trx);
    await sql`truncate ${sql.join(tables.map(({ name }) => sql.id(name)))} restart identity`.execute(trx);
    const count = await fill(trx, file);
    for (const { name } of tables) await sql`alter table ${sql.id(name)} enable trigger user`.execute(trx);
    for (const table of tables) await moveSequences(trx, table);
    return count;
  });
}

async function fill(trx: Transaction<unknown>, file: string): Promise<number> {
  let table: TableDescription | undefined;
  let batch: string[] = [];
  let count = 0;
  let expected: number | undefined;
  let isHeader = true;
  const flush = async (): Promise<void> => {
    if (table && batch.length > 0) await insertRows(trx, table, batch);
    batch = [];
  };
  for await (const line of readLines(file)) {
    if (isHeader) parseHeader(line, file);
    else if (line.startsWith(TABLE)) {
      await flush();
      table = parseTable(line, file);
    } else if (line.startsWith(ROW)) {
      batch.push(line.slice(1));
      count += 1;
      if (batch.length === BATCH_SIZE) await flush();
    } else if (line.startsWith(END)) {
      await flush();
      expected = Number(line.slice(1));
    } else throw damaged(file);
    isHeader = false;
  }
  if (expected !== count) throw damaged(file);
  return count;
}

async function insertRows(trx: Transaction<unknown>, { name, columns }: TableDescription, rows: readonly string[]): Promise<void> {
  const names = columns.map((column) => sql.id(column.name));
  const values = columns.map(({ type }, index) => sql`(row ->> ${sql.lit(index)})::${sql.raw(type)}`);
  await sql`
    insert into ${sql.id(name)} (${sql.join(names)}) overriding system value
    select ${sql.join(values)} from jsonb_array_elements(${`[${rows.join(',')}]`}::jsonb) as row`.execute(trx);
}

/** The next number of an identity column is behind the highest that is there. */
async function moveSequences(trx: Transaction<unknown>, { name, columns }: TableDescription): Promise<void> {
  for (const column of columns.filter(({ identity }) => identity)) {
    await sql`
      select setval(pg_get_serial_sequence(${name}, ${column.name}), coalesce((select max(${sql.id(column.name)}) from ${sql.id(name)}), 0) + 1, false)`.execute(
      trx,
    );
  }
}

async function* readLines(file: string): AsyncGenerator<string> {
  const source = createReadStream(file);
  const unzipped = createGunzip();
  source.on('error', (error) => unzipped.destroy(error));
  source.pipe(unzipped);
  try {
    yield* createInterface({ input: unzipped, crlfDelay: Infinity });
    if (unzipped.errored) throw unzipped.errored;
  } catch (error) {
    throw error instanceof AppError ? error : damaged(file, error);
  } finally {
    source.destroy();
    unzipped.destroy();
  }
}
