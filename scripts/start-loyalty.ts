import { existsSync } from 'node:fs';
import { loyaltyVariables, NO_RABBITMQ, readLoyaltyConfig } from '../examples/loyalty/config.ts';
import { runProcess } from '../platform/foundation/run-process.ts';
import { readCommandLine } from './read-command-line.ts';

const HELP = `npm run start:loyalty

Runs the example subgraph of docs/your-own-subgraph.md as one process. It counts points for payments of the system that runs beside it.
Without LOYALTY_DATABASE_URL it uses an embedded PostgreSQL of its own under DATA_DIR. Without AMQP_URL it takes RabbitMQ on localhost if one answers
there, as npm start does, and otherwise hears of payments from the graph.

${Object.entries(loyaltyVariables)
  .map(([name, { description, default: value }]) => `  ${name.padEnd(23)} ${description}${value === undefined ? '' : ` (${value})`}`)
  .join('\n')}
`;

const LOCAL_RABBITMQ = 'amqp://localhost:5672';

readCommandLine(HELP);
const { createLoyaltyService } = await import('../examples/loyalty/service.ts'); // a second, which --help need not wait for
const { answersAmqp } = await import('../platform/messaging/amqp-probe.ts');
const { createServiceOnEmbeddedDatabase } = await import('./service-on-embedded-database.ts');
if (existsSync('.env')) process.loadEnvFile('.env');
const amqpUrl = process.env.AMQP_URL || ((await answersAmqp(LOCAL_RABBITMQ)) ? LOCAL_RABBITMQ : NO_RABBITMQ);
await runProcess(
  (env) =>
    env.LOYALTY_DATABASE_URL
      ? createLoyaltyService(readLoyaltyConfig(env))
      : createServiceOnEmbeddedDatabase({
          env,
          database: 'loyalty',
          folder: 'loyalty',
          databases: ['loyalty'],
          variable: 'LOYALTY_DATABASE_URL',
          create: (complete) => createLoyaltyService(readLoyaltyConfig(complete)),
        }),
  { ...process.env, AMQP_URL: amqpUrl },
);
