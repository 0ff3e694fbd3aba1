import { describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { createGateway } from '../../gateway/create-gateway.ts';
import type { Engine } from '../../gateway/engine.ts';
import { shareClientQueries } from '../../gateway/share-client-queries.ts';
import { SeenChanges } from '../../gateway/subgraphs/seen-changes.ts';
import { createMaskedEngine } from '../../gateway/transports/masked-engine.ts';
import { maskError } from '../../gateway/execution/mask-error.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { eventually } from '../support/eventually.ts';
import { createFakeEngine } from '../support/fake-engine.ts';
import { startRawHttpServer } from '../support/raw-http-server.ts';
import { writeSupergraph } from '../support/small-graph.ts';
import { startTransports, type TransportServer } from '../support/transport-server.ts';

interface Held {
  readonly server: TransportServer;
  readonly changes: SeenChanges;
  /** Ids of the requests that were executed, in order. */
  readonly executed: (string | undefined)[];
  /** How many requests have come this far. */
  readonly asked: () => number;
  /** Endless queries that run. */
  readonly running: ReadonlySet<string>;
  release(): void;
}

/** All transports over an engine that shares, whose work waits for the test and whose results nobody can change. */
async function startHeld(): Promise<Held & AsyncDisposable> {
  const executed: (string | undefined)[] = [];
  let asked = 0;
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const fake = createFakeEngine();
  const held: Engine = {
    ...fake,
    ready: true,
    prepare: keepLast(
      (request) => fake.prepare(request),
      () => (asked += 1),
    ),
    async execute(operation, variables, context) {
      executed.push(context.requestId);
      await released;
      if (operation.document.loc?.source.body.includes('broken'))
        return deepFreeze({ data: null, errors: [maskError(new Error('secret'), silentLogger, context.requestId)] });
      return deepFreeze(await fake.execute(operation, variables, context));
    },
  };
  const changes = new SeenChanges();
  const server = await startTransports({
    engine: createMaskedEngine(shareClientQueries(held, { changes, logger: silentLogger }), silentLogger),
  });
  return {
    server,
    changes,
    executed,
    asked: () => asked,
    running: fake.running,
    release,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** As the real engine's cache: one text, one operation. */
function keepLast(prepare: Engine['prepare'], onAsked: () => void): Engine['prepare'] {
  const known = new Map<string, ReturnType<Engine['prepare']>>();
  return (request) => {
    onAsked();
    const prepared = known.get(request.query) ?? prepare(request);
    known.set(request.query, prepared);
    return prepared;
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(Object.freeze(value))) deepFreeze(inner);
  return value;
}

const ask = (url: string, query: string, headers: Record<string, string> = {}, variables: object = {}, signal?: AbortSignal) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
    signal: signal ?? null,
  });
const HELLO = { data: { hello: 'hello world' } };

describe('identical queries of clients at the same time', () => {
  it('are executed once over every transport, with ids, headers and plans of their own', async () => {
    await using held = await startHeld();
    const { url, webSocketUrl } = held.server;
    const socket = createClient({ url: webSocketUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
    const overSocket = socket.iterate({ query: '{ hello }' });

    const posted = ask(url, '{ hello }', { 'x-request-id': 'one' });
    await eventually(() => held.executed.length === 1);
    const others = [
      ask(url, '{ hello }', { 'x-request-id': 'two' }),
      ask(url, '{ hello }', { 'x-request-id': 'three', 'apollo-query-plan-experimental': '1' }),
      fetch(`${url}?query=${encodeURIComponent('{ hello }')}`, { headers: { 'x-request-id': 'four', 'apollo-require-preflight': '1' } }),
      ask(url, '{ hello }', { accept: 'text/event-stream' }),
      ask(url, '{ hello }', { accept: 'multipart/mixed;subscriptionSpec=1.0' }),
    ];
    const next = overSocket.next();
    const different = ask(url, '{ hello(name: "you") }', { 'x-request-id': 'last' });
    await eventually(() => held.asked() === 8);
    held.release();

    const first = await posted;
    const [second, third, fourth, stream, parts] = await Promise.all(others);
    expect(await first.json()).toEqual(HELLO);
    expect(await second?.json()).toEqual(HELLO);
    expect(await third?.json()).toEqual({ ...HELLO, extensions: { __queryPlanExperimental: 'the plan of a query' } });
    expect(await fourth?.json()).toEqual(HELLO);
    expect(await stream?.text()).toContain('event: next\ndata: {"data":{"hello":"hello world"}}');
    expect(await parts?.text()).toContain('{"payload":{"data":{"hello":"hello world"}}}');
    expect((await next).value).toEqual(HELLO);
    expect(await (await different).json()).toEqual({ data: { hello: 'hello you' } });
    expect([first, second, third, fourth].map((response) => response?.headers.get('x-request-id'))).toEqual([
      'one',
      'two',
      'three',
      'four',
    ]);
    expect(held.executed).toEqual(['one', 'last']);
    await socket.dispose();
  });

  it('are not taken for each other with another caller or other variables, nor are mutations, nor across a change', async () => {
    await using held = await startHeld();
    const { url } = held.server;

    const asked = [
      ask(url, '{ hello }', { authorization: 'a' }),
      ask(url, '{ hello }', { authorization: 'b' }),
      ask(url, 'query($value: Int!) { echo(value: $value) }', {}, { value: 1 }),
      ask(url, 'query($value: Int!) { echo(value: $value) }', {}, { value: 2 }),
      ask(url, 'mutation { add }'),
      ask(url, 'mutation { add }'),
    ];
    await eventually(() => held.executed.length === 6);
    held.changes.note();
    asked.push(ask(url, '{ hello }', { authorization: 'a' }));
    await eventually(() => held.executed.length === 7);
    held.release();

    const bodies = await Promise.all(asked.map(async (response) => (await response).json() as Promise<{ data: unknown }>));
    expect(bodies.slice(0, 4).map(({ data }) => data)).toEqual([HELLO.data, HELLO.data, { echo: 1 }, { echo: 2 }]);
    expect(held.server.engine.sum).toBe(0); // the transports' own fake engine was not asked
  });

  it('go on when the first client leaves, and are ended when all have left', async () => {
    await using held = await startHeld();
    const { url } = held.server;
    const [first, second] = [new AbortController(), new AbortController()];

    const left = ask(url, '{ hello }', {}, {}, first.signal).catch(() => 'left');
    const stays = ask(url, '{ hello }', {}, {}, second.signal);
    await eventually(() => held.asked() === 2);
    first.abort();
    expect(await left).toBe('left');
    held.release();

    expect(await (await stays).json()).toEqual(HELLO);
    expect(held.executed).toHaveLength(1);

    const endless = [new AbortController(), new AbortController()];
    const asked = endless.map(({ signal }) => ask(url, '{ never }', {}, {}, signal).catch(() => 'left'));
    await eventually(() => held.asked() === 4 && held.running.size === 1);
    endless[0]?.abort();
    endless[1]?.abort();
    expect(await Promise.all(asked)).toEqual(['left', 'left']);
    await eventually(() => held.running.size === 0);
  });

  it('share an error once, and a masked one carries the id of each request', async () => {
    await using held = await startHeld();
    const { url } = held.server;

    const asked = ['one', 'two'].map((id) => ask(url, '{ broken }', { 'x-request-id': id }));
    await eventually(() => held.asked() === 2);
    held.release();

    const bodies = await Promise.all(asked.map(async (response) => (await response).json()));
    expect(bodies).toEqual(
      ['one', 'two'].map((requestId) => ({
        data: null,
        errors: [{ message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } }],
      })),
    );
    await ask(url, '{ broken }', { 'x-request-id': 'three' });
    expect(held.executed).toHaveLength(2);
  });
});

describe('a gateway', () => {
  it.each([
    [true, 1],
    [false, 5],
  ])('with shareClientQueries %s executes five identical queries %d times', async (shareClientQueries, executions) => {
    const waiting: (() => void)[] = [];
    await using people = await startRawHttpServer((_request, response) => {
      waiting.push(() => response.end('{"data":{"person":{"name":"Willis"}}}'));
    });
    await using supergraph = await writeSupergraph();
    const gateway = createGateway({
      supergraph: supergraph.file,
      env: { PEOPLE: people.url },
      logger: silentLogger,
      shareClientQueries,
      shareSubgraphQueries: false,
    });
    await gateway.start();

    const answers = [1, 2, 3, 4, 5].map(() => gateway.execute({ query: '{ person(id: "1") { name } }' }));
    await eventually(() => waiting.length === executions);
    for (const answer of waiting) answer();

    for (const answer of await Promise.all(answers)) expect(answer).toEqual({ data: { person: { name: 'Willis' } } });
    expect(people.requests).toHaveLength(executions);
    await gateway.stop();
  });
});
