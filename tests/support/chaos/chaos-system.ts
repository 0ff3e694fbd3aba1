import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause } from '../../../platform/foundation/backoff.ts';
import { silentLogger } from '../../../platform/foundation/logger.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../platform/storage/embedded-postgres.ts';
import { ask } from '../graphql-client.ts';
import { afterOurEnd } from '../neighbours-watchdog.ts';
import { startResumingSubscriber } from '../resuming-subscriber.ts';
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.ts';
import type { Attempt } from './attempts.ts';
import type { ChaosBroker } from './chaos-broker.ts';
import { createChaosProcess, type ChaosProcess, type ServiceKind } from './chaos-process.ts';
import type { DepositWish } from './deposit-wishes.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { openWatch, type Databases, type Observed, type Poison, type WatchedSubscriber } from './verdicts.ts';

/** The ways between the parts, each through proxies that can be told to misbehave. */
export const LINKS = [
  'clients to gateway',
  'subscribers to gateway',
  'gateway to users',
  'gateway to payments',
  'users to broker',
  'payments to broker',
  'users to database',
  'payments to database',
] as const;
export type Link = (typeof LINKS)[number];

/** Two replicas of everything as processes, each server alone and mortal, and a proxy between any two. */
export interface ChaosSystem extends AsyncDisposable {
  readonly replicas: Readonly<Record<ServiceKind, readonly ChaosProcess[]>>;
  readonly processes: readonly ChaosProcess[];
  readonly broker: ChaosBroker;
  readonly postgres: Readonly<Record<'users' | 'payments', EmbeddedPostgres>>;
  /** What each PostgreSQL lies on; undefined where we may not mount one. */
  readonly disks: Readonly<Record<'users' | 'payments', SmallDisk | undefined>>;
  readonly databases: Databases;
  /** Of each way the proxies of each end that uses it: of one replica, to every node of a cluster. */
  readonly links: Readonly<Record<Link, readonly (readonly TcpProxy[])[]>>;
  readonly observed: Observed;
  readonly attempts: Attempt[];
  readonly deposits: DepositWish[];
  readonly subscribers: WatchedSubscriber[];
  /** What was put into queues and must be found parked; emptied when the broker is wiped. */
  readonly poison: Poison[];
  readonly richIds: readonly string[];
  readonly poorId: string;
  /** Where clients ask. */
  readonly clientUrl: () => string;
  /** Where subscribers listen. */
  readonly subscribersUrl: string;
  /** Broken rules that were noticed on the way; the first account of each is kept. */
  readonly reported: ReadonlyMap<string, string>;
  report(rule: string, what: string): void;
  /** Aborts when no more faults begin; some are still under way. */
  readonly calm: AbortController;
  /** Aborts when the faults are over. */
  readonly over: AbortController;
  /** Starts what is dead, as a supervisor would; tries until it runs. */
  revive(process: ChaosProcess): Promise<void>;
  /** One at a time for each name. */
  inTurn(name: string, work: () => Promise<void>): Promise<void>;
}

export interface ChaosSystemOptions {
  readonly startBroker: () => Promise<ChaosBroker>;
  /** When users asks again for outcomes that it has not heard of. Late: it heals what messaging loses, and so hides it. */
  readonly reconcileAfterMs: number;
  /** Subscribers of all payments, and one of one user's. */
  readonly subscribers?: number;
  /** Options of Node for the services; default none. */
  readonly nodeOptions?: readonly string[];
}

