import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { listeningPort } from './process-figures.ts';

export interface BenchProcess {
  readonly name: string;
  readonly pid: number;
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /** From the start of the process to the moment it listens. */
  readonly startMs: number;
  readonly running: boolean;
  /** The end of what it wrote. */
  readonly output: string;
  /** Sends it a message, and resolves when it has sent one back. */
  tell(message: string | readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface ProcessCommand {
  readonly name: string;
  /** For `node`. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const START_TIMEOUT_MS = 120_000;
const KEPT_OUTPUT = 8_000;
const started = new Set<ChildProcess>();
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));
// A signal alone would end this process without its `exit`, and the others would run on.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

/** Starts a Node program and waits until it listens. @throws Error with its output when it ends first or takes more than two minutes */
export async function startBenchProcess({ name, args, env = {}, cwd = process.cwd() }: ProcessCommand): Promise<BenchProcess> {
  const begunAt = performance.now();
  const child = spawn(process.execPath, [...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  started.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-KEPT_OUTPUT)));
  }
  const exited = once(child, 'exit').then(() => started.delete(child));
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const pid = child.pid ?? 0;
  const stop = async (): Promise<void> => {
    if (!running()) return;
    child.kill('SIGTERM');
    const rude = setTimeout(() => child.kill('SIGKILL'), 3_000);
    await exited;
    clearTimeout(rude);
  };

  let port: number | undefined;
  while (port === undefined) {
    if (!running() || performance.now() - begunAt > START_TIMEOUT_MS) {
      await stop();
      throw new Error(`${name} did not listen (exit ${child.exitCode ?? child.signalCode ?? 'none'}):\n${output}`);
    }
    await delay(20);
    port = listeningPort(pid);
  }
  return {
    name,
    pid,
    port,
    startMs: performance.now() - begunAt,
    stop,
    async tell(message) {
      const answered = Promise.race([once(child, 'message'), exited]);
      child.send(message);
      await answered;
    },
    get running() {
      return running();
    },
    get output() {
      return output;
    },
  };
}
