import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { createServiceProcess, projectFolder, type ServiceProcess } from '../support/service-process.ts';
import { NoteLog, startNotes, startPeople, writeSupergraph } from '../support/small-graph.ts';
import { SUBSCRIPTION_CLIENTS, type SubscriptionClient } from '../support/subscription-clients.ts';

const CYCLES = 1_000;
const AT_ONCE = 50;
const query = 'subscription ($after: String) { noteWritten(after: $after) { cursor note { text author { name } } } }';

interface Holdings {
  /** Active resources of the process by type: `TCPSocketWrap`, `Timeout` … */
  readonly resources: Readonly<Record<string, number>>;
  readonly heapBytes: number;
}

/** The gateway as a process of its own, so that nothing of the clients is counted, over two subgraphs in this process. */
describe('a gateway whose clients come and go', () => {
  const log = new NoteLog();
  const open: AsyncDisposable[] = [];
  let gateway: ServiceProcess;

  beforeAll(async () => {
    const supergraph = await writeSupergraph();
    const people = await startPeople();
    const notes = await startNotes(log);
    const hook = pathToFileURL(join(projectFolder, 'tests', 'support', 'report-resources.mjs')).href;
    const env = { SUPERGRAPH: supergraph.file, PEOPLE: people.url, NOTES: notes.url, NODE_OPTIONS: `--import ${hook}` };
    gateway = createServiceProcess('gateway', ['gateway'], 'GATEWAY_PORT', env);
    open.push(gateway, people, notes, supergraph);
    await gateway.start();
  });
  afterAll(async () => {
    for (const each of open) await each[Symbol.asyncDispose]();
  });

  async function holdings(): Promise<Holdings> {
    const from = gateway.output.length;
    process.kill(gateway.pid, 'SIGUSR2');
    const [, report = ''] = await eventually(() => /RESOURCES (.*)\n/.exec(gateway.output.slice(from)), 10_000, 5);
    return JSON.parse(report) as Holdings;
  }

  async function subscriptions(): Promise<number> {
    const page = await (await fetch(new URL('/metrics', gateway.url))).text();
    return Number(/^paygraph_gateway_subscriptions(?:\{.*\})? (\d+)$/m.exec(page)?.[1]);
  }

  /** Half of them share a stream, half come back with a cursor and read one of their own until it meets the shared one; all leave with an event. */
  async function round({ open: subscribe }: SubscriptionClient): Promise<void> {
    const server = { url: gateway.url, webSocketUrl: gateway.url.replace('http', 'ws') };
    const after = String(log.notes().length);
    const streams = Array.from({ length: AT_ONCE }, (_, n) => subscribe(server, { query, variables: n % 2 === 0 ? {} : { after } }));
    const firsts = streams.map((stream) => stream.next());
    await eventually(async () => (await subscriptions()) === AT_ONCE && log.readers === 1 + AT_ONCE / 2, 10_000, 5);
    log.write('x'.repeat(1_000));
    for (const first of await Promise.all(firsts))
      expect(first).toMatchObject({ data: { noteWritten: { note: { author: { name: expect.stringMatching(/Ana|Willis/) } } } } });
    await Promise.all(streams.map(async (stream) => stream.cancel()));
    await eventually(async () => log.readers === 0 && (await subscriptions()) === 0, 10_000, 5);
  }

  it.each(SUBSCRIPTION_CLIENTS)(`holds after ${CYCLES} subscriptions over $transport what it held before`, async (client) => {
    for (let n = 0; n < 4; n += 1) await round(client);
    const before = await holdings();

    for (let n = 0; n < CYCLES; n += AT_ONCE) await round(client);

    await eventually(
      async () => {
        const after = await holdings();
        const more = Object.entries(after.resources).filter(([type, count]) => count > (before.resources[type] ?? 0));
        expect({ more, before: before.resources }).toEqual({ more: [], before: before.resources });
        expect(after.heapBytes).toBeLessThan(before.heapBytes * 1.1);
        return true;
      },
      20_000,
      200,
    );
  });
});
