import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
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
async function readNotes(url: string, after: string, count: number, onBreak: () => void): Promise<string[]> {
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
    const broken = new Set<number>();
    const readers = Array.from({ length: 6 }, (_, reader) => readNotes(gateway.url, '0', 3, () => broken.add(reader)));
    await eventually(async () => (await pool.metric('paygraph_gateway_subscription_events_total')) === 6);
    const before = await pool.metric('paygraph_gateway_subscription_events_total');
    await writeFile(pool.supergraph, 'nothing that composes');

    process.kill(pool.pids()[0] ?? 0, 'SIGKILL');
    log.write('two');
    await eventually(() => pool.pids().length === 3);
    log.write('three');

    expect(await Promise.all(readers)).toEqual(Array.from({ length: 6 }, () => ['one', 'two', 'three']));
    expect(broken.size).toBeGreaterThan(0);
    expect(broken.size).toBeLessThan(6);
    expect(await ask(gateway.url, PERSON)).toEqual({ person: { name: 'Willis' } });
    expect(await pool.metric('paygraph_gateway_subscription_events_total')).toBeGreaterThan(before);
    expect(await pool.metric('paygraph_gateway_workers')).toBe(2);
    expect(gateway.output).toContain('a worker ended; another one takes its place');
  });

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
