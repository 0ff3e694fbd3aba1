import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { ask, post } from '../support/graphql-client.ts';
import { createTestVhost, type TestVhost } from '../support/rabbitmq.ts';
import { asNpmRunsIt, createServiceProcess, type ServiceProcess } from '../support/service-process.ts';

const PAY = `mutation { pay(input: { userId: "1", amount: "1.00" }) { payment { id } } }`;

describe('npm run start:users, start:payments and start:gateway', () => {
  let dataDir: string;
  let vhost: TestVhost;
  const running: ServiceProcess[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'paygraph-alone-'));
    vhost = await createTestVhost();
  });
  afterEach(async () => {
    for (const service of running.splice(0).reverse()) await service.kill('SIGTERM');
    await vhost[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  });
  const create = (name: 'users' | 'payments', env: Readonly<Record<string, string>> = {}): ServiceProcess => {
    const settings = { AMQP_URL: vhost.url, DATA_DIR: dataDir, ...env };
    const service = createServiceProcess(name, ['start-service', name], `${name.toUpperCase()}_PORT`, settings, undefined, asNpmRunsIt);
    running.push(service);
    return service;
  };

  it('share the embedded PostgreSQL of the folder, and one takes it over when the other is killed', async () => {
    const users = create('users');
    const payments = create('payments');
    await Promise.all([users.start(), payments.start()]);
    const owner = users.output.includes('starting PostgreSQL') ? users : payments;
    const other = owner === users ? payments : users;
    const query = other === payments ? '{ payments { nodes { id } } }' : '{ users { nodes { id } } }';

    await owner.kill('SIGKILL');
    await eventually(async () => (await post(other.url, query)).errors === undefined, 20_000);
    await owner.start();
    const { pay } = await ask<{ pay: { payment: { id: string } } }>(users.url, PAY);

    await eventually(
      async () =>
        (await ask<{ payment: unknown }>(payments.url, `query ($id: ID!) { payment(id: $id) { id } }`, { id: pay.payment.id })).payment,
      20_000,
    );
    expect(other.output).toContain('this process runs the embedded PostgreSQL');
  }, 90_000);

  it('start in any order: the gateway answers before the subgraphs are there, and they without a broker', async () => {
    const users = create('users', { AMQP_URL: 'amqp://127.0.0.1:1' });
    await users.start();
    const urls = { USERS_URL: users.url, PAYMENTS_URL: 'http://127.0.0.1:1/graphql' };
    const gateway = createServiceProcess('gateway', ['gateway'], 'GATEWAY_PORT', urls, undefined, asNpmRunsIt);
    running.push(gateway);
    await gateway.start();

    const { pay } = await ask<{ pay: { payment: { id: string } } }>(gateway.url, PAY);
    const { errors } = await post(gateway.url, '{ payments { nodes { id } } }');

    expect(pay.payment.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'payments' });
    await eventually(() => /127\.0\.0\.1:1/.test(users.output)); // says what it waits for
  }, 60_000);
});
