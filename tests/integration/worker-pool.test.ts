import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { toCode } from '../../platform/foundation/errors.ts';
import { eventually } from '../support/eventually.ts';
import { ask, connectWebSocket } from '../support/graphql-client.ts';
import { createServiceProcess, type ServiceProcess } from '../support/service-process.ts';
import { NoteLog, startNotes, startPeople, writeSupergraph } from '../support/small-graph.ts';

const ON_NOTE = 'subscription ($after: String) { noteWritten(after: $after) { cursor note { text author { name } } } }';
const PERSON = '{ person(id: "1") { name } }';

interface Pool extends AsyncDisposable {
  readonly gateway: ServiceProcess;
  readonly log: NoteLog;
  readonly supergraph: string;
  /** The processes that have said that they listen, also those that have died. */
  pids(): number[];
  metric(name: string): Promise<number>;
}

/** A gateway of two workers over two subgraphs in this process. */
async function startPool(): Promise<Pool> {
  const log = new NoteLog();
  const supergraph = await writeSupergraph();
  const people = await startPeople();
  const notes = await startNotes(log);
  const env = { SUPERGRAPH: supergraph.file, PEOPLE: people.url, NOTES: notes.url, GATEWAY_WORKERS: '2' };
  const gateway = createServiceProcess('gateway', ['gateway'], 'GATEWAY_PORT', env);
  await gateway.start();
  await eventually(() => gateway.output.includes('all workers answer'));
  return {
    gateway,
    log,
    supergraph: supergraph.file,
    pids: () =>
      gateway.output
        .split('\n')
        .filter((line) => line.includes('the gateway answers'))
        .map((line) => (JSON.parse(line) as { pid: number }).pid),
    async metric(name) {
      const page = await (await fetch(new URL('/metrics', gateway.url))).text();
      return Number(
        page
          .split('\n')
          .find((line) => line.startsWith(name))
          ?.split(' ')
          .at(-1),
      );
    },
    async [Symbol.asyncDispose]() {
      for (const open of [gateway, people, notes, supergraph]) await open[Symbol.asyncDispose]();
    },
  };
}

/** Reads notes over a socket of its own and comes back with its cursor whenever the socket breaks, until `count` have come. */
async function readNotes(
  url: string,
  after: string,
  count: number,
  { onRead, onBreak }: { onRead: () => void; onBreak: () => void },
): Promise<string[]> {
  const texts: string[] = [];
  for (let cursor = after; texts.length < count;) {
    const client = connectWebSocket(url);
    try {
      for await (const { data } of client.iterate<{ noteWritten: { cursor: string; note: { text: string } } }>({
        query: ON_NOTE,
        variables: { after: cursor },
      })) {
        if (!data) continue;
        cursor = data.noteWritten.cursor;
        texts.push(data.noteWritten.note.text);
        onRead();
        if (texts.length === count) break;
      }
    } catch {
      onBreak();
    } finally {
      await client.dispose();
    }
  }
  return texts;
}

/** Over a connection of its own. @returns the status; never settles when nothing is answered and nothing ends */
function getOnce(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a gateway of several workers', () => {
  it('answers on one port from all of them, with the metrics of all on one page', async () => {
    await using pool = await startPool();

    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(pool.gateway.url, PERSON)));

    expect(answers).toEqual(Array.from({ length: 20 }, () => ({ person: { name: 'Willis' } })));
    expect(await pool.metric('paygraph_gateway_requests_total{kind="query",outcome="ok"')).toBe(20);
    expect(await pool.metric('paygraph_gateway_workers')).toBe(2);
    expect(new Set(pool.pids()).size).toBe(2);
    const reservation = await fetch(pool.gateway.url, { method: 'PUT' }); // its operations might reach the other worker
    expect([reservation.status, reservation.headers.get('allow')]).toEqual([405, 'GET, POST, OPTIONS']);
  });

  it('loses the streams of a killed worker and no others; they resume where they were, and another worker takes its place', async () => {
    await using pool = await startPool();
    const { gateway, log } = pool;
    log.write('one');
    const [first = 0, second = 0] = pool.pids();
    const broken = new Set<number>();
    const readers: Promise<string[]>[] = [];
    let read = 0;
    const openThree = async (frozen: number): Promise<void> => {
      process.kill(frozen, 'SIGSTOP'); // the other one takes them
      for (let opened = 0; opened < 3; opened += 1) {
        const reader = readers.length;
        readers.push(readNotes(gateway.url, '0', 3, { onRead: () => (read += 1), onBreak: () => broken.add(reader) }));
      }
      await eventually(() => read === readers.length);
      process.kill(frozen, 'SIGCONT');
    };
    await openThree(second);
    await openThree(first);
    const before = await pool.metric('paygraph_gateway_subscription_events_total');
    await writeFile(pool.supergraph, 'nothing that composes');

    process.kill(first, 'SIGKILL');
    log.write('two');
    await eventually(() => pool.pids().length === 3);
    log.write('three');

    expect(await Promise.all(readers)).toEqual(Array.from({ length: 6 }, () => ['one', 'two', 'three']));
    expect([...broken].sort()).toEqual([0, 1, 2]);
    expect(await ask(gateway.url, PERSON)).toEqual({ person: { name: 'Willis' } });
    expect(await pool.metric('paygraph_gateway_subscription_events_total')).toBeGreaterThan(before);
    expect(await pool.metric('paygraph_gateway_workers')).toBe(2);
    expect(gateway.output).toContain('a worker ended; another one takes its place');
  });

  it('leaves no connection without an answer when a worker hangs and dies', async () => {
    await using pool = await startPool();
    const { port } = new URL(pool.gateway.url);
    const [worker = 0] = pool.pids();

    process.kill(worker, 'SIGSTOP');
    const answers = Array.from({ length: 20 }, () => getOnce(Number(port), '/health/live'));
    await Promise.race(answers); // by then those of the other worker are on their way
    process.kill(worker, 'SIGKILL');

    const settled = await Promise.all(answers.map((answer) => answer.catch((error: unknown) => toCode(error))));
    expect(settled.filter((answer) => answer !== 200 && answer !== 'ECONNRESET')).toEqual([]);
    expect(settled.filter((answer) => answer === 200).length).toBeGreaterThan(9);
  }, 30_000);

  it('ends with all of its workers: on SIGTERM with code 0, and when it is killed itself', async () => {
    await using pool = await startPool();

    expect(await pool.gateway.kill('SIGTERM')).toBe(0);
    expect(pool.pids().filter(isAlive)).toEqual([]);

    await pool.gateway.start();
    await eventually(() => pool.pids().length === 4);
    await pool.gateway.kill('SIGKILL');
    await eventually(() => !pool.pids().some(isAlive));
  });

  it('says once why it cannot start, and ends with code 1', async () => {
    const gateway = createServiceProcess('gateway', ['gateway'], 'GATEWAY_PORT', { SUPERGRAPH: 'no-such.yaml', GATEWAY_WORKERS: '2' });

    await expect(gateway.start()).rejects.toThrow('exit 1');
    expect(gateway.output.match(/cannot start: .*no-such\.yaml/g)).toHaveLength(1);
    expect(gateway.output).toContain('the first worker ended with exit code 1 before it listened');
  });
});
