import type { Service } from '../../platform/foundation/lifecycle.ts';
import { createMemoryBroker, type MemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { readPaymentsConfig } from '../../subgraphs/payments/config.ts';
import { createPaymentsService, type PaymentsSeams } from '../../subgraphs/payments/service.ts';
import { readUsersConfig } from '../../subgraphs/users/config.ts';
import { createUsersService, type UsersSeams } from '../../subgraphs/users/service.ts';
import { createTestDatabase } from './postgres.ts';
import { FEW_CONNECTIONS } from './short-lived.ts';

/** A subgraph of this process, on a port of its own. Disposing stops it. */
export interface RunningSubgraph extends AsyncDisposable {
  /** Where operations go. */
  readonly url: string;
  readonly service: Service;
}

type Settings = Readonly<Record<string, string>>;

interface Options<Seams> {
  readonly databaseUrl: string;
  /** Absent: the service's own, RabbitMQ at AMQP_URL. */
  readonly broker?: MemoryBroker;
  readonly env?: Settings;
  readonly seams?: Seams;
}

/** @param options.env variables of the service besides host, port, database and log level */
export async function startUsers(options: Options<UsersSeams>): Promise<RunningSubgraph> {
  const config = readUsersConfig({
    LOG_LEVEL: 'silent',
    USERS_PORT: '0',
    USERS_DATABASE_URL: options.databaseUrl,
    ...FEW_CONNECTIONS,
    ...options.env,
  });
  return start((onListening) => createUsersService(config, { ...toBrokerSeam(options), onListening, ...options.seams }));
}

/** @param options.env variables of the service besides host, port, database and log level */
export async function startPayments(options: Options<PaymentsSeams>): Promise<RunningSubgraph> {
  const config = readPaymentsConfig({
    LOG_LEVEL: 'silent',
    PAYMENTS_PORT: '0',
    PAYMENTS_DATABASE_URL: options.databaseUrl,
    ...FEW_CONNECTIONS,
    ...options.env,
  });
  return start((onListening) => createPaymentsService(config, { ...toBrokerSeam(options), onListening, ...options.seams }));
}

function toBrokerSeam({ broker }: Options<unknown>): { connectBroker?: () => MemoryBroker } {
  return broker ? { connectBroker: () => broker.connect() } : {};
}

async function start(create: (onListening: (url: string) => void) => Service): Promise<RunningSubgraph> {
  let url = '';
  const service = create((listeningUrl) => (url = listeningUrl));
  await service.start();
  return { url, service, [Symbol.asyncDispose]: () => service.stop() };
}

export interface RunningSubgraphs extends AsyncDisposable {
  readonly users: RunningSubgraph;
  readonly payments: RunningSubgraph;
  readonly usersDatabaseUrl: string;
  readonly paymentsDatabaseUrl: string;
  readonly broker: MemoryBroker;
}

/** Both subgraphs on fresh databases and a fresh memory broker. */
export async function startSubgraphs(options: { users?: Settings; payments?: Settings } = {}): Promise<RunningSubgraphs> {
  await using stack = new AsyncStack();
  const [usersDatabase, paymentsDatabase] = [stack.use(await createTestDatabase('users')), stack.use(await createTestDatabase('payments'))];
  const broker = createMemoryBroker();
  stack.use({ [Symbol.asyncDispose]: async () => broker.stop(Date.now()) });
  const users = stack.use(await startUsers({ databaseUrl: usersDatabase.url, broker, env: options.users ?? {} }));
  const payments = stack.use(await startPayments({ databaseUrl: paymentsDatabase.url, broker, env: options.payments ?? {} }));
  const opened = stack.move();
  return {
    users,
    payments,
    usersDatabaseUrl: usersDatabase.url,
    paymentsDatabaseUrl: paymentsDatabase.url,
    broker,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** What newer versions of Node call AsyncDisposableStack. */
export class AsyncStack implements AsyncDisposable {
  #resources: AsyncDisposable[] = [];

  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.#resources.push(resource);
    return resource;
  }

  /** Hands everything to a new owner: disposing of this one does nothing any more. */
  move(): AsyncStack {
    const owner = new AsyncStack();
    owner.#resources = this.#resources;
    this.#resources = [];
    return owner;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let resource = this.#resources.pop(); resource; resource = this.#resources.pop()) await resource[Symbol.asyncDispose]();
  }
}
