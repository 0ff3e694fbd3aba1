import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loyaltyVariables } from '../../examples/loyalty/config.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { createTestVhost } from '../support/rabbitmq.ts';
import { BROKERS } from '../support/running-system.ts';
import { projectFolder } from '../support/service-process.ts';
import { AsyncStack } from '../support/subgraph-services.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

interface Block {
  /** What stands behind the three backticks: `sh`, `json`, or a language and a file. */
  readonly kind: string;
  readonly text: string;
}

const page = await readFile(join(projectFolder, 'docs/your-own-subgraph.md'), 'utf8');
const blocks: readonly Block[] = [...page.matchAll(/^```(.+)\n([\s\S]*?)^```$/gm)].map(([, kind = '', text = '']) => ({ kind, text }));

describe('the page about your own subgraph', () => {
  it.each(blocks.filter(({ kind }) => kind.includes(' ')).map(({ kind, text }) => [kind, text] as const))(
    'shows code as it is: %s',
    async (kind, text) => {
      expect(await readFile(join(projectFolder, kind.split(' ')[1] ?? ''), 'utf8')).toContain(text);
    },
  );

  it('names every variable with its default', () => {
    const names = Object.keys(loyaltyVariables).filter((name) => name.startsWith('LOYALTY_'));
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    const table = page.slice(page.indexOf('## Variables'));
    for (const { default: value } of Object.values(loyaltyVariables)) if (value?.match(/^\d/)) expect(table).toContain(value);
  });
});

/** Its commands, run as they stand there. Ports and the data folder come from the environment, curl's addresses from its own configuration file. */
describe.each(BROKERS)('the page about your own subgraph, followed to the letter (%s)', (broker) => {
  const stack = new AsyncStack();
  const terminals: Terminal[] = [];
  const commands = blocks.filter(({ kind }) => ['sh', 'json', 'text'].includes(kind));
  const env: Record<string, string> = {};
  const portOf: Record<string, string> = {};
  let folder: string;
  let proxy: TcpProxy;
  let position = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'paygraph-page-'));
    proxy = await startTcpProxy({ host: '127.0.0.1', port: 1 }); // the gateway wants loyalty's address before it has one
    const amqpUrl = broker === 'RabbitMQ' ? stack.use(await createTestVhost()).url : 'memory:';
    Object.assign(env, {
      DATA_DIR: folder,
      CURL_HOME: folder,
      AMQP_URL: amqpUrl,
      USERS_PORT: '0',
      PAYMENTS_PORT: '0',
      GATEWAY_PORT: '0',
      LOYALTY_PORT: '0',
      LOYALTY_URL: `http://127.0.0.1:${proxy.port}/graphql`,
    });
    // The embedded servers are the other broker's run; making one takes seconds.
    if (broker === 'RabbitMQ')
      for (const service of ['USERS', 'PAYMENTS', 'LOYALTY']) env[`${service}_DATABASE_URL`] = stack.use(await createTestDatabase()).url;
  });
  afterAll(async () => {
    for (const terminal of terminals.reverse()) await terminal.interrupt();
    await stack[Symbol.asyncDispose]();
    await proxy.stop();
    await rm(folder, { recursive: true, force: true });
  }, 30_000);

  /** The next block of the page; the test fails when it is not the one that it expects. */
  const take = (kind: string, beginning = ''): string => {
    const block = commands[position];
    expect([block?.kind, block?.text.slice(0, beginning.length)]).toEqual([kind, beginning]);
    position += 1;
    return block?.text ?? '';
  };
  const open = (command: string): Terminal => {
    const terminal = new Terminal(command, env);
    terminals.push(terminal);
    return terminal;
  };
  const runs = async (): Promise<void> => {
    const output = await open(take('sh', 'curl -s ')).finish();
    expect(JSON.parse(output)).toEqual(toMatcher(JSON.parse(take('json'))));
  };
  const shows = async (terminal: Terminal): Promise<void> => {
    for (const line of take('text').trimEnd().split('\n')) {
      const expected = Object.entries(portOf).reduce((text, [from, to]) => text.replaceAll(from, to), line);
      const pattern = new RegExp(expected.split('…').map(escapePattern).join('.*'));
      await eventually(() => pattern.test(terminal.output), 30_000).catch(() => expect(terminal.output).toMatch(pattern));
    }
  };
  const listens = async (terminal: Terminal, port: string, pattern: RegExp): Promise<string> => {
    const [, listening = ''] = await eventually(() => pattern.exec(terminal.output) ?? terminal.failed, 60_000);
    portOf[port] = listening;
    await writeFile(
      join(folder, '.curlrc'),
      Object.entries(portOf).map(([from, to]) => `connect-to = "127.0.0.1:${from}:127.0.0.1:${to}"\n`),
    );
    return listening;
  };

  it('says what comes out', async () => {
    for (const command of ['npm run compose', 'npm run schema:check']) {
      const text = take('sh', command);
      if (broker === 'RabbitMQ') take('text'); // they know no broker: the other one's run has shown it
      else {
        const checking = open(text);
        await checking.finish();
        await shows(checking);
      }
    }

    const system = open(take('sh', 'SUPERGRAPH='));
    const gatewayPort = await listens(system, '4000', /Sandbox in a browser\s+http:\/\/127\.0\.0\.1:(\d+)\/graphql/);
    env['LOYALTY_GRAPH_URL'] = `http://127.0.0.1:${gatewayPort}/graphql`;
    await runs();
    await isProcessed(env['LOYALTY_GRAPH_URL'], 1);

    const loyalty = open(take('sh', 'npm run start:loyalty'));
    env['LOYALTY_PORT'] = await listens(loyalty, '4003', /loyalty answers at http:\/\/127\.0\.0\.1:(\d+)\/graphql/);
    proxy.target = { host: '127.0.0.1', port: Number(env['LOYALTY_PORT']) };
    await shows(loyalty);
    if (broker === 'RabbitMQ') expect(loyalty.output).toContain('payments come from loyalty.payment-outcomes');

    const listener = open(take('sh', 'curl -sN '));
    await eventually(() => isListening(env['LOYALTY_PORT'] ?? ''), 20_000); // without a cursor there is nothing before that
    await runs();
    await shows(listener);

    await loyalty.interrupt();
    await runs();
    await isProcessed(env['LOYALTY_GRAPH_URL'], 3);
    open(take('sh', 'npm run start:loyalty'));
    await shows(listener);
    await runs();
    expect(commands.slice(position)).toEqual([]);
  }, 240_000);
});

