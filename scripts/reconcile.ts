import { existsSync } from 'node:fs';
import { toMessage } from '../platform/foundation/errors.ts';
import { ReleaseStack } from '../platform/foundation/lifecycle.ts';
import { createLogger } from '../platform/foundation/logger.ts';
import { explainStartFailure, runProcess } from '../platform/foundation/run-process.ts';
import type { OutboxSchema } from '../platform/messaging/outbox.ts';
import { findDatabaseUrls, openServiceDatabaseFor, SERVICES } from './open-both-databases.ts';
import { readCommandLine, refuse } from './read-command-line.ts';
import { printReport } from './reconcile/print-report.ts';
import { createReconcileService } from './reconcile/reconcile-service.ts';
import { needsAttention, reconcile, type ReconcileReport } from './reconcile/reconcile.ts';

const HELP = `npm run reconcile [-- --mend] [--json] [--older-than SECONDS] [--every SECONDS [--port PORT]]

Compares users, payments and RabbitMQ: every payment on both sides, the ledger, every balance, what waits and what was set aside.
It finds them as the services do: USERS_DATABASE_URL, PAYMENTS_DATABASE_URL, else the embedded PostgreSQL under DATA_DIR; AMQP_URL, else
RabbitMQ on localhost. Where npm start runs without RabbitMQ, say so: AMQP_URL=memory: npm run reconcile.

--mend        publish again requests without an outcome, and outcomes that users has not heard; record in payments what a restore of it lost, as users
              heard it, and let it go on; never anything else
--older-than  what is younger may be on its way; default 60 s
--json        the report as one line of JSON
--every       go on, with a run so often, until it is stopped; with --port its metrics are at http://127.0.0.1:PORT/metrics

Exit code 0: all agree, and nothing was set aside. 1: differences, or messages that were set aside. 2: it could not be found out.
What each difference means, and what to do: docs/operations.md.
`;

const { values } = readCommandLine(HELP, {
  options: {
    mend: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    'older-than': { type: 'string', default: '60' },
    every: { type: 'string' },
    port: { type: 'string' },
  },
});
const olderThanSeconds = readNumber('older-than', values['older-than'], 0, 86_400 * 365);
const everySeconds = values.every === undefined ? undefined : readNumber('every', values.every, 1, 86_400);
const port = values.port === undefined ? undefined : readNumber('port', values.port, 0, 65_535);
if (port !== undefined && everySeconds === undefined) refuse('--port needs --every');
if (existsSync('.env')) process.loadEnvFile('.env');

if (everySeconds === undefined) {
  const stack = new ReleaseStack();
  try {
    const report = await (await openReconcile(stack))();
    print(report);
    process.exitCode = needsAttention(report) ? 1 : 0;
  } catch (error) {
    process.stderr.write(explainStartFailure(error).replace(/^cannot start/, 'cannot reconcile'));
    process.exitCode = 2;
  } finally {
    await stack.release(Date.now() + 5_000).catch((error: unknown) => process.stderr.write(`${toMessage(error)}\n`));
  }
} else {
  const logger = createLogger('reconcile', { level: 'info', format: 'text' });
  await runProcess(
    () =>
      createReconcileService({
        open: openReconcile,
        everyMs: everySeconds * 1_000,
        port,
        logger,
        onReport: print,
        onListening: (url) => logger.info(`metrics are at ${url}/metrics`),
      }),
    process.env,
  );
}

async function openReconcile(stack: ReleaseStack): Promise<() => Promise<ReconcileReport>> {
  const urls = await findDatabaseUrls(process.env, SERVICES, stack);
  const open = async (name: (typeof SERVICES)[number]) =>
    (await openServiceDatabaseFor<OutboxSchema>(name, urls.get(name) ?? '', stack)).db;
  const [users, payments] = [await open('users'), await open('payments')];
  const amqpUrl = process.env.AMQP_URL || 'amqp://localhost:5672';
  const amqpUrls = amqpUrl === 'memory:' ? [] : amqpUrl.split(',').map((url) => url.trim());
  return () => reconcile({ users, payments, amqpUrls, olderThanSeconds, mend: values.mend });
}

function print(report: ReconcileReport): void {
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : printReport(report));
}

function readNumber(name: string, text: string, min: number, max: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < min || Number(text) > max)
    refuse(`--${name} must be a whole number from ${min} to ${max}, got ${text}`);
  return Number(text);
}
