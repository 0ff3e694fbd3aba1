import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pause } from '../foundation/backoff.ts';
import type { Stoppable } from '../foundation/lifecycle.ts';
import type { Logger } from '../foundation/logger.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { toFolderArgument } from './postgres-cluster.ts';
import type { ServerAccount } from './server-account.ts';

export interface LaunchOptions {
  readonly binaries: PostgresBinaries;
  readonly cluster: string;
  readonly account: ServerAccount | undefined;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly logger: Logger;
  /** Ends the wait for it to be ready. */
  readonly signal: AbortSignal;
}

/** One life of the server. */
export interface PostgresProcess extends Stoppable {
  readonly pid: number;
  /** Settles when it ended, for whatever reason, with how. */
  readonly ended: Promise<string>;
  /** Fast shutdown; immediate shutdown one second before the deadline; SIGKILL at the deadline. */
  stop(deadlineAt: number): Promise<void>;
}

/** It ended, or was given up, before it was ready; the last lines that it wrote tell why. */
export class PostgresNotStarted extends Error {
  readonly code = 'POSTGRES_NOT_STARTED';
}

const READY = 'database system is ready to accept connections';
/** Recovery after a crash replays what was not written. */
const READY_WITHIN_MS = 120_000;

/**
 * Starts the server as a direct child, in a process group of its own: a Ctrl-C in the terminal reaches us and not it, so it is stopped last.
 * When this process dies without stopping it, a watchdog does.
 * @throws PostgresNotStarted
 */
export async function launchPostgres({
  binaries,
  cluster,
  account,
  port,
  settings,
  logger,
  signal,
}: LaunchOptions): Promise<PostgresProcess> {
  const all = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', ...settings };
  const args = [
    '-D',
    toFolderArgument(cluster, account, binaries),
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const child = spawn(join(binaries.root, 'bin', 'postgres'), args, {
    ...account,
    cwd: cluster,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const dismissWatchdog = startWatchdog(child, account);
  const ended = endOf(child).then(async (how) => {
    await dismissWatchdog();
    return how;
  });
  const stop = (deadlineAt: number): Promise<void> => stopChild(child, ended, deadlineAt);

  const lastLines: string[] = [];
  const lines = createInterface({ input: child.stderr });
  const ready = new Promise<'ready'>((resolve) => {
    lines.on('line', (line) => {
      logger.debug(line);
      lastLines.push(line);
      if (lastLines.length > 12) lastLines.shift();
      if (line.includes(READY)) resolve('ready');
    });
  });
  const allRead = once(lines, 'close');
  const outcome = await within(READY_WITHIN_MS, Promise.race([ready, ended]), signal);
  if (outcome === 'ready' && child.pid !== undefined) return { pid: child.pid, ended, stop };

  await stop(Date.now() + 3_000);
  await within(500, allRead); // its orphans may keep the pipe open
  throw new PostgresNotStarted([`PostgreSQL did not start: ${outcome ?? 'it was not ready in time'}`, ...lastLines].join('\n'));
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return signal === null ? `it ended with exit code ${exitCode}` : `it was ended by ${signal}`;
  } catch (error) {
    return `it could not be run: ${String(error)}`;
  }
}

async function stopChild(child: ChildProcess, ended: Promise<string>, deadlineAt: number): Promise<void> {
  const steps = [
    ['SIGINT', deadlineAt - 1_000],
    ['SIGQUIT', deadlineAt],
    ['SIGKILL', deadlineAt + 5_000],
  ] as const;
  for (const [signal, until] of steps) {
    if (Date.now() >= until) continue;
    child.kill(signal);
    if ((await within(until - Date.now(), ended)) !== undefined) return;
  }
}

/** What the promise gives, or undefined when it took too long or the signal aborted. */
async function within<T>(ms: number, promise: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  const over = new AbortController();
  const waitNoMore = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  try {
    return await Promise.race([promise, pause(ms, waitNoMore).then(() => undefined)]);
  } finally {
    over.abort();
  }
}

/**
 * A shell that waits for the end of its standard input, which comes when this process is gone, however it went; then it shuts the server down.
 * Without it a `kill -9` would leave the server running until the next start finds it.
 * @returns ends it and waits until it is gone: a stop leaves no process behind
 */
function startWatchdog(child: ChildProcess, account: ServerAccount | undefined): () => Promise<void> {
  if (child.pid === undefined || process.platform === 'win32') return () => Promise.resolve();
  const script = 'read -r _; kill -INT "$1"';
  const watchdog = spawn('/bin/sh', ['-c', script, 'watchdog', String(child.pid)], {
    ...account,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const gone = new Promise<void>((resolve) => {
    watchdog.once('exit', () => resolve());
    watchdog.once('error', () => resolve()); // no shell: the next start finds the orphan
  });
  watchdog.stdin.on('error', () => undefined);
  watchdog.unref();
  return () => {
    watchdog.ref();
    watchdog.kill('SIGKILL');
    return gone;
  };
}
