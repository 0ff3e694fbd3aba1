import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { connect } from 'amqplib';
import { readProcessIdentity } from '../../platform/foundation/process-identity.ts';
import { bundleProgram } from '../support/bundle-program.ts';
import { QUEUE_SETTLING_MS } from '../support/chaos/queues.ts';
import { eventually } from '../support/eventually.ts';
import { obtainFirst } from '../support/obtain-way.ts';
import { createTestDatabase, queryServer } from '../support/postgres.ts';
import { createTestVhost, startPrivateRabbitmq } from '../support/rabbitmq.ts';
import { SHORT_LIVED_NODE } from '../support/short-lived.ts';

/** Tests of what other tests stand on. */
describe('obtaining something for tests', () => {
  it('takes the first way that works', async () => {
    const ways = [
      { name: 'the moon', obtain: () => Promise.reject(new Error('too far')) },
      { name: 'the shelf', obtain: () => Promise.resolve('from the shelf') },
      { name: 'the shop', obtain: () => Promise.reject(new Error('must not be asked')) },
    ];

    expect(await obtainFirst('sugar', ways)).toBe('from the shelf');
  });

  it('tells every way and why it did not work when none does', async () => {
    const ways = [
      { name: 'set TEST_SUGAR', obtain: () => Promise.reject(new Error('it is not set')) },
      { name: 'Docker', obtain: () => Promise.reject(new Error('no docker in PATH')) },
    ];

    await expect(obtainFirst('sugar', ways)).rejects.toThrow(
      'the tests need sugar, and no way to obtain it worked; any one of these would do:\n  - set TEST_SUGAR: it is not set\n  - Docker: no docker in PATH',
    );
  });
});

describe('a test database', () => {
  it('is empty, and gone afterwards, connections and all', async () => {
    const [one, other] = [await createTestDatabase(), await createTestDatabase()];
    await queryServer('create table t (n int)', one.url);
    await expect(queryServer('select * from t', other.url)).rejects.toThrow('does not exist');

    await one[Symbol.asyncDispose]();

    await expect(queryServer('select 1', one.url)).rejects.toThrow('does not exist');
    await other[Symbol.asyncDispose]();
  });
});

describe('a test database like that of a service', () => {
  it('has its tables, and is its own', async () => {
    await using one = await createTestDatabase('users');
    await using other = await createTestDatabase('users');

    await queryServer('drop table payment_requests', one.url);

    await queryServer('select from payment_requests', other.url);
    await expect(queryServer('select from payment_requests', one.url)).rejects.toThrow('does not exist');
  });
});

describe('a test vhost', () => {
  it('is its own: queues of the same name do not meet', async () => {
    await using one = await createTestVhost();
    await using other = await createTestVhost();
    const [first, second] = [await connect(one.url), await connect(other.url)];
    const [a, b] = [await first.createConfirmChannel(), await second.createConfirmChannel()];
    await a.assertQueue('work', { durable: true });
    await b.assertQueue('work', { durable: true });

    a.sendToQueue('work', Buffer.from('for one'));
    await a.waitForConfirms();

    expect((await a.checkQueue('work')).messageCount).toBe(1);
    expect((await b.checkQueue('work')).messageCount).toBe(0);
    await first.close();
    await second.close();
  });
});

describe('a private RabbitMQ', () => {
  it('keeps its data, its port and its URL when it is killed and started again, loses its data when it is wiped, and leaves no process', async () => {
    const broker = await startPrivateRabbitmq();
    const firstPid = broker.pid ?? 0;
    await publish(broker.url, 'kept');
    await delay(QUEUE_SETTLING_MS);

    await broker.kill('SIGKILL');
    expect(broker.pid).toBeUndefined();
    expect(await readProcessIdentity(firstPid)).toBeUndefined();
    await expect(connect(broker.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await broker.start();
    expect(await take(broker.url)).toBe('kept');

    await publish(broker.url, 'lost');
    await broker.wipe();
    await broker.start();
    expect(await take(broker.url)).toBeUndefined();

    const lastPid = broker.pid ?? 0;
    await broker.stop();
    expect(await readProcessIdentity(lastPid)).toBeUndefined();
  }, 180_000);

  it('ends when the process that started it is killed', async () => {
    const args = [...SHORT_LIVED_NODE, await bundleProgram('rabbitmq-owner')];
    const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, NODE_OPTIONS: '' } });
    const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
    const { pid } = JSON.parse(line) as { pid: number };
    expect(await readProcessIdentity(pid)).toBeDefined();

    owner.kill('SIGKILL');

    await eventually(async () => (await readProcessIdentity(pid)) === undefined, 10_000);
  }, 120_000);

  it('is refused with every way that was tried when none works', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'no programs '));
    const path = process.env['PATH'];
    try {
      await mkdir(join(folder, 'bin'));
      await writeFile(join(folder, 'bin', 'docker'), '#!/bin/sh\necho "the daemon sleeps" >&2\nexit 1\n', { mode: 0o755 });
      process.env['PATH'] = join(folder, 'bin'); // no erl, no apt-get, and a docker that does not work

      await expect(startPrivateRabbitmq()).rejects.toThrow(
        /the tests need RabbitMQ[^]*- set TEST_AMQP_URL: [^]*- rabbitmq-server on this machine: no (erl|rabbitmq-server) [^]*- Docker: the daemon sleeps\n[^]*- apt-get install rabbitmq-server: no apt-get/,
      );
    } finally {
      process.env['PATH'] = path;
      await rm(folder, { recursive: true });
    }
  });
});

async function publish(url: string, text: string): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue('work', { durable: true });
  channel.sendToQueue('work', Buffer.from(text), { persistent: true });
  await channel.waitForConfirms();
  await connection.close();
}

async function take(url: string): Promise<string | undefined> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  await channel.assertQueue('work', { durable: true });
  const message = await channel.get('work', { noAck: true });
  await connection.close();
  return message === false ? undefined : message.content.toString();
}
