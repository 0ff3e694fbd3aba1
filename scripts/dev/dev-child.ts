/**
 * One process of `npm run dev`: `dev-child.ts users|payments|gateway …`. Loads the packages from npm, which do not change, waits for the order to load our
 * code, tells that it is loaded, and waits for the order to start, so that the one before it answers until then. Ends when it is told to, and when its parent is gone.
 */
import type { Service } from '../../platform/foundation/lifecycle.ts';
import type { Environment } from '../../platform/foundation/config.ts';
import { ConfigError, toCode } from '../../platform/foundation/errors.ts';
import { explainStartFailure } from '../../platform/foundation/run-process.ts';
import type { Broker } from '../../platform/messaging/broker.ts';

type Seams = { readonly connectBroker?: () => Broker; readonly onListening: (url: string) => void };
type Load = (env: Environment) => Promise<(seams: Seams) => Service>;

const LOADERS: Readonly<Record<string, Load>> = {
  users: async (env) => {
    const [{ createUsersService }, { readUsersConfig }] = await Promise.all([
      import('../../subgraphs/users/service.ts'),
      import('../../subgraphs/users/config.ts'),
    ]);
    return (seams) => createUsersService(readUsersConfig(env), seams);
  },
  payments: async (env) => {
    const [{ createPaymentsService }, { readPaymentsConfig }] = await Promise.all([
      import('../../subgraphs/payments/service.ts'),
      import('../../subgraphs/payments/config.ts'),
    ]);
    return (seams) => createPaymentsService(readPaymentsConfig(env), seams);
  },
  gateway: async (env) => {
    const { loadGateway } = await import('./load-gateway.ts');
    return loadGateway(env);
  },
};

const names = process.argv.slice(2);
const running: Service[] = [];
let stopping = false;

process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole group; the parent says when
process.on('SIGTERM', () => void stop());
process.on('disconnect', () => void stop());
const orders = new Map<string, object | undefined>();
let wake = (): void => undefined;
process.on('message', (message) => {
  const { order, env } = message as { order: string; env?: object };
  if (order === 'stop') void stop();
  orders.set(order, env);
  wake();
});

try {
  if (names.includes('gateway')) await import('./warm-gateway.ts');
  else await import('./warm-subgraphs.ts');
  Object.assign(process.env, await heard('load'));
  const creators = await Promise.all(names.map(async (name) => ({ name, create: await LOADERS[name]?.(process.env) })));
  const broker = process.env.AMQP_URL ? undefined : await createBroker();
  tell({ kind: 'loaded' });
  await heard('start');
  const urls: Record<string, string> = {};
  for (const { name, create } of creators) {
    const service = create?.({
      ...(broker && name !== 'gateway' ? { connectBroker: () => broker.connect() } : {}),
      onListening: (url) => (urls[name] = url),
    });
    if (service) running.push(service);
  }
  await Promise.all(running.map((service) => service.start()));
  tell({ kind: 'ready', urls });
} catch (error) {
  if (!stopping) tell({ kind: 'failed', text: explain(error) });
  await stop();
}

/** Waits until the parent has given this order. @returns what came with it */
async function heard(order: string): Promise<object | undefined> {
  while (!orders.has(order)) await new Promise<void>((resolve) => (wake = resolve));
  return orders.get(order);
}

async function createBroker() {
  const { createMemoryBroker } = await import('../../platform/messaging/memory-broker.ts');
  return createMemoryBroker();
}

/** esbuild's message has file, line and column; a stack adds nothing to it. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || toCode(error) !== undefined)
    return explainStartFailure(error)
      .replace(/^cannot start: /, '')
      .trim();
  if (error instanceof Error && (error.name === 'TransformError' || error instanceof SyntaxError)) return error.message;
  return explainStartFailure(error)
    .replace(/^cannot start: /, '')
    .trim();
}

function tell(message: object): void {
  if (process.connected) process.send?.(message);
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await Promise.allSettled(running.toReversed().map((service) => service.stop({ deadlineMs: 2_500 })));
  process.exit(0);
}
