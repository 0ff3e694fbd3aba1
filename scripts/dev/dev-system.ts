import { spawn } from 'node:child_process';
import { join, relative } from 'node:path';
import type { Environment } from '../../platform/foundation/config.ts';
import { toMessage } from '../../platform/foundation/errors.ts';
import { createService, type Service } from '../../platform/foundation/lifecycle.ts';
import { createLogger, maskUrl } from '../../platform/foundation/logger.ts';
import { answersAmqp } from '../../platform/messaging/amqp-probe.ts';
import { openDatabases } from '../open-databases.ts';
import { withOwnDefaults } from '../own-defaults.ts';
import { readSystemConfig } from '../system-config.ts';
import { createFileWatch } from '../watch-files.ts';
import { startClientServer } from './client-server.ts';
import { isIgnored, planReload, watchedPaths } from './plan-reload.ts';
import { createReloadableProcess, type ReloadableProcess } from './reloadable-process.ts';

const LOCAL_RABBITMQ = 'amqp://localhost:5672';

export interface DevOptions {
  readonly root: string;
  /** undefined: without the client. 0: the system chooses. */
  readonly clientPort: number | undefined;
  readonly onStep: (step: string) => void;
  readonly onReady: (rows: readonly (readonly [string, string])[]) => void;
  /** Told what happens while it runs. */
  readonly say: (line: string) => void;
}

/**
 * The system for somebody who changes it: PostgreSQL is held by this process, services are children that are replaced when their files change.
 * With RabbitMQ each service is a child of its own; without it users and payments share one, because the broker lives there.
 */
export function createDevSystem(env: Environment, { root, clientPort, onStep, onReady, say }: DevOptions): Service {
  const config = readSystemConfig(env);
  return createService('dev', async (stack, signal) => {
    const logger = createLogger('paygraph', { level: config.logLevel, format: config.logFormat });
    const databases = await openDatabases(config, stack, logger, onStep, signal);
    onStep('looking for RabbitMQ');
    const local = config.amqpUrl === undefined && (await answersAmqp(LOCAL_RABBITMQ)) ? LOCAL_RABBITMQ : undefined;
    const amqpUrl = config.amqpUrl === 'memory:' ? undefined : (config.amqpUrl ?? local);

    const ports: Record<string, string | undefined> = {};
    const serviceEnv = (): Environment => ({
      ...withOwnDefaults({ ...env, GATEWAY_CLIENT: env.GATEWAY_CLIENT || 'none' }), // Vite serves the client
      LOG_LEVEL: config.logLevel,
      LOG_FORMAT: config.logFormat,
      AMQP_URL: amqpUrl ?? '',
      USERS_DATABASE_URL: databases.users,
      PAYMENTS_DATABASE_URL: databases.payments,
      ...ports,
    });
    const create = (...names: string[]): ReloadableProcess =>
      stack.use(
        createReloadableProcess({
          names,
          env: serviceEnv,
          onDeath: (how) => say(`${names.join(' and ')} ended (${how}); waiting for the next save`),
        }),
      );
    const subgraphs = amqpUrl === undefined ? [create('users', 'payments')] : [create('users'), create('payments')];
    onStep('starting users and payments');
    const urls: Record<string, string> = Object.assign({}, ...(await Promise.all(subgraphs.map((part) => part.start()))));
    for (const [name, url] of Object.entries(urls)) {
      ports[`${name.toUpperCase()}_PORT`] = new URL(url).port;
      ports[`${name.toUpperCase()}_URL`] = env[`${name.toUpperCase()}_URL`] || url;
    }
    onStep('starting the gateway');
    const gateway = create('gateway');
    const { gateway: graphqlUrl = '' } = await gateway.start();
    ports['GATEWAY_PORT'] = new URL(graphqlUrl).port;
    const client = clientPort === undefined ? undefined : stack.use(await startClientServer({ root, graphqlUrl, port: clientPort }));

    let busy: Promise<void> = Promise.resolve();
    let writing: Promise<void> = Promise.resolve();
    const reload = async (part: ReloadableProcess): Promise<void> => {
      const begunAt = Date.now();
      const name = part.names.join(' and ');
      try {
        await part.reload();
        say(`${name} reloaded in ${Date.now() - begunAt} ms`);
      } catch (error) {
        if (!signal.aborted) say(`${name} not reloaded, waiting for the next save:\n${toMessage(error)}`);
      }
    };
    const onChange = async (files: readonly string[]): Promise<void> => {
      const plan = planReload(root, files);
      say(`saved ${files.map((file) => relative(root, file)).join(', ')}`);
      if (plan.restart.length > 0) say(`${plan.restart.join(', ')}: end this with Ctrl-C and start it again to take it up`);
      const parts = subgraphs.filter(({ names }) => names.some((name) => (name === 'users' ? plan.users : plan.payments)));
      await Promise.all(parts.map(reload));
      if (plan.gateway) await reload(gateway);
      if (plan.schema) writing = writing.then(() => writeGenerated(root, env, signal, say)); // takes longer than a reload, and none waits for it
    };
    const watch = createFileWatch({
      ignored: isIgnored,
      onChange: (files) => void (busy = busy.then(() => (signal.aborted ? undefined : onChange(files)))),
      onReady: () =>
        onReady([
          ...(client ? [['web client, reloaded as you type', client.url] as const] : []),
          ['GraphQL, and Apollo Sandbox in a browser', graphqlUrl],
          ['users subgraph', urls['users'] ?? ''],
          ['payments subgraph', urls['payments'] ?? ''],
          ['health', new URL('/health/ready', graphqlUrl).href],
          ['broker', amqpUrl === undefined ? 'in the process of users and payments' : `RabbitMQ at ${maskUrl(amqpUrl)}`],
          ['databases', databases.description],
        ]),
    });
    stack.use(watch);
    watch.watch(watchedPaths(root));
  });
}

/** The composed supergraph and the types are committed files, so whoever changes the SDL gets them without asking. */
async function writeGenerated(root: string, env: Environment, signal: AbortSignal, say: (line: string) => void): Promise<void> {
  const script = join(root, 'scripts');
  const bare = { ...env, USERS_URL: undefined, PAYMENTS_URL: undefined, SUPERGRAPH: undefined };
  const composed = await run(root, ['--import', import.meta.resolve('tsx'), join(script, 'compose.ts')], bare, signal);
  if (composed !== undefined || signal.aborted) return; // the gateway has told what is wrong
  const generated = await run(root, [join(script, 'codegen.mjs')], bare, signal);
  if (!signal.aborted) say(generated ?? 'schema/supergraph.graphql and the generated types are written anew');
}

/** @returns what it said when it failed */
async function run(root: string, args: readonly string[], env: Environment, signal: AbortSignal): Promise<string | undefined> {
  const child = spawn(process.execPath, args, { cwd: root, env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? undefined : said.trim()));
  });
}
