import { describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-sse';
import { request } from 'node:http';
import { eventually } from '../support/eventually.ts';
import { TOKEN_HEADER, openEventStream, reserve, sendOperation, stopOperation, type EventStream } from '../support/single-connection.ts';
import { startTransports, type TransportServer } from '../support/transport-server.ts';

const TOPIC = { query: 'subscription { topic(name: "a") }' };
const FLOOD = { query: 'subscription { flood(bytes: 100000) }' };
const running = (server: TransportServer, count: number, withinMs = 5_000): Promise<unknown> =>
  eventually(() => server.engine.running.size === count, withinMs, 5);

async function codeOf(response: Response): Promise<unknown> {
  const { errors } = (await response.json()) as { errors: readonly { extensions: { code: string } }[] };
  return [response.status, errors[0]?.extensions.code];
}

async function openSingle(server: TransportServer, headers = {}): Promise<EventStream & { readonly token: string }> {
  const token = await reserve(server.url, headers);
  return { token, ...(await openEventStream(server.url, token, headers)) };
}

describe('one event stream for all operations, with the client of graphql-sse', () => {
  it('carries queries, mutations and subscriptions side by side over one connection, and each ends by itself', async () => {
    await using server = await startTransports();
    const client = createClient({ url: server.url, singleConnection: true, retryAttempts: 0 });
    const all = async (query: string): Promise<unknown[]> => {
      const seen: unknown[] = [];
      for await (const { data } of client.iterate({ query })) seen.push(data);
      return seen;
    };

    const [counted, hello, added] = await Promise.all([
      all('subscription { count(upTo: 100) }'),
      all('{ hello }'),
      all('mutation { add(by: 2) }'),
    ]);

    expect(counted).toEqual(Array.from({ length: 100 }, (_, index) => ({ count: index + 1 })));
    expect([hello, added]).toEqual([[{ hello: 'hello world' }], [{ add: 2 }]]);
    expect(server.engine.running.size).toBe(0);
    client.dispose();
  });

  it('ends one operation upstream when its user leaves it, and the others go on', async () => {
    await using server = await startTransports();
    const client = createClient({ url: server.url, singleConnection: true, retryAttempts: 0 });
    const left = client.iterate(TOPIC);
    const staying = client.iterate(TOPIC);
    const [first, second] = [left.next(), staying.next()];
    await running(server, 2);
    server.engine.push('a', 'one');
    await Promise.all([first, second]);

    await left.return?.();

    await running(server, 1);
    server.engine.push('a', 'two');
    expect((await staying.next()).value).toEqual({ data: { topic: 'two' } });
    client.dispose();
    await running(server, 0);
  });

  it('comes back after the stream broke, also when the client still sends the old token along', async () => {
    await using server = await startTransports();
    const headers = {}; // the client puts its token into the object that it was given
    const client = createClient({ url: server.url, singleConnection: true, headers, retry: async () => undefined });
    const events = client.iterate(TOPIC);
    const first = events.next();
    await running(server, 1);
    server.engine.push('a', 'before');
    expect((await first).value).toEqual({ data: { topic: 'before' } });
    const second = events.next();

    server.cut();
    await running(server, 0);
    await running(server, 1, 5_000);
    server.engine.push('a', 'after');

    expect((await second).value).toEqual({ data: { topic: 'after' } });
    client.dispose();
  });
});

describe('what subgraphs get for an operation of an event stream', () => {
  it('are the headers of its own request and its request id', async () => {
    await using server = await startTransports();
    await using single = await openSingle(server);

    await sendOperation(
      server.url,
      single.token,
      '1',
      { query: '{ headers }' },
      { traceparent: 'one', 'x-other': 'no', 'x-request-id': 'r1' },
    );
    await sendOperation(server.url, single.token, '2', { query: '{ headers }' }, { traceparent: 'two', 'x-request-id': 'r2' });

    const results = [await single.next(), await single.next(), await single.next(), await single.next()]
      .filter((event) => event?.event === 'next')
      .map((event) => JSON.parse((event?.data.payload?.data as { headers: string }).headers) as unknown);
    expect(results).toEqual([
      { traceparent: 'one', 'x-request-id': 'r1' },
      { traceparent: 'two', 'x-request-id': 'r2' },
    ]);
  });
});

describe('an event stream and tokens that are not right', () => {
  it.each([
    ['a stream', (url: string) => fetch(url, { headers: { accept: 'text/event-stream', [TOKEN_HEADER]: 'guessed' } })],
    ['an operation', (url: string) => sendOperation(url, 'guessed', '1', { query: 'mutation { add }' })],
    ['a DELETE', (url: string) => stopOperation(url, 'guessed', '1')],
    ['a token in the URL', (url: string) => fetch(`${url}?token=${'A'.repeat(43)}`, { headers: { accept: 'text/event-stream' } })],
  ])('%s with a guessed token is 404, and nothing is executed', async (_what, send) => {
    await using server = await startTransports();

    expect(await codeOf(await send(server.url))).toEqual([404, 'STREAM_NOT_FOUND']);
    expect(server.engine.sum).toBe(0);
  });

  it('a token that was reserved with an Authorization is known to nobody who sends another one, or none', async () => {
    await using server = await startTransports();
    const [mine, theirs] = [{ authorization: 'Bearer mine' }, { authorization: 'Bearer theirs' }];
    await using single = await openSingle(server, mine);
    const { token } = single;
    await sendOperation(server.url, token, '1', TOPIC, mine);
    await running(server, 1);

    for (const headers of [theirs, {}]) {
      expect(await codeOf(await sendOperation(server.url, token, '2', { query: 'mutation { add }' }, headers))).toEqual([
        404,
        'STREAM_NOT_FOUND',
      ]);
      expect(await codeOf(await stopOperation(server.url, token, '1', headers))).toEqual([404, 'STREAM_NOT_FOUND']);
    }
    const reserved = await reserve(server.url, mine);
    const opened = await fetch(server.url, { headers: { accept: 'text/event-stream', [TOKEN_HEADER]: reserved, ...theirs } });

    expect(await codeOf(opened)).toEqual([404, 'STREAM_NOT_FOUND']);
    expect([server.engine.sum, server.engine.running.size]).toEqual([0, 1]);
  });

  it('operations of one stream cannot be stopped from another, whatever their ids', async () => {
    await using server = await startTransports();
    await using one = await openSingle(server);
    await using other = await openSingle(server);
    await sendOperation(server.url, one.token, 'same', TOPIC);
    await sendOperation(server.url, other.token, 'same', TOPIC);
    await running(server, 2);

    await stopOperation(server.url, other.token, 'same');

    await running(server, 1);
    server.engine.push('a', 'for one');
    expect(await one.next()).toEqual({ event: 'next', data: { id: 'same', payload: { data: { topic: 'for one' } } } });
  });

  it('the body of an operation for a stream that is not there is not read', async () => {
    await using server = await startTransports();
    const outgoing = request(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 90_000, [TOKEN_HEADER]: 'guessed' },
    });
    outgoing.on('error', () => undefined);
    outgoing.write('{'); // the rest never comes

    const status = await new Promise((resolve) => outgoing.on('response', (response) => resolve(response.resume().statusCode)));

    expect(status).toBe(404);
    outgoing.destroy();
  });

  it('a parameter token that is not one of ours belongs to the application, and the request is one like any other', async () => {
    await using server = await startTransports();
    const search = new URLSearchParams({ query: '{ hello }', token: 'of the application' });

    const asEvents = await fetch(`${server.url}?${search}`, { headers: { accept: 'text/event-stream' } });
    const asJson = await fetch(`${server.url}?token=abc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ hello }"}',
    });

    expect(await asEvents.text()).toContain('event: next\ndata: {"data":{"hello":"hello world"}}');
    expect(await asJson.json()).toEqual({ data: { hello: 'hello world' } });
  });
});

describe('an event stream and too much of something', () => {
  it('a stop of what was never started is 200, as often as somebody likes', async () => {
    await using server = await startTransports();
    await using single = await openSingle(server);

    for (const id of ['1', '__proto__', 'constructor']) expect((await stopOperation(server.url, single.token, id)).status).toBe(200);

    await sendOperation(server.url, single.token, '__proto__', { query: '{ hello }' });
    expect(await single.next()).toMatchObject({ event: 'next', data: { id: '__proto__' } }); // and nothing came before it
  });

  it('one operation more than a stream may have is 429, and the others go on', async () => {
    await using server = await startTransports({ maxOperations: 2 });
    await using single = await openSingle(server);
    await sendOperation(server.url, single.token, '1', TOPIC);
    await sendOperation(server.url, single.token, '2', TOPIC);

    expect(await codeOf(await sendOperation(server.url, single.token, '3', { query: '{ hello }' }))).toEqual([429, 'TOO_MANY_OPERATIONS']);

    await stopOperation(server.url, single.token, '1');
    expect((await sendOperation(server.url, single.token, '3', { query: '{ hello }' })).status).toBe(202);
  });

  it('a reservation that nobody opens holds results of ten operations and no more', async () => {
    await using server = await startTransports();
    const token = await reserve(server.url);
    const statuses: number[] = [];
    for (let id = 0; id < 12; id += 1) statuses.push((await sendOperation(server.url, token, String(id), FLOOD)).status);

    expect(statuses.filter((status) => status === 202)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
    expect(server.engine.pulled).toBeLessThanOrEqual(10);
  });

  it('a reservation that nobody opens in time ends, with its operations; an opened one stays', async () => {
    await using server = await startTransports({ reservationMs: 800 });
    await using opened = await openSingle(server);
    const token = await reserve(server.url);
    await sendOperation(server.url, token, '1', TOPIC);
    await eventually(() => server.engine.contexts.length === 1, 2_000, 5);

    await running(server, 0, 3_000);

    expect(await codeOf(await sendOperation(server.url, token, '2', TOPIC))).toEqual([404, 'STREAM_NOT_FOUND']);
    expect((await sendOperation(server.url, opened.token, '1', { query: '{ hello }' })).status).toBe(202);
  });

  it('a flood of reservations makes the oldest go, and a client that opens its stream at once gets it', async () => {
    await using server = await startTransports({ maxReservations: 5 });
    await using opened = await openSingle(server);
    const forgotten = await reserve(server.url);
    for (let count = 0; count < 5; count += 1) await reserve(server.url);

    const late = await fetch(server.url, { headers: { accept: 'text/event-stream', [TOKEN_HEADER]: forgotten } });
    await using newest = await openSingle(server);

    expect(await codeOf(late)).toEqual([404, 'STREAM_NOT_FOUND']);
    for (const { token, next } of [opened, newest]) {
      await sendOperation(server.url, token, '1', { query: '{ hello }' });
      expect(await next()).toMatchObject({ event: 'next', data: { id: '1' } });
    }
  });

  it('a client that reads nothing has one event of each operation waiting, and may not go on starting and stopping', async () => {
    await using server = await startTransports({ maxOperations: 20 });
    await using single = await openSingle(server);
    for (let id = 0; id < 10; id += 1) await sendOperation(server.url, single.token, String(id), FLOOD);
    let before = -1;
    await eventually(
      () => {
        const settled = server.engine.pulled === before;
        before = server.engine.pulled;
        return settled && before > 0;
      },
      5_000,
      200,
    );
    expect(before).toBeLessThan(200); // what the kernel holds, and one event of each

    let refused = 0;
    for (let count = 0; count < 60; count += 1) {
      const { status } = await sendOperation(server.url, single.token, `more ${count}`, TOPIC);
      if (status === 429) refused += 1;
      await stopOperation(server.url, single.token, `more ${count}`);
    }

    expect(refused).toBeGreaterThan(10); // the kernel may make a little more room meanwhile
    expect(server.engine.running.size).toBe(10);
  });

  it('a client that stopped reading is told for each operation that it was too slow and how to resume, behind what it had been sent', async () => {
    await using server = await startTransports({ stallMs: 200 });
    await using single = await openSingle(server);
    await sendOperation(server.url, single.token, 'silent', TOPIC);
    await sendOperation(server.url, single.token, 'flood', FLOOD);
    await eventually(() => server.engine.running.size === 0 && server.engine.pulled > 0, 5_000);

    const ends: unknown[] = [];
    let floods = 0;
    for (let event = await single.next(); event; event = await single.next()) {
      if (event.data.payload?.data) floods += 1;
      else
        ends.push([event.event, event.data.id, (event.data.payload?.errors as [{ extensions: object; message: string }] | undefined)?.[0]]);
    }

    const tooSlow = {
      message: expect.stringContaining('subscribe again behind the last event'),
      extensions: { code: 'SUBSCRIPTION_TOO_SLOW' },
    };
    expect(ends).toEqual([
      ['next', 'silent', tooSlow],
      ['complete', 'silent', undefined],
      ['next', 'flood', tooSlow],
      ['complete', 'flood', undefined],
    ]);
    expect(floods).toBeLessThanOrEqual(server.engine.pulled);
    expect(await codeOf(await sendOperation(server.url, single.token, '1', TOPIC))).toEqual([404, 'STREAM_NOT_FOUND']);
  });
});

describe('an event stream that ends', () => {
  it('because its client vanished: all its operations end upstream', async () => {
    await using server = await startTransports();
    await using single = await openSingle(server);
    await sendOperation(server.url, single.token, '1', TOPIC);
    await sendOperation(server.url, single.token, '2', { query: '{ never }' });
    await running(server, 2);

    single.response.socket.destroy();

    await running(server, 0);
  });

  it('because the gateway stops: without completing anything, at once, and reservations go too', async () => {
    await using server = await startTransports();
    await using single = await openSingle(server);
    await reserve(server.url);
    await sendOperation(server.url, single.token, '1', TOPIC);
    await running(server, 1);
    const startedAt = Date.now();

    await server.stop();

    expect(await single.next()).toBeUndefined();
    expect(server.engine.running.size).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(1_000);
  });

  it('says that it lives while nothing happens', async () => {
    await using server = await startTransports({ keepAliveMs: 50 });
    await using single = await openSingle(server);
    let text = '';
    single.response.on('data', (chunk: string) => (text += chunk));

    await eventually(() => text === ':\n\n:\n\n:\n\n', 2_000, 5);
  });
});

describe('an event stream and web pages of other origins', () => {
  const preflight = (url: string, origin: string, method: string): Promise<Response> =>
    fetch(url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': TOKEN_HEADER },
    });

  it.each(['PUT', 'DELETE', 'POST'])('an allowed page may send %s with the token', async (method) => {
    await using server = await startTransports();

    const { headers } = await preflight(server.url, 'https://studio.apollographql.com', method);

    expect(headers.get('access-control-allow-methods')?.split(', ')).toContain(method);
    expect(headers.get('access-control-allow-headers')).toBe(TOKEN_HEADER);
    expect(headers.get('access-control-allow-origin')).toBe('https://studio.apollographql.com');
  });

  it('another page may not, and what the browser would send without asking executes nothing', async () => {
    await using server = await startTransports();
    const token = await reserve(server.url);
    const origin = 'https://evil.example';

    expect((await preflight(server.url, origin, 'PUT')).headers.get('access-control-allow-methods')).toBeNull();
    const byForm = await fetch(`${server.url}?token=${token}`, {
      method: 'POST',
      headers: { origin, 'content-type': 'text/plain' },
      body: '{"query":"mutation { add }","extensions":{"operationId":"1"}}',
    });
    const search = new URLSearchParams({ token, query: '{ hello }', extensions: '{"operationId":"1"}' });
    const byImage = await fetch(`${server.url}?${search}`, { headers: { 'sec-fetch-site': 'cross-site', 'user-agent': 'Mozilla/5.0' } });

    expect([byForm.status, byImage.status]).toEqual([415, 400]);
    expect(server.engine.sum).toBe(0);
  });
});