async function isListening(loyaltyPort: string): Promise<boolean> {
  const metrics = await (await fetch(`http://127.0.0.1:${loyaltyPort}/metrics`)).text();
  return /^paygraph_graphql_subscriptions\S* 1$/m.test(metrics);
}

/** A person who reads takes longer than the processing. */
async function isProcessed(graphUrl: string, count: number): Promise<void> {
  await eventually(async () => {
    const response = await fetch(graphUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ payments { nodes { id } } }' }),
    });
    return ((await response.json()) as { data: { payments: { nodes: unknown[] } } }).data.payments.nodes.length === count;
  }, 20_000);
}

/** One command in a shell, in the project's folder. */
class Terminal {
  output = '';
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(command: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn('sh', ['-c', command], {
      cwd: projectFolder,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a group of its own, as in a terminal
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.#closed = once(this.#child, 'close');
  }

  /** Throws once the command has ended: for conditions that would wait in vain. */
  get failed(): undefined {
    if (this.#child.exitCode === null && this.#child.signalCode === null) return undefined;
    throw new Error(`it ended:\n${this.output}`);
  }

  /** @returns what it printed */
  async finish(): Promise<string> {
    await this.#closed;
    if (this.#child.exitCode !== 0) throw new Error(`exit ${this.#child.exitCode}:\n${this.output}`);
    return this.output;
  }

  /** Ctrl-C: the whole group hears of it. Waits until all of it is gone. */
  async interrupt(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    process.kill(-this.#child.pid, 'SIGINT');
    await this.#closed;
  }
}

/** What the page shows, with `…` for anything. */
function toMatcher(shown: unknown): unknown {
  if (shown === '…') return expect.anything();
  if (Array.isArray(shown)) return shown.map(toMatcher);
  if (typeof shown !== 'object' || shown === null) return shown;
  return Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, toMatcher(value)]));
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
