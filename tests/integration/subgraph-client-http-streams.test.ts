import { describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { createCallbackRegistry } from '../../gateway/subgraphs/callback-registry.ts';
import type { SubgraphRequest, SubgraphResponse, SubscribeContext } from '../../gateway/subgraphs/subgraph-client.ts';
import {
  createSubscriptionClient,
  type SubscriptionClient,
  type SubscriptionClientOptions,
} from '../../gateway/subgraphs/subscription-client.ts';
import { createCallbackOverHttp } from '../../gateway/transports/callback-over-http.ts';
import { startHttpServer } from '../../platform/foundation/http-server.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { eventually } from '../support/eventually.ts';
import { startRawHttpServer } from '../support/raw-http-server.ts';

const ticks = (after = 0): SubgraphRequest => ({ query: 'subscription ($after: Int) { tick(after: $after) }', variables: { after } });

function context(over: Partial<SubscribeContext> = {}): SubscribeContext {
  const resume: SubscribeContext['resume'] = (last) => ticks(Number(last?.data?.['tick'] ?? 0));
  return { headers: {}, signal: new AbortController().signal, resume, continuesExactly: true, ...over };
}

function open(url: string, over: Partial<SubscriptionClientOptions>): SubscriptionClient & AsyncDisposable {
  const client = createSubscriptionClient({
    name: 'feed',
    url,
    protocol: 'sse',
    logger: silentLogger,
    connectTimeoutMs: 2_000,
    backoff: { initialMs: 5, maxMs: 20 },
    ...over,
  });
  return { ...client, [Symbol.asyncDispose]: async () => client.stop(Date.now() + 100) };
}

const pull = async (stream: AsyncIterator<SubgraphResponse>): Promise<unknown> => {
  const { value, done } = (await stream.next()) as IteratorResult<SubgraphResponse>;
  return done ? 'end' : (value.data?.['tick'] ?? value);
};
const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );
const afterOf = (body: string): number => (JSON.parse(body) as { variables: { after: number } }).variables.after;

