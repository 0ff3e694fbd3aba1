import { existsSync } from 'node:fs';
import { ReleaseStack } from '../platform/foundation/lifecycle.ts';
import { explainStartFailure } from '../platform/foundation/run-process.ts';
import { restoreDatabase } from './backup/restore-database.ts';
import { findDatabaseUrls } from './open-both-databases.ts';
import { readCommandLine, refuse } from './read-command-line.ts';

const HELP = `npm run restore -- FILE

Puts a backup of npm run backup in the place of its service's database; the service must be stopped. The database that is there is kept
under another name. Afterwards run npm run reconcile: it names what was lost, and with --mend publishes again what can be.

The databases are found as the services find them: USERS_DATABASE_URL, PAYMENTS_DATABASE_URL, else the embedded PostgreSQL under DATA_DIR.
`;

const { positionals } = readCommandLine(HELP, { positionals: 1 });
const [file] = positionals;
if (file === undefined) refuse('expected the file of a backup');
if (!existsSync(file)) refuse(`there is no file ${file}`);
if (existsSync('.env')) process.loadEnvFile('.env');

const stack = new ReleaseStack();
try {
  const urlOf = async (service: 'users' | 'payments'): Promise<string> =>
    (await findDatabaseUrls(process.env, [service], stack, { create: true })).get(service) ?? '';
  const { service, at, rows, kept } = await restoreDatabase(file, { urlOf });
  process.stdout.write(`${service} is as it was at ${at}: ${rows} rows\n`);
  if (kept !== undefined) process.stdout.write(`what was there is kept as database ${kept}; drop it when you are sure\n`);
  process.stdout.write(
    `now start the services and run: npm run reconcile${service === 'payments' ? ' -- --mend (until then nothing is booked)' : ''}\n`,
  );
} catch (error) {
  process.stderr.write(explainStartFailure(error).replace(/^cannot start/, 'cannot restore'));
  process.exitCode = 1;
} finally {
  await stack.release(Date.now() + 5_000);
}
