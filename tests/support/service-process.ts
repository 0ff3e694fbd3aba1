import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram } from './bundle-program.ts';
import { eventually } from './eventually.ts';
import { killAfterOurEnd } from './kill-after-our-end.ts';
import { FEW_CONNECTIONS, SHORT_LIVED_NODE } from './short-lived.ts';

export const projectFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A start takes two seconds on an idle core, and cores are not idle during tests. */
const START_WITHIN_MS = 110_000;

/** How a service logs where it listens. */
const LOGGED_URL = /(?:answers at |"url":")http:\/\/127\.0\.0\.1:(\d+)\/graphql/;

/** The project's scripts as npm runs them: what is stale is built, then what was built is run. */
export const asNpmRunsIt: Program = { folder: projectFolder, file: join('scripts', 'run.mjs') };

/** The file that is run with a script's name and its arguments, and in which folder. */
export interface Program {
  readonly folder: string;
  readonly file: string;
}

/** One of our programs as a process of its own. Keeps its port over restarts, and ends with this process at the latest. */
export interface ServiceProcess {
  readonly name: string;
  /** Where its GraphQL answers; known after the first `start`. */
  readonly url: string;
  readonly pid: number;
  /** Everything it wrote, standard output and error together. */
  readonly output: string;
  readonly running: boolean;
  /** Starts it and waits until it listens. @throws Error with its output when it exits or takes longer than 110 s */
  start(): Promise<void>;
  /** Sends the signal and waits for the exit. @returns the exit code, or the signal's name */
  kill(signal?: NodeJS.Signals): Promise<number | string>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * @param script name and arguments of one of `scripts/`: `['start-service', 'users']`
 * @param portVariable its port's environment variable: 0 at the first start, what was given then afterwards
 * @param env who gives NODE_OPTIONS measures, and gets no other options for Node
 * @param listening its first group is the port in the program's output once it listens
 * @param program absent: the script as one file, with few connections, which starts with a fifth of the processor time
 */
export function createServiceProcess(
  name: string,
  script: readonly string[],
  portVariable: string,
  env: Readonly<Record<string, string>>,
  listening: RegExp = LOGGED_URL,
  program?: Program,
): ServiceProcess {
  let child: ChildProcess | undefined;
  let output = '';
  let port = 0;
  let exited: Promise<number | string> = Promise.resolve(0);

  const running = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    name,
    get url() {
      return `http://127.0.0.1:${port}/graphql`;
    },
    get pid() {
      return child?.pid ?? 0;
    },
    get output() {
      return output;
    },
    get running() {
      return running();
    },
    async start() {
      const begun = output.length;
      const started = spawn(process.execPath, await toCommand(script, program, 'NODE_OPTIONS' in env), {
        cwd: program?.folder ?? projectFolder,
        env: {
          PATH: process.env.PATH ?? '',
          LOG_FORMAT: 'json',
          LOG_LEVEL: 'info',
          ...(program ? {} : FEW_CONNECTIONS),
          ...env,
          [portVariable]: String(port),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      killAfterOurEnd(started);
      exited = once(started, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
      for (const stream of [started.stdout, started.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
      const match = await eventually(() => !running() || listening.exec(output.slice(begun)), START_WITHIN_MS).catch(() => true as const);
      if (match === true)
        throw new Error(`${name} does not listen (exit ${started.exitCode ?? started.signalCode ?? 'none'}):\n${output.slice(begun)}`);
      port = Number(match[1]);
    },
    async kill(signal = 'SIGTERM') {
      if (running()) child?.kill(signal);
      return exited;
    },
    async [Symbol.asyncDispose]() {
      await this.kill('SIGKILL');
    },
  };
}

async function toCommand([name = '', ...args]: readonly string[], program: Program | undefined, isMeasured: boolean): Promise<string[]> {
  if (program) return [join(program.folder, program.file), name, ...args];
  return [...(isMeasured ? [] : SHORT_LIVED_NODE), await bundleProgram(name), ...args];
}
