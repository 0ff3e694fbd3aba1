import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pause } from '../../platform/foundation/backoff.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { createStart } from '../support/running-system.ts';
import { asNpmRunsIt, type ServiceProcess } from '../support/service-process.ts';

const run = promisify(execFile);
const PAY = `mutation ($userId: ID!, $amount: Decimal!) { pay(input: { userId: $userId, amount: $amount }) { payment { id } } }`;

/** One folder and one system on it, which every test finds running and leaves running: making one takes seconds. */
describe('npm start', () => {
  const started: ServiceProcess[] = [];
  let dataDir: string;
  let first: ServiceProcess;

  beforeAll(async () => {
    dataDir = join(await mkdtemp(join(tmpdir(), 'paygraph start ')), 'data with a space');
    first = create();
    await first.start();
  }, 60_000);
  afterAll(async () => {
    for (const process of started) await process.kill('SIGTERM');
    await rm(join(dataDir, '..'), { recursive: true, force: true });
  }, 30_000);
  const create = (env: Readonly<Record<string, string>> = {}, folder = dataDir): ServiceProcess => {
    const start = createStart(folder, env, asNpmRunsIt);
    started.push(start);
    return start;
  };
  const balance = async (url: string): Promise<string> =>
    (await ask<{ user: { balance: { amount: string } } }>(url, `{ user(id: "1") { balance { amount } } }`)).user.balance.amount;
  const pay = async (url: string, amount: string): Promise<string> =>
    (await ask<{ pay: { payment: { id: string } } }>(url, PAY, { userId: '1', amount })).pay.payment.id;
  const isProcessed = async (url: string, id: string): Promise<boolean> =>
    (await ask<{ payment: { status: string } | null }>(url, `query ($id: ID!) { payment(id: $id) { status } }`, { id })).payment?.status ===
    'PROCESSED';

  it('prints a table and curl lines that work when pasted', async () => {
    const lines = first.output.split('\n').map((line) => line.trim());
    const [query, subscription, mutation] = lines.filter((line) => line.startsWith('curl '));
    const watching = run('sh', ['-c', `timeout 20 ${subscription} | head -c 4000 | grep -m 1 'data: {"data"'`]);
    const users = await run('sh', ['-c', query ?? '']);
    const watched = (async () => {
      for (;;) {
        const paid = await run('sh', ['-c', mutation ?? '']);
        expect(JSON.parse(paid.stdout)).toMatchObject({ data: { pay: { payment: { status: 'PENDING' } } } });
        const event = await Promise.race([watching, pause(500)]);
        if (event) return event.stdout;
      }
    })();

    expect(JSON.parse(users.stdout)).toMatchObject({ data: { users: { nodes: [{ name: 'Willis' }, { name: 'Ana' }] } } });
    expect(await watched).toContain('"status":"PROCESSED"');
    expect(first.output).toContain('in this process, volatile');
    expect(first.output).toContain('embedded PostgreSQL 18');
  }, 60_000);

  it('stops within 5 seconds on Ctrl-C and leaves no process and no lock behind', async () => {
    const family = await listDescendants(first.pid);
    const before = await balance(first.url);

    const begunAt = Date.now();
    const exit = await first.kill('SIGINT');

    expect(Date.now() - begunAt).toBeLessThan(5_000);
    expect([0, 130]).toContain(exit);
    expect(family.length).toBeGreaterThan(0);
    await eventually(() => !family.some(isAlive), 2_000); // what ended counts until the system has taken note
    await first.start();
    expect(await balance(first.url)).toBe(before);
  }, 60_000);

  it('says in one line that its data folder is in use, and exits with 1', async () => {
    const second = create();
    await expect(second.start()).rejects.toThrow();

    expect(await second.kill()).toBe(1);
    const lines = second.output.split('\n').filter((line) => line.includes('cannot start'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/in use/);
  }, 60_000);

  it('says in one line that its port is taken, and exits with 1', async () => {
    const port = new URL(first.url).port;

    await using users = await createTestDatabase('users'); // making one of its own takes seconds
    await using payments = await createTestDatabase('payments');
    const second = create({ USERS_PORT: port, USERS_DATABASE_URL: users.url, PAYMENTS_DATABASE_URL: payments.url }, `${dataDir} too`);
    await expect(second.start()).rejects.toThrow();

    expect(await second.kill()).toBe(1);
    expect(second.output.split('\n').filter((line) => line.includes('cannot start'))).toEqual([
      expect.stringContaining(`${port}: the port is taken`),
    ]);
  }, 60_000);

  it('keeps balances, payments and what was accepted but not processed over kill -9 of everything', async () => {
    const before = Number(await balance(first.url));
    const processed = await pay(first.url, '10.00');
    await eventually(() => isProcessed(first.url, processed));
    await ask(first.url, `mutation { pauseProcessing { paused } }`);
    const accepted = await pay(first.url, '20.00');

    const family = await listDescendants(first.pid);
    for (const pid of [...family, first.pid]) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await first.kill('SIGKILL');
    await first.start();

    expect(Number(await balance(first.url))).toBe(before - 30);
    expect(await isProcessed(first.url, processed)).toBe(true);
    expect(await ask(first.url, `{ processing { paused } }`)).toEqual({ processing: { paused: true } });
    await ask(first.url, `mutation { resumeProcessing { paused } }`);
    await eventually(() => isProcessed(first.url, accepted), 15_000);
    expect(Number(await balance(first.url))).toBe(before - 30);
  }, 90_000);

  it('lists every problem of the environment at once', async () => {
    const start = create({ USERS_PROT: '1', PAYMENTS_LIMIT: 'much', GATEWAY_PORT: '0', LOG_LEVEL: 'loud' });

    await expect(start.start()).rejects.toThrow();

    expect(await start.kill()).toBe(1);
    for (const name of ['USERS_PROT', 'PAYMENTS_LIMIT', 'LOG_LEVEL']) expect(start.output).toContain(name);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Children, and theirs, by /proc; on systems without it by ps. */
async function listDescendants(pid: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=']).catch(async () => ({ stdout: await readParents() }));
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const childrenOf = (parent: number): number[] =>
    pairs.filter(([, ppid]) => ppid === parent).flatMap(([child]) => [child, ...childrenOf(child)]);
  return childrenOf(pid);
}

async function readParents(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      return stat ? `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]}` : '';
    }),
  );
  return lines.filter(Boolean).join('\n');
}
