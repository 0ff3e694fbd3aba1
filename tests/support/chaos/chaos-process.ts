import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { bundleProgram } from '../bundle-program.ts';
import { eventually } from '../eventually.ts';
import { projectFolder } from '../service-process.ts';
import type { Defect } from './defects.ts';
import type { ArmedFailpoint } from './failpoints.ts';
import { REPORT_FD, type ServiceCommand, type ServiceReport } from './service-commands.ts';

export type ServiceKind = 'users' | 'payments' | 'gateway';

/** One replica of a service as a process of its own, to be killed, frozen and told. Keeps its port over restarts. */
export interface ChaosProcess extends AsyncDisposable {
  readonly name: string;
  readonly kind: ServiceKind;
  /** Where its GraphQL answers; known after the first `start`. */
  readonly url: string;
  readonly pid: number;
  readonly running: boolean;
  /** Whether it runs and has said that it listens. */
  readonly listening: boolean;
  /** The last that it wrote, standard output and error together. */
  readonly output: string;
  /** Failpoints that were passed in any of its lives. */
  readonly visited: ReadonlySet<string>;
  /** How often it was started. */
  readonly lives: number;
  /** Whether a statement was rewritten as the defect has it, in any of its lives. */
  readonly rewritten: boolean;
  /** Starts it when it does not run, and waits until it listens. @throws Error with its output when it exits or takes longer than three minutes */
  start(): Promise<void>;
  /** Sends the signal and waits for the exit. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP, or SIGCONT. */
  freeze(on: boolean): void;
  tell(command: ServiceCommand): void;
  arm(failpoint: ArmedFailpoint): void;
  /** Resolves once the armed point was reached. */
  untilReached(point: string, withinMs?: number): Promise<void>;
  /** Resolves once it has exited, whoever killed it. */
  untilExit(withinMs?: number): Promise<void>;
}

const KEPT_OUTPUT = 20_000;
/** A start takes two seconds on an idle core, and cores are not idle during tests. */
const START_WITHIN_MS = 180_000;

/**
 * @param options.env as in production; the port's variable is ours
 * @param options.nodeOptions of Node; default none
 */
export function createChaosProcess(options: {
  name: string;
  kind: ServiceKind;
  env: Readonly<Record<string, string>>;
  defect?: Defect | undefined;
  nodeOptions?: readonly string[];
}): ChaosProcess {
  const { name, kind, env, defect, nodeOptions = [] } = options;
  const visited = new Set<string>();
  const reached = new Map<string, number>();
  let child: ChildProcess | undefined;
  let output = '';
  let port = 0;
  let listening = false;
  let rewritten = false;
  let lives = 0;
  let starting: Promise<void> | undefined;

  const isRunning = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;
  const onReport = (report: ServiceReport): void => {
    if (report.kind === 'visited') visited.add(report.point);
    else if (report.kind === 'reached') reached.set(report.point, (reached.get(report.point) ?? 0) + 1);
    else if (report.kind === 'rewritten') rewritten = true;
    else {
      port = Number(new URL(report.url).port);
      listening = true;
    }
  };
  const startNow = async (): Promise<void> => {
    if (isRunning() && listening) return;
    lives += 1;
    listening = false;
    reached.clear();
    const main = await bundleProgram('service-main');
    const started = spawn(process.execPath, [...nodeOptions, main, kind, ...(defect ? [defect] : [])], {
      cwd: projectFolder,
      env: {
        PATH: process.env.PATH ?? '',
        LOG_FORMAT: 'json',
        LOG_LEVEL: 'warn',
        ...env,
        [`${kind.toUpperCase()}_PORT`]: String(port),
      },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'ipc'],
    });
    child = started;
    started.on('error', () => undefined); // a message to one that is gone
    for (const stream of [started.stdout, started.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-KEPT_OUTPUT)));
    createInterface({ input: started.stdio[REPORT_FD] as Readable }).on('line', (line) => onReport(JSON.parse(line) as ServiceReport));
    await eventually(() => listening || !isRunning(), START_WITHIN_MS).catch(() => started.kill('SIGKILL'));
    if (!listening) throw new Error(`${name} does not listen (exit ${started.exitCode ?? started.signalCode ?? 'none'}):\n${output}`);
  };
  const process_: ChaosProcess = {
    name,
    kind,
    get url() {
      return `http://127.0.0.1:${port}/graphql`;
    },
    get pid() {
      return child?.pid ?? 0;
    },
    get running() {
      return isRunning();
    },
    get listening() {
      return listening && isRunning();
    },
    get output() {
      return output;
    },
    get lives() {
      return lives;
    },
    get rewritten() {
      return rewritten;
    },
    visited,
    start: () => (starting ??= startNow().finally(() => (starting = undefined))),
    async kill(signal = 'SIGKILL') {
      const current = child;
      if (!current || !isRunning()) return;
      const exited = once(current, 'exit');
      current.kill(signal);
      await exited;
    },
    freeze(on) {
      if (isRunning()) child?.kill(on ? 'SIGSTOP' : 'SIGCONT');
    },
    tell(command) {
      if (isRunning() && child?.connected) child.send(command, () => undefined);
    },
    arm(failpoint) {
      reached.delete(failpoint.point);
      this.tell({ kind: 'arm', ...failpoint });
    },
    async untilReached(point, withinMs = 15_000) {
      await eventually(() => reached.has(point), withinMs).catch(() => {
        throw new Error(`${name} did not come to '${point}' within ${withinMs} ms`);
      });
    },
    async untilExit(withinMs = 15_000) {
      await eventually(() => !isRunning(), withinMs).catch(() => {
        throw new Error(`${name} did not end within ${withinMs} ms`);
      });
    },
    [Symbol.asyncDispose]: () => process_.kill('SIGKILL'),
  };
  return process_;
}
