/** A program that holds a row inside a transaction until a line comes on standard input. `node hold-a-transaction.mjs URL`; plain JavaScript, since Node 20 runs no TypeScript. */
import './run-typescript.mjs';

const { openDatabase, sql } = await import('../../platform/storage/database.ts');
const { silentLogger } = await import('../../platform/foundation/logger.ts');

const { db } = await openDatabase({ name: 'holder', url: process.argv[2], logger: silentLogger });
try {
  await db.transaction().execute(async (trx) => {
    await sql`update people set name = 'nobody' where id = 1`.execute(trx);
    process.stdout.write('holding\n');
    await new Promise((resolve) => process.stdin.once('data', resolve)); // as a relay waits for confirms: nothing is sent to the database
    await sql`select 1`.execute(trx);
  });
  process.stdout.write('ended: committed\n');
} catch (error) {
  process.stdout.write(`ended: ${error.code}\n`);
}
process.exit(0);
