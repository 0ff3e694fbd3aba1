import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../platform/foundation/config.ts';
import { ConfigError } from '../../platform/foundation/errors.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';

type Message = { kind: 'loaded' } | { kind: 'ready'; urls: Record<string, string> } | { kind: 'failed'; text: string };

/** Services in one child process that can be replaced by one with newer code. */
export interface ReloadableProcess extends Stoppable {
  readonly names: readonly string[];
  /** @returns where each service answers. @throws ConfigError with what the child said */
  start(): Promise<Readonly<Record<string, string>>>;
  /**
   * Loads the code anew and then replaces the running child. When the new code does not load, the running one stays.
   * @throws ConfigError with what the new child said
   */
  reload(): Promise<void>;
}

/**
 * @param options.env read at each start, so that ports which the system chose stay the same
 * @param options.onDeath told when a child ends that nobody stopped
 */
export function createReloadableProcess(options: {
  readonly names: readonly string[];
  readonly env: () => Environment;
  readonly onDeath: (how: string) => void;
}): ReloadableProcess {
  const { names, env, onDeath } = options;
  const children = new Set<Child>();
  let current: Child | undefined;
  /** Has the packages from npm loaded, for the next save. */
  let spare: Child | undefined;
  let stopped = false;

  const spawnChild = (): Child => {
    const child = startChild(names, (how) => {
      children.delete(child);
      if (spare === child) spare = undefined;
      if (current !== child) return;
      current = undefined;
      if (!stopped) onDeath(how);
    });
    children.add(child);
    return child;
  };
  const load = async (): Promise<Child> => {
    const child = spare ?? spawnChild();
    spare = undefined;
    child.send({ order: 'load', env: env() });
    await child.expect('loaded').catch((error: unknown) => {
      if (!stopped) spare ??= spawnChild();
      throw error;
    });
    return child;
  };
  const replaceBy = async (next: Child): Promise<Record<string, string>> => {
    const old = current;
    current = undefined;
    await old?.stop();
    next.send({ order: 'start' });
    const { urls } = await next.expect('ready');
    current = next;
    if (!stopped) spare ??= spawnChild();
    return urls;
  };
  return {
    names,
    start: async () => replaceBy(await load()),
    async reload() {
      const next = await load();
      if (!stopped) await replaceBy(next);
    },
    async stop() {
      stopped = true;
      await Promise.all([...children].map((child) => child.stop()));
    },
  };
}

interface Child {
  send(message: { readonly order: 'load' | 'start'; readonly env?: Environment }): void;
  expect<Kind extends Message['kind']>(kind: Kind): Promise<Extract<Message, { kind: Kind }>>;
  stop(): Promise<void>;
}

/** How long a child may take to stop before it is killed. */
const STOP_MS = 3_000;

function startChild(names: readonly string[], onExit: (how: string) => void): Child {
  const file = fileURLToPath(new URL('./dev-child.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, ...names], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit').then(([code, signal]) => {
    onExit(`exit ${code ?? signal}`);
    return `exit ${code ?? signal}`;
  });
  const seen: Message[] = [];
  let wake = (): void => undefined;
  child.on('message', (message) => {
    seen.push(message as Message);
    wake();
  });
  child.on('error', (error) => process.stderr.write(`${names.join(' and ')}: ${error.message}\n`));
  return {
    send: (message) => void (child.connected && child.send(message)),
    async expect(kind) {
      for (;;) {
        const message = seen.find((one) => one.kind === kind);
        if (message) return message as never;
        const failed = seen.find((one) => one.kind === 'failed');
        if (failed) throw new ConfigError([failed.text]);
        const next = new Promise<undefined>((resolve) => (wake = () => resolve(undefined)));
        const ended = await Promise.race([next, exited]);
        if (ended !== undefined && !seen.some((one) => one.kind === kind || one.kind === 'failed')) throw new Error(ended);
      }
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (child.connected) child.send({ order: 'stop' });
      else child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(killer);
    },
  };
}
