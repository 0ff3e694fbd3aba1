import { existsSync } from 'node:fs';
import { runProcess } from '../platform/foundation/run-process.ts';
import { readCommandLine, refuse } from './read-command-line.ts';

const HELP = `npm run start:users | start:payments

Runs one subgraph as one process, configured by the environment alone (.env.example names every variable; a file .env is read).
Without USERS_DATABASE_URL or PAYMENTS_DATABASE_URL it uses the embedded PostgreSQL under DATA_DIR, which processes of this folder share.
Without AMQP_URL it uses amqp://localhost:5672 and waits for it.
`;

const { positionals } = readCommandLine(HELP, { positionals: 1 });
if (existsSync('.env')) process.loadEnvFile('.env');
const { createServiceOnEmbeddedDatabase } = await import('./service-on-embedded-database.ts'); // these take a second, which --help need not wait for
if (positionals[0] === 'users') {
  const { createUsersService } = await import('../subgraphs/users/service.ts');
  const { readUsersConfig } = await import('../subgraphs/users/config.ts');
  await runProcess(
    (env) =>
      env.USERS_DATABASE_URL
        ? createUsersService(readUsersConfig(env))
        : createServiceOnEmbeddedDatabase({
            env,
            database: 'users',
            variable: 'USERS_DATABASE_URL',
            create: (complete) => createUsersService(readUsersConfig(complete)),
          }),
    process.env,
  );
} else if (positionals[0] === 'payments') {
  const { createPaymentsService } = await import('../subgraphs/payments/service.ts');
  const { readPaymentsConfig } = await import('../subgraphs/payments/config.ts');
  await runProcess(
    (env) =>
      env.PAYMENTS_DATABASE_URL
        ? createPaymentsService(readPaymentsConfig(env))
        : createServiceOnEmbeddedDatabase({
            env,
            database: 'payments',
            variable: 'PAYMENTS_DATABASE_URL',
            create: (complete) => createPaymentsService(readPaymentsConfig(complete)),
          }),
    process.env,
  );
} else {
  refuse(`expected users or payments, got ${positionals[0] ?? 'nothing'}`);
}