/** The two streams over HTTP, as a hand-written subgraph sends them. */
const formats = [
  {
    protocol: 'sse' as const,
    begin: (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n'),
    event: (text: string) => `event: next\ndata: ${text}\n\n`,
    heartbeat: ':\n\n',
    end: 'event: complete\ndata:\n\n',
  },
  {
    protocol: 'multipart' as const,
    begin: (response: ServerResponse) =>
      response.writeHead(200, { 'content-type': 'multipart/mixed;boundary="b";subscriptionSpec=1.0' }).write('\r\n--b'),
    event: (text: string) => `\r\ncontent-type: application/json\r\n\r\n{"payload":${text}}\r\n--b`,
    heartbeat: '\r\ncontent-type: application/json\r\n\r\n{}\r\n--b',
    end: '--\r\n',
  },
];

describe.each(formats)('a stream over HTTP from a subgraph ($protocol)', ({ protocol, begin, event, heartbeat, end }) => {
  const tick = (n: number): string => event(`{"data":{"tick":${n}}}`);

  it('that falls silent after its heartbeats is given up, and resumed elsewhere', async () => {
    let requests = 0;
    await using subgraph = await startRawHttpServer((_request, response, body) => {
      requests += 1;
      begin(response);
      response.write(tick(afterOf(body) + 1) + heartbeat); // and then nothing at all, as behind a half-open socket
    });
    await using client = open(subgraph.url, { protocol, silenceMs: 100 });
    const stream = client.subscribe(ticks(), context());

    expect([await pull(stream), await pull(stream), await pull(stream)]).toEqual([1, 2, 3]);
    expect(requests).toBeGreaterThanOrEqual(3);
    await stream.return?.();
    await eventually(() => subgraph.running.size === 0, 2_000);
  });

  it('that never sends heartbeats is given more time', async () => {
    await using subgraph = await startRawHttpServer((_request, response) => {
      begin(response);
      if (protocol === 'sse') response.write('event: next\ndata: {"data":{"tick":1}}\n\n');
      else response.write(tick(1));
      setTimeout(() => response.write(tick(2)), 300);
    });
    // The comment that opens a stream of events is a sign of life already; it is multipart that may have none.
    await using client = open(subgraph.url, { protocol, silenceMs: protocol === 'sse' ? 5_000 : 50, silenceWithoutHeartbeatMs: 5_000 });
    const stream = client.subscribe(ticks(), context());

    expect([await pull(stream), await pull(stream)]).toEqual([1, 2]);
    expect(subgraph.requests).toHaveLength(1);
  });

  it('that breaks off without being completed is resumed', async () => {
    await using subgraph = await startRawHttpServer((_request, response, body) => {
      begin(response);
      if (afterOf(body) >= 2) response.end(end);
      else response.end(tick(afterOf(body) + 1));
    });
    await using client = open(subgraph.url, { protocol });
    const stream = client.subscribe(ticks(), context());

    expect([await pull(stream), await pull(stream), await pull(stream)]).toEqual([1, 2, 'end']);
  });

  it.each([
    ['no JSON', '<html>'],
    ['no GraphQL response', '{"hello":1}'],
    ['data that is a list', '{"data":[1]}'],
  ])('with an event that is %s fails with SUBGRAPH_MALFORMED behind the events before it', async (_what, text) => {
    await using subgraph = await startRawHttpServer((_request, response) => {
      begin(response);
      response.write(tick(1) + event(text));
    });
    await using client = open(subgraph.url, { protocol });
    const stream = client.subscribe(ticks(), context());

    expect(await pull(stream)).toBe(1);
    expect(await failureOf(pull(stream))).toMatchObject({ code: 'SUBGRAPH_MALFORMED' });
    await eventually(() => subgraph.running.size === 0, 2_000);
  });

  it('with an event that is too large fails with SUBGRAPH_MALFORMED and is cut', async () => {
    await using subgraph = await startRawHttpServer((_request, response) => {
      begin(response);
      const [head = ''] = event('0').split('0');
      response.write(`${head}{"data":{"tick":"${'x'.repeat(200_000)}`);
    });
    await using client = open(subgraph.url, { protocol, maxMessageBytes: 100_000 });

    expect(await failureOf(pull(client.subscribe(ticks(), context())))).toMatchObject({ code: 'SUBGRAPH_MALFORMED' });
    await eventually(() => subgraph.running.size === 0, 2_000);
  });

  it.each([
    ['a busy server', 503, 'text/plain', '', true],
    ['a page of HTML', 404, 'text/html', '<html>', false],
    ['a server that knows one result only', 200, 'application/json', '{"data":{"tick":null}}', false],
  ])('that cannot begin because of %s fails at once', async (_what, status, type, text, retryable) => {
    await using subgraph = await startRawHttpServer((_request, response) => response.writeHead(status, { 'content-type': type }).end(text));
    await using client = open(subgraph.url, { protocol });

    expect(await failureOf(pull(client.subscribe(ticks(), context())))).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', retryable });
  });

  it('waits with back-off for a subgraph that is away, and not for ever', async () => {
    let requests = 0;
    await using subgraph = await startRawHttpServer((_request, response) => {
      requests += 1;
      if (requests > 1) return void response.destroy();
      begin(response);
      response.end(tick(1));
    });
    await using client = open(subgraph.url, { protocol, reconnectMs: 300, backoff: { initialMs: 20, maxMs: 50 } });
    const stream = client.subscribe(ticks(), context());

    expect(await pull(stream)).toBe(1);
    expect(await failureOf(pull(stream))).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', retryable: true });
    expect(requests).toBeGreaterThan(3);
    expect(requests).toBeLessThan(40);
  });
});

describe('a protocol that was found out', () => {
  it('is used from then on, until it is not understood any more', async () => {
    let speaks = 'text/event-stream';
    await using subgraph = await startRawHttpServer((request, response) => {
      if (!request.headers.accept?.startsWith(speaks)) return void response.writeHead(406).end();
      const format = formats.find(({ protocol }) => (protocol === 'sse') === (speaks === 'text/event-stream'));
      format?.begin(response);
      response.end(format ? format.event('{"data":{"tick":1}}') + format.end : '');
    });
    await using client = open(subgraph.url, { protocol: 'auto' });
    const once = async (): Promise<unknown> => pull(client.subscribe(ticks(), context()));

    expect(await once()).toBe(1);
    const asked = subgraph.requests.length;
    expect([await once(), await once()]).toEqual([1, 1]);
    expect(subgraph.requests).toHaveLength(asked + 2);

    speaks = 'multipart/mixed';
    expect(await once()).toBe(1);
  });
});

describe('the callback protocol', () => {
  /** A subgraph that registers and lets the test say what it sends to us. */
  async function start(over: Partial<SubscriptionClientOptions> = {}, heartbeatMs = 10_000) {
    const registry = createCallbackRegistry();
    const handler = createCallbackOverHttp({ mount: '/callback', registry, maxBytes: 10_000, logger: silentLogger });
    const gateway = await startHttpServer({ name: 'callbacks', host: '127.0.0.1', port: 0, onRequest: (...both) => void handler(...both) });
    const registrations: { callbackUrl: string; subscriptionId: string; verifier: string }[] = [];
    const post = async (message: object, at = registrations.at(-1)): Promise<number> => {
      const body = { kind: 'subscription', id: at?.subscriptionId, verifier: at?.verifier, ...message };
      const response = await fetch(at?.callbackUrl ?? '', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      await response.text();
      return response.status;
    };
    const subgraph = await startRawHttpServer((_request, response, body) => {
      registrations.push((JSON.parse(body) as { extensions: { subscription: (typeof registrations)[0] } }).extensions.subscription);
      void post({ action: 'check' }).then(
        () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":null}'),
        () => response.destroy(), // the test is over
      );
    });
    const client = open(subgraph.url, {
      protocol: 'callback',
      callback: { registry, url: `${gateway.url}/callback`, heartbeatMs },
      ...over,
    });
    return {
      client,
      registrations,
      post,
      subgraph,
      gateway,
      registered: () => eventually(() => registrations.length > 0, 2_000),
      async [Symbol.asyncDispose]() {
        await client[Symbol.asyncDispose]();
        await subgraph[Symbol.asyncDispose]();
        await gateway.stop(Date.now() + 600);
      },
    };
  }

  it('answers 204 to what fits, 400 to what does not, and 404 to what is over', async () => {
    await using bench = await start();
    const stream = bench.client.subscribe(ticks(), context());
    const first = pull(stream);
    await bench.registered();
    const next = { action: 'next', payload: { data: { tick: 1 } } };

    expect(await bench.post({ ...next, verifier: 'guessed' })).toBe(400);
    expect(await bench.post({ ...next, id: 'another' })).toBe(400);
    expect(await bench.post({ ...next, kind: 'query' })).toBe(400);
    expect(await bench.post({ action: 'dance' })).toBe(400);
    expect(await bench.post({ action: 'next' })).toBe(400);
    expect(await bench.post(next)).toBe(204);
    expect(await first).toBe(1);

    await stream.return?.();
    expect(await bench.post({ action: 'check' })).toBe(404);
    expect(await bench.post(next)).toBe(404);
  });

  it('ends with complete, and with its errors', async () => {
    await using bench = await start();
    const [done, failed] = [bench.client.subscribe(ticks(), context()), bench.client.subscribe(ticks(), context())];
    const ends = [pull(done), pull(failed)];
    await eventually(() => bench.registrations.length === 2, 2_000);

    expect(await bench.post({ action: 'complete' }, bench.registrations[0])).toBe(204);
    expect(await bench.post({ action: 'complete', errors: [{ message: 'no' }] }, bench.registrations[1])).toBe(204);

    expect(await ends[0]).toBe('end');
    expect(JSON.parse(JSON.stringify(await ends[1]))).toEqual({ errors: [{ message: 'no' }] });
    expect(await bench.post({ action: 'check' }, bench.registrations[0])).toBe(404);
  });

  it('gives each subscription an id and a verifier that nobody guesses', async () => {
    await using bench = await start();
    const streams = [bench.client.subscribe(ticks(), context()), bench.client.subscribe(ticks(), context())];
    await eventually(() => bench.registrations.length === 2, 2_000);
    const [one, two] = bench.registrations;

    expect(one?.callbackUrl.endsWith(`/callback/${one.subscriptionId}`)).toBe(true);
    expect(one?.verifier).toMatch(/^[\w-]{32}$/);
    expect([one?.verifier === two?.verifier, one?.subscriptionId === two?.subscriptionId]).toEqual([false, false]);
    for (const stream of streams) await stream.return?.();
  });

  it('resumes when two heartbeats did not come', async () => {
    await using bench = await start({}, 50);
    const stream = bench.client.subscribe(ticks(), context());
    const first = pull(stream);
    await bench.registered();
    await bench.post({ action: 'next', payload: { data: { tick: 1 } } });
    expect(await first).toBe(1);

    await eventually(() => bench.registrations.length === 2, 5_000);
    expect(afterOf(bench.subgraph.requests[1]?.body ?? '')).toBe(1);
    expect(await bench.post({ action: 'check' }, bench.registrations[0])).toBe(404);
    await stream.return?.();
  });

  it('hands on once what came twice because our answer was lost, where events have a cursor', async () => {
    await using bench = await start();
    const stream = bench.client.subscribe(ticks(), context());
    const first = pull(stream);
    await bench.registered();

    for (const tick of [1, 1, 2]) await bench.post({ action: 'next', payload: { data: { tick } } });

    expect([await first, await pull(stream)]).toEqual([1, 2]);
    await stream.return?.();
  });

  it('reads no body for an id that is not open, and no body that is too large', async () => {
    await using bench = await start();
    const stream = bench.client.subscribe(ticks(), context());
    await bench.registered();

    expect(
      await bench.post(
        { action: 'check' },
        { callbackUrl: `${bench.gateway.url}/callback/unknown`, subscriptionId: 'unknown', verifier: 'x' },
      ),
    ).toBe(404);
    expect(await bench.post({ action: 'next', payload: { data: { tick: 'x'.repeat(20_000) } } })).toBe(413);
    expect((await fetch(bench.registrations[0]?.callbackUrl ?? '')).status).toBe(405);
    await stream.return?.();
  });

  it('fails at once at a subgraph that does not know it', async () => {
    await using subgraph = await startRawHttpServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":null}'),
    );
    await using client = open(subgraph.url, {
      protocol: 'callback',
      callback: { registry: createCallbackRegistry(), url: 'http://127.0.0.1:1/callback' },
    });

    expect(await failureOf(pull(client.subscribe(ticks(), context())))).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', retryable: false });
  });
});
