import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ReleaseStack } from '../platform/foundation/lifecycle.ts';
import { explainStartFailure } from '../platform/foundation/run-process.ts';
import { dumpDatabase } from './backup/dump-database.ts';
import { findDatabaseUrls, openServiceDatabaseFor, SERVICES, type ServiceName } from './open-both-databases.ts';
import { readCommandLine, refuse } from './read-command-line.ts';

const HELP = `npm run backup [-- --only users|payments] [--to FOLDER]

Writes each service's database into a file of its own, as it is at one moment, while the services run: payments first, then users, so
that users is never behind. The databases are found as the services find them: USERS_DATABASE_URL, PAYMENTS_DATABASE_URL, else the
embedded PostgreSQL under DATA_DIR. The folder is backups, unless --to says another. Prints the files' names.

Large databases of your own are better kept with pg_dump, or base backups and WAL: docs/operations.md.
`;

const { values } = readCommandLine(HELP, { options: { only: { type: 'string' }, to: { type: 'string', default: 'backups' } } });
if (existsSync('.env')) process.loadEnvFile('.env');
const names = values.only === undefined ? [...SERVICES].reverse() : SERVICES.filter((name) => name === values.only);
if (names.length === 0) refuse(`--only must be users or payments, got ${values.only}`);

const stack = new ReleaseStack();
try {
  await mkdir(values.to, { recursive: true });
  const urls = await findDatabaseUrls(process.env, names, stack);
  for (const name of names) process.stdout.write(`${await backUp(name, urls.get(name) ?? '')}\n`);
} catch (error) {
  process.stderr.write(explainStartFailure(error).replace(/^cannot start/, 'cannot make a backup'));
  process.exitCode = 1;
} finally {
  await stack.release(Date.now() + 5_000);
}

async function backUp(name: ServiceName, url: string): Promise<string> {
  const file = join(values.to, `${name}-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}.backup.gz`);
  const { db } = await openServiceDatabaseFor<unknown>(name, url, stack);
  const rows = await dumpDatabase(db, name, file);
  const { size } = await stat(file);
  process.stderr.write(`${name}: ${rows} rows, ${Math.ceil(size / 1_024)} kB\n`);
  return file;
}
