import { execFile } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { connectAmqpBroker } from '../../platform/messaging/amqp-broker.ts';
import { printReport } from '../../scripts/reconcile/print-report.ts';
import { needsAttention, reconcile, type ReconcileReport } from '../../scripts/reconcile/reconcile.ts';
import { PAYMENT_OUTCOMES, PAYMENT_REQUESTS, PAYMENT_TOPOLOGY } from '../../subgraphs/payment-topology.ts';
import { openDatabase, type Kysely } from '../../platform/storage/database.ts';
import type { OutboxSchema } from '../../platform/messaging/outbox.ts';
import { bundleProgram } from '../support/bundle-program.ts';
import { withChannel } from '../support/chaos/queues.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase, queryServer } from '../support/postgres.ts';
import { createTestVhost } from '../support/rabbitmq.ts';
import { createServiceProcess } from '../support/service-process.ts';
import { SHORT_LIVED_NODE } from '../support/short-lived.ts';
import { AsyncStack } from '../support/subgraph-services.ts';

const execute = promisify(execFile);

/** What lies in RabbitMQ is part of what an operator is told, and decides whether a restored payments may go on. */
describe('npm run reconcile with RabbitMQ', () => {
  const stack = new AsyncStack();
  const databaseUrls = { users: '', payments: '' };
  let amqpUrl: string;
  let users: Kysely<OutboxSchema>;
  let payments: Kysely<OutboxSchema>;

  beforeAll(async () => {
    for (const service of ['users', 'payments'] as const) databaseUrls[service] = stack.use(await createTestDatabase(service)).url;
    const open = async (url: string): Promise<Kysely<OutboxSchema>> => {
      const database = await openDatabase<OutboxSchema>({ name: 'database', url, logger: silentLogger, poolSize: 2 });
      stack.use({ [Symbol.asyncDispose]: async () => database.stop(Date.now() + 1_000) });
      return database.db;
    };
    users = await open(databaseUrls.users);
    payments = await open(databaseUrls.payments);
    amqpUrl = stack.use(await createTestVhost()).url;
    const broker = connectAmqpBroker({ urls: [amqpUrl], name: 'test', logger: silentLogger });
    await broker.declare(PAYMENT_TOPOLOGY);
    await new Promise<void>((resolve) => broker.onConnected(resolve));
    await broker.stop(Date.now() + 1_000);
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await withChannel(amqpUrl, async (channel) => {
      for (const { name } of PAYMENT_TOPOLOGY.queues) await channel.purgeQueue(name);
    });
    await setHeld(false);
  });

  const put = (queue: string, messages = 1): Promise<void> =>
    withChannel(amqpUrl, async (_, model) => {
      const channel = await model.createConfirmChannel();
      for (let sent = 0; sent < messages; sent += 1) channel.sendToQueue(queue, Buffer.from('{}'), { persistent: true });
      await channel.waitForConfirms();
    });
  const setHeld = (held: boolean): Promise<void> =>
    queryServer(`update processing_control set awaits_reconcile = ${held}`, databaseUrls.payments);
  const run = (mend = false, amqpUrls = [amqpUrl]): Promise<ReconcileReport> =>
    reconcile({ users, payments, amqpUrls, olderThanSeconds: 60, mend });
  const env = (): Record<string, string> => ({
    PATH: process.env.PATH ?? '',
    USERS_DATABASE_URL: databaseUrls.users,
    PAYMENTS_DATABASE_URL: databaseUrls.payments,
    AMQP_URL: amqpUrl,
  });
  /** As an operator types it. */
  const command = async (changes: Record<string, string> = {}): Promise<{ code: number; stdout: string; stderr: string }> =>
    execute(process.execPath, [...SHORT_LIVED_NODE, await bundleProgram('reconcile')], { env: { ...env(), ...changes } }).then(
      (result) => ({ code: 0, ...result }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );

  it('counts what waits, what waits for another attempt and what was set aside, and only the last needs a person', async () => {
    await put(PAYMENT_REQUESTS.queue, 3);
    await put(PAYMENT_REQUESTS.retryQueues[2] ?? '', 2);
    await put(PAYMENT_OUTCOMES.queue);

    const busy = await run();
    expect(busy.broker).toEqual({
      requests: { waiting: 3, retrying: 2, parked: 0 },
      outcomes: { waiting: 1, retrying: 0, parked: 0 },
    });
    expect(needsAttention(busy)).toBe(false);

    await put(PAYMENT_OUTCOMES.parking.queue);
    const parked = await run();
    expect(parked.broker?.outcomes).toEqual({ waiting: 1, retrying: 0, parked: 1 });
    expect(needsAttention(parked)).toBe(true);
  });

  it.each([
    ['waits', PAYMENT_OUTCOMES.queue],
    ['waits for another attempt', PAYMENT_OUTCOMES.retryQueues[2] ?? ''],
  ])('holds a restored payments while an outcome of the lost time %s, and lets it go on afterwards', async (_, queue) => {
    await setHeld(true);
    await put(queue);

    expect((await run(true)).payments.awaitsReconcile).toBe(true);
    await withChannel(amqpUrl, async (channel) => void (await channel.purgeQueue(queue)));

    expect((await run(false)).payments.awaitsReconcile).toBe(true);
    expect((await run(true)).payments.awaitsReconcile).toBe(false);
    expect((await run(false)).payments.awaitsReconcile).toBe(false);
  });

  it('holds a restored payments while RabbitMQ does not answer', async () => {
    await setHeld(true);

    const report = await run(true, [`amqp://127.0.0.1:${await freePort()}`]);

    expect(report).toMatchObject({ broker: null, payments: { awaitsReconcile: true } });
    expect(printReport(report)).toContain('RabbitMQ does not answer (if the system runs without one, say so with AMQP_URL=memory:)');
    expect((await run(true, [])).payments.awaitsReconcile).toBe(false);
  });

  it('ends with 1 and says so when messages were set aside, with 0 when nothing is wrong, and with 2 without a database', async () => {
    await put(PAYMENT_REQUESTS.parking.queue, 2);
    await put(PAYMENT_REQUESTS.queue, 1);
    const unreachable = `postgres://127.0.0.1:${await freePort()}/users`;
    const [attention, noBroker, noDatabase] = await Promise.all([
      command(),
      command({ AMQP_URL: `amqp://127.0.0.1:${await freePort()}` }),
      command({ USERS_DATABASE_URL: unreachable }),
    ]);

    expect(attention).toMatchObject({ code: 1, stderr: '' });
    expect(attention.stdout).toContain('broker    requests: 1 waiting, 0 waiting for another attempt, 2 set aside; outcomes: 0 waiting,');
    expect(attention.stdout).toContain('Messages were set aside: see deadLetters, or the operator page.');
    expect(noBroker).toMatchObject({ code: 0, stderr: '' });
    expect(noBroker.stdout).toContain('broker    does not answer, so its queues are not counted');
    expect(noDatabase).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^cannot reconcile: /) });
  });

  it('run every second tells what was set aside as a metric, and ends when it is told to', async () => {
    await put(PAYMENT_REQUESTS.parking.queue, 2);
    await using running = createServiceProcess(
      'reconcile',
      ['reconcile', '--every', '1', '--port', '0'],
      'UNUSED',
      env(),
      /metrics are at http:\/\/127\.0\.0\.1:(\d+)\//,
    );
    await running.start();
    const read = async (name: string): Promise<number> => {
      const page = await (await fetch(new URL('/metrics', running.url))).text();
      return Number(new RegExp(`^${name}\\{.*\\} (.*)$`, 'm').exec(page)?.[1]);
    };

    await eventually(async () => (await read('paygraph_reconcile_parked')) === 2);
    const first = await read('paygraph_reconcile_success_timestamp_seconds');
    expect(Math.abs(Date.now() / 1_000 - first)).toBeLessThan(60);
    await eventually(async () => (await read('paygraph_reconcile_success_timestamp_seconds')) > first);

    expect(await running.kill('SIGTERM')).toBe(0);
  });
});

/** Where nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
