import { existsSync } from 'node:fs';
import { runProcess } from '../platform/foundation/run-process.ts';
import { curlExamples } from './curl-examples.ts';
import { createProgress } from './progress.ts';
import { readCommandLine } from './read-command-line.ts';
import type { RunningSystem } from './system.ts';

const HELP = `npm start

Runs users, payments and the gateway in this terminal, on an embedded PostgreSQL and, unless RabbitMQ is found, a broker in this process.
Ctrl-C stops everything; a second Ctrl-C stops at once.

Settings are environment variables, also from a file .env in this folder; .env.example names them all. The ones to know:
  DATA_DIR                                      where everything is kept                     .data
  GATEWAY_PORT  USERS_PORT  PAYMENTS_PORT       4000, 4001, 4002
  AMQP_URL                                      your own RabbitMQ                            amqp://localhost:5672 if it answers
  USERS_DATABASE_URL  PAYMENTS_DATABASE_URL     your own PostgreSQL, a database each         embedded
`;

readCommandLine(HELP);
const { createSystem } = await import('./system.ts'); // a second, which --help need not wait for
await start();

async function start(): Promise<void> {
  const startedAt = Date.now();
  if (existsSync('.env')) process.loadEnvFile('.env');
  const progress = createProgress(process.stdout);
  const onReady = (system: RunningSystem): void => {
    progress.done();
    process.stdout.write(describe(system, Date.now() - startedAt));
  };
  process.on('exit', progress.done);
  await runProcess((env) => createSystem(env, progress.step, onReady), process.env);
}

function describe(system: RunningSystem, tookMs: number): string {
  const rows = [
    ['web client', system.gatewayUrl],
    ['GraphQL, and Apollo Sandbox in a browser', system.graphqlUrl],
    ['GraphiQL, which needs no internet', `${system.gatewayUrl}graphiql`],
    ['subscriptions', `the same URL: WebSocket, SSE or multipart`],
    ['users subgraph', system.usersUrl],
    ['payments subgraph', system.paymentsUrl],
    ['REST, described in OpenAPI', `${system.gatewayUrl}rest/openapi.json`],
    ['health', `${system.gatewayUrl}health/ready`],
    ['metrics', `${system.gatewayUrl}metrics`],
    ['broker', system.broker],
    ['databases', system.databases],
  ];
  const width = Math.max(...rows.map(([name]) => name?.length ?? 0));
  const table = rows.map(([name, value]) => `  ${name?.padEnd(width)}  ${value}`).join('\n');
  const examples = curlExamples(system.graphqlUrl).map(({ title, command }) => `  # ${title}\n  ${command}`);
  return `\npaygraph is ready, ${(tookMs / 1000).toFixed(1)} s after its start\n\n${table}\n\nTry:\n\n${examples.join('\n\n')}\n\nCtrl-C stops everything.\n`;
}