/** On private servers of its own. */
export async function startChaosSystem({
  startBroker,
  reconcileAfterMs,
  subscribers: count = 4,
  nodeOptions = [],
}: ChaosSystemOptions): Promise<ChaosSystem> {
  const stack: (() => Promise<unknown>)[] = [];
  const dispose = async (): Promise<void> => {
    for (const release of stack.splice(0).reverse()) await release();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'paygraph-chaos-'));
    await chmod(folder, 0o711); // PostgreSQL runs under another account when we are root
    const calledOff = afterOurEnd('sleep 3; umount -l "$1"/disk-* 2>/dev/null; rm -rf -- "$1"', folder);
    stack.push(async () => {
      await rm(folder, { recursive: true, force: true });
      calledOff();
    });
    const mountDisk = async (name: string): Promise<SmallDisk | undefined> => {
      const disk = await mountSmallDisk(join(folder, `disk-${name}`));
      if (disk) stack.push(() => disk.unmount());
      return disk;
    };
    const disks = { users: await mountDisk('users'), payments: await mountDisk('payments') };
    const startPostgres = async (name: 'users' | 'payments'): Promise<EmbeddedPostgres> => {
      const server = await startEmbeddedPostgres({
        dataDir: disks[name]?.folder ?? join(folder, name),
        databases: [name],
        logger: silentLogger,
        settings: { max_connections: '200' },
      });
      stack.push(async () => server.stop(Date.now() + 5_000));
      return server;
    };
    const owned = async (starting: Promise<ChaosBroker>): Promise<ChaosBroker> => {
      const server = await starting;
      stack.push(() => server.stop());
      return server;
    };
    const [usersServer, paymentsServer, broker] = await Promise.all([
      startPostgres('users'),
      startPostgres('payments'),
      owned(startBroker()),
    ]);

    const proxyTo = async (target: { host: string; port: number }): Promise<TcpProxy> => {
      const proxy = await startTcpProxy(target);
      stack.push(() => proxy.stop());
      return proxy;
    };
    const through = async (url: string): Promise<{ proxy: TcpProxy; url: string }> => {
      const changed = new URL(url);
      const proxy = await proxyTo({ host: changed.hostname, port: Number(changed.port) });
      changed.port = String(proxy.port);
      return { proxy, url: changed.href };
    };
    const toBroker = async (): Promise<{ proxies: TcpProxy[]; url: string }> => {
      const ways = await Promise.all(broker.urls.map(through));
      return { proxies: ways.map(({ proxy }) => proxy), url: ways.map(({ url }) => url).join(',') };
    };
    const usersDatabaseUrl = usersServer.urlOf('users');
    const paymentsDatabaseUrl = paymentsServer.urlOf('payments');
    const [usersToBroker, paymentsToBroker, usersToDatabase, paymentsToDatabase] = await Promise.all([
      forReplicas(toBroker),
      forReplicas(toBroker),
      forReplicas(() => through(usersDatabaseUrl)),
      forReplicas(() => through(paymentsDatabaseUrl)),
    ]);

    const create = (kind: ServiceKind, toEnv: (replica: Replica) => Readonly<Record<string, string>>): ChaosProcess[] =>
      REPLICAS.map((replica) => {
        const process = createChaosProcess({ name: `${kind} ${replica}`, kind, nodeOptions, env: toEnv(replica) });
        stack.push(() => process.kill());
        return process;
      });
    const users = create('users', (replica) => ({
      AMQP_URL: usersToBroker[replica].url,
      USERS_DATABASE_URL: usersToDatabase[replica].url,
      USERS_RECONCILE_AFTER_MS: String(reconcileAfterMs),
    }));
    const payments = create('payments', (replica) => ({
      AMQP_URL: paymentsToBroker[replica].url,
      PAYMENTS_DATABASE_URL: paymentsToDatabase[replica].url,
    }));
    await Promise.all([...users, ...payments].map((process) => process.start()));

    const balanced = (processes: readonly ChaosProcess[]): Promise<TcpProxy> => proxyTo(balance(processes));
    const [toUsers, toPayments] = await Promise.all([forReplicas(() => balanced(users)), forReplicas(() => balanced(payments))]);
    const toUrl = ({ port }: TcpProxy): string => `http://127.0.0.1:${port}/graphql`;
    const gateways = create('gateway', (replica) => ({
      USERS_URL: toUrl(toUsers[replica]),
      PAYMENTS_URL: toUrl(toPayments[replica]),
      GATEWAY_SUBGRAPH_TIMEOUT_MS: '5000',
    }));
    await Promise.all(gateways.map((process) => process.start()));
    const [clients, listeners] = await Promise.all([balanced(gateways), balanced(gateways)]);

    const databases = { users: await openWatch(usersDatabaseUrl), payments: await openWatch(paymentsDatabaseUrl) };
    stack.push(async () => Promise.all(Object.values(databases).map((pool) => pool.end())));
    const clientUrl = (): string => toUrl(clients);
    const createUser = async (balance: string): Promise<string> => {
      const { createUser: user } = await ask<{ createUser: { id: string } }>(
        clientUrl(),
        'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
        { input: { name: `Client ${randomBytes(4).toString('hex')}`, openingBalance: balance } },
      );
      return user.id;
    };
    const richIds = await Promise.all([1, 2, 3, 4].map(() => createUser('5000000.00')));
    const poorId = await createUser('100.00');

    const attempts: Attempt[] = [];
    const deposits: DepositWish[] = [];
    const poison: Poison[] = [];
    const subscribers: WatchedSubscriber[] = [];
    const { paymentEventsCursor } = await ask<{ paymentEventsCursor: string }>(clientUrl(), '{ paymentEventsCursor }');
    for (let number = 1; number <= count; number += 1) {
      const userId = number === count ? richIds[0] : undefined;
      const subscriber = startResumingSubscriber(() => toUrl(listeners), paymentEventsCursor, userId === undefined ? {} : { userId });
      stack.push(() => subscriber[Symbol.asyncDispose]());
      subscribers.push({ name: `subscriber ${number}`, subscriber, firstPosition: 0n, ...(userId !== undefined && { userId }) });
    }

    const turns = new Map<string, Promise<void>>();
    const calm = new AbortController();
    const over = new AbortController();
    setMaxListeners(0, over.signal); // every client and probe waits for it
    const reported = new Map<string, string>();
    const processes = [...users, ...payments, ...gateways];
    return {
      replicas: { users, payments, gateway: gateways },
      processes,
      broker,
      postgres: { users: usersServer, payments: paymentsServer },
      disks,
      databases,
      links: {
        'clients to gateway': [[clients]],
        'subscribers to gateway': [[listeners]],
        'gateway to users': toUsers.map((proxy) => [proxy]),
        'gateway to payments': toPayments.map((proxy) => [proxy]),
        'users to broker': usersToBroker.map(({ proxies }) => proxies),
        'payments to broker': paymentsToBroker.map(({ proxies }) => proxies),
        'users to database': usersToDatabase.map(({ proxy }) => [proxy]),
        'payments to database': paymentsToDatabase.map(({ proxy }) => [proxy]),
      },
      observed: { databases, brokerUrl: () => broker.directUrl(), attempts, deposits, subscribers, poison: () => poison },
      attempts,
      deposits,
      subscribers,
      poison,
      richIds,
      poorId,
      clientUrl,
      subscribersUrl: toUrl(listeners),
      reported,
      report: (rule, what) => void (reported.has(rule) || reported.set(rule, what)),
      calm,
      over,
      async revive(process) {
        for (let tries = 0; !process.listening && tries < 20; tries += 1) {
          await process.start().catch(() => pause(500));
        }
        if (!process.listening) throw new Error(`${process.name} does not come up again:\n${process.output}`);
      },
      inTurn(name, work) {
        const turn = (turns.get(name) ?? Promise.resolve()).then(work);
        turns.set(
          name,
          turn.catch(() => undefined),
        );
        return turn;
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

const REPLICAS = [0, 1] as const;
type Replica = (typeof REPLICAS)[number];

/** One for each replica. */
function forReplicas<T>(make: () => Promise<T>): Promise<[T, T]> {
  return Promise.all([make(), make()]);
}

/** As a load balancer would: in turn, past those that are known to be dead. */
function balance(processes: readonly ChaosProcess[]): { readonly host: string; readonly port: number } {
  let next = 0;
  return {
    host: '127.0.0.1',
    get port() {
      const alive = processes.filter(({ listening }) => listening);
      const among = alive.length > 0 ? alive : processes;
      next += 1;
      return Number(new URL(among[next % among.length]?.url ?? '').port);
    },
  };
}
