import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterOurEnd } from './neighbours-watchdog.ts';
import { findProgram, run } from './obtain-way.ts';
import { RABBITMQ_COMPLETE, rabbitmqConf, rabbitmqDefinitions, rabbitmqUrl } from './rabbitmq-config.ts';
import type { RabbitmqServer } from './rabbitmq-server.ts';

/** A start takes 7 s on two idle cores, and they are not idle during tests. */
const COMPLETE_WITHIN_MS = 240_000;

/** A node's place in a cluster. */
export interface ClusterPlace {
  /** The cluster's name service, which somebody else starts and stops. */
  readonly epmdPort: number;
  /** Of this node; the next one is for Erlang. */
  readonly port: number;
  /** Ports of all nodes, this one included. */
  readonly ports: readonly number[];
}

/**
 * RabbitMQ of the machine as a private node: own folder, cookie, name service (epmd) and ports, all on the loopback address.
 * @param vhosts its virtual hosts; each costs time at the first start
 * @param place as one of several nodes; default alone
 */
export async function createMachineRabbitmq(
  program: string,
  erl: string,
  vhosts: readonly string[],
  place?: ClusterPlace,
): Promise<RabbitmqServer> {
  const folder = await mkdtemp(join(tmpdir(), 'paygraph-rabbitmq-'));
  const removeLater = afterOurEnd('sleep 1; rm -rf -- "$1"', folder);
  const controlProgram = await findProgram(['rabbitmqctl'], [dirname(program), '/usr/lib/rabbitmq/bin']);
  await mkdir(join(folder, 'home'), { recursive: true });
  await writeFile(join(folder, 'home', '.erlang.cookie'), 'paygraph-test');
  await chmod(join(folder, 'home', '.erlang.cookie'), 0o400);
  await writeFile(join(folder, 'definitions.json'), rabbitmqDefinitions(vhosts));
  await writeFile(join(folder, 'enabled_plugins'), '[].');

  const epmd = place ? { port: place.epmdPort, stop: () => Promise.resolve() } : await startEpmd(erl);
  const peers = (place?.ports ?? []).map((peer) => toNodeName(peer + 1));
  let port = place?.port ?? 0;
  let node: ChildProcess | undefined;

  const launch = async (): Promise<string | undefined> => {
    await writeFile(
      join(folder, 'rabbitmq.conf'),
      rabbitmqConf({ listener: `127.0.0.1:${port}`, definitionsFile: join(folder, 'definitions.json'), peers }),
    );
    const child = spawn(program, [], {
      cwd: folder,
      env: environment(folder, epmd.port, port + 1),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const calledOff = child.pid === undefined ? () => undefined : afterOurEnd('kill -9 "$1"', String(child.pid));
    child.once('exit', calledOff);
    const problem = await untilComplete(child);
    if (problem === undefined) node = child;
    return problem;
  };
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const child = node;
    if (!child) return;
    node = undefined;
    await end(child, signal);
  };
  return {
    description: `${program}, private, in ${folder}`,
    get pid() {
      return node?.pid;
    },
    urlOf: (vhost) => rabbitmqUrl(port, vhost),
    async start() {
      if (node) throw new Error('RabbitMQ runs already');
      const firstStart = port === 0;
      for (let attempt = 1; ; attempt += 1) {
        if (firstStart) port = randomInt(10_000, 16_000) * 2; // and the next one for Erlang; below the range of outgoing connections
        const problem = await launch();
        if (problem === undefined) return;
        const taken = firstStart && attempt < 5 && problem.includes('eaddrinuse');
        if (!taken) throw new Error(`RabbitMQ did not start:\n${problem}`);
      }
    },
    kill,
    control: (...args) => run(controlProgram, ['--quiet', ...args], { env: environment(folder, epmd.port, port + 1) }),
    async wipe() {
      await kill('SIGKILL');
      await rm(join(folder, 'mnesia'), { recursive: true, force: true });
    },
    async stop() {
      await kill('SIGKILL');
      await epmd.stop();
      await rm(folder, { recursive: true, force: true });
      removeLater();
    },
  };
}

/** What a node calls itself. @param distributionPort where the others reach it */
export function toNodeName(distributionPort: number): string {
  return `test-${distributionPort}@localhost`;
}

/** Nothing of the system's own instance: no file below /etc/rabbitmq, /var/lib/rabbitmq or /var/log/rabbitmq. */
function environment(folder: string, epmdPort: number, distributionPort: number): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(RABBITMQ_|ERL_)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    HOME: join(folder, 'home'),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RUNNING_UNDER_SYSTEMD: 'true', // the script becomes the server, so that the child's pid is the server's
    RABBITMQ_NODENAME: toNodeName(distributionPort),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'), // does not exist
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'), // does not exist
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CTL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}', // rabbitmqctl is a node of its own for a moment
    // One scheduler of each kind: several would need a third more of the processor for a start, which is most of what this broker does.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +SDcpu 1:1 +SDio 1 -kernel inet_dist_use_interface {127,0,0,1}',
  };
}

/** @returns undefined when it is complete, or what it said before it ended */
async function untilComplete(child: ChildProcess): Promise<string | undefined> {
  const lastLines: string[] = [];
  const keep = (line: string): void => {
    lastLines.push(line);
    if (lastLines.length > 60) lastLines.shift();
  };
  if (!child.stdout || !child.stderr) throw new Error('it was started without pipes');
  createInterface({ input: child.stderr }).on('line', keep);
  const output = createInterface({ input: child.stdout }).on('line', keep);
  const complete = new Promise<true>((resolve) => output.on('line', (line) => line.includes(RABBITMQ_COMPLETE) && resolve(true)));
  const ended = once(child, 'close').then(
    () => false,
    (error: unknown) => {
      keep(String(error));
      return false;
    },
  );
  const patience = new AbortController();
  const late = delay(COMPLETE_WITHIN_MS, false, { signal: patience.signal }).catch(() => false);
  const isComplete = await Promise.race([complete, ended, late]);
  patience.abort();
  if (isComplete) return undefined;
  await end(child, 'SIGKILL');
  return lastLines.join('\n');
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

/** RabbitMQ would start a shared one and leave it behind. It cannot be told to take any free port, but it says when one is taken. */
export async function startEpmd(erl: string): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const program = await findProgram(['epmd'], [dirname(await realpath(erl))]);
  for (let attempt = 1; ; attempt += 1) {
    const port = randomInt(20_000, 32_000);
    const child = spawn(program, ['-port', String(port), '-address', '127.0.0.1', '-d', '-d'], {
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    const calledOff = child.pid === undefined ? () => undefined : afterOurEnd('kill -9 "$1"', String(child.pid));
    child.once('exit', calledOff);
    const listening = new Promise<boolean>((resolve, reject) => {
      createInterface({ input: child.stderr }).on('line', (line) => line.includes('entering the main select() loop') && resolve(true));
      child.once('error', reject);
      child.once('exit', () => resolve(false));
    });
    if (await listening) return { port, stop: () => end(child, 'SIGKILL') };
    if (attempt === 5) throw new Error(`${program} found no free port`);
  }
}
