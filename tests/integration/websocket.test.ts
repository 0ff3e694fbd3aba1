import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { openWebSocket, type RawWebSocket } from '../support/raw-websocket.ts';
import { startTransports, type TransportServer } from '../support/transport-server.ts';

let server: TransportServer;
beforeAll(async () => {
  server = await startTransports({ maxOperations: 3 });
});
afterAll(async () => server.stop());

const PROTOCOL = 'graphql-transport-ws';
const TOPIC = 'subscription { topic(name: "a") }';
const open = (): Promise<RawWebSocket> => openWebSocket(server.webSocketUrl, PROTOCOL);
const subscribe = (id: string, query: string, more: object = {}): object => ({ id, type: 'subscribe', payload: { query, ...more } });

async function openInitialised(payload?: object): Promise<RawWebSocket> {
  const client = await open();
  client.send({ type: 'connection_init', ...(payload ? { payload } : {}) });
  expect(await client.next()).toEqual({ type: 'connection_ack' });
  return client;
}

describe('what a client may ask of one WebSocket', () => {
  it('one operation more than a socket may have is refused, and the others go on', async () => {
    await using client = await openInitialised();
    for (const id of ['1', '2', '3', '4']) client.send(subscribe(id, TOPIC));

    expect(await client.next()).toMatchObject({ id: '4', type: 'error', payload: [{ extensions: { code: 'TOO_MANY_OPERATIONS' } }] });
    await eventually(() => server.engine.running.size === 3, 1_000);
    client.send({ id: '1', type: 'complete' });
    client.send(subscribe('5', '{ hello }'));
    expect(await client.next()).toMatchObject({ id: '5', type: 'next' });
  });

  it('variables nested too deeply are refused, and the socket stays open', async () => {
    await using client = await openInitialised();
    const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;

    client.send(`{"id":"1","type":"subscribe","payload":{"query":"{ hello }","variables":${deep}}}`);
    client.send(subscribe('2', '{ hello }'));

    expect(await client.next()).toMatchObject({ id: '1', type: 'error', payload: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect(await client.next()).toMatchObject({ id: '2', type: 'next' });
  });

  it('a message that is too large closes the socket with 1009', async () => {
    await using client = await openInitialised();

    client.send(subscribe('1', '{ hello }', { variables: { x: 'x'.repeat(200_000) } }));

    expect((await client.closed())[0]).toBe(1009);
  });

  it('text that is no UTF-8 closes the socket with 1007', async () => {
    await using client = await openInitialised();
    const { socket } = client;

    socket.send(Buffer.from([0xc3, 0x28]), { binary: false });

    expect((await client.closed())[0]).toBe(1007);
  });
});

describe('opening a WebSocket', () => {
  it.each(['/graphql', '/graphql?x=1', '/ws', '/subscriptions'])('works at %s', async (path) => {
    await using client = await openWebSocket(new URL(path, server.webSocketUrl).href, PROTOCOL);

    client.send({ type: 'ping' });

    expect(await client.next()).toEqual({ type: 'pong' });
  });

  it('is 404 elsewhere', async () => {
    await expect(openWebSocket(new URL('/other', server.webSocketUrl).href, PROTOCOL)).rejects.toThrow('404');
  });

  it('without one of our subprotocols is closed with 4406', async () => {
    await using client = await openWebSocket(server.webSocketUrl, undefined);

    expect(await client.closed()).toEqual([4406, 'Subprotocol not acceptable']);
  });

  it.each([undefined, 'http://localhost:5173', 'http://127.0.0.1:8080', 'https://studio.apollographql.com'])(
    'is allowed from %s',
    async (origin) => {
      await using client = await openWebSocket(server.webSocketUrl, PROTOCOL, origin === undefined ? {} : { origin });

      client.send({ type: 'ping' });
      expect(await client.next()).toEqual({ type: 'pong' });
    },
  );

  it.each(['https://evil.example', 'null', 'http://localhost.evil.example'])('is 403 from the page of another site: %s', async (origin) => {
    await expect(openWebSocket(server.webSocketUrl, PROTOCOL, { origin })).rejects.toThrow('403');
  });
});

describe('what subgraphs get for an operation over a WebSocket', () => {
  it('are the allowed headers of the upgrade, or of connection_init however it writes them, and a request id of its own', async () => {
    const ask = async (client: RawWebSocket): Promise<Record<string, string>> => {
      client.send(subscribe('1', '{ headers }'));
      const { payload } = (await client.next()) as { payload: { data: { headers: string } } };
      return JSON.parse(payload.data.headers) as Record<string, string>;
    };
    await using byUpgrade = await openWebSocket(server.webSocketUrl, PROTOCOL, {
      headers: { authorization: 'Bearer up', 'x-other': 'no' },
    });
    byUpgrade.send({ type: 'connection_init' });
    await byUpgrade.next();
    await using byInit = await openInitialised({ Authorization: 'Bearer init', 'x-other': 'no', traceparent: { not: 'text' } });

    expect(await ask(byUpgrade)).toEqual({ authorization: 'Bearer up', 'x-request-id': expect.any(String) });
    expect(await ask(byInit)).toEqual({ authorization: 'Bearer init', 'x-request-id': expect.any(String) });
  });
});

describe('a client of which nothing is heard', () => {
  it('is pinged, and cut when it does not answer; what ran for it ends', async () => {
    await using nervous = await startTransports({ keepAliveMs: 50 });
    await using client = await openWebSocket(nervous.webSocketUrl, PROTOCOL, { autoPong: false });
    client.send({ type: 'connection_init' });
    client.send(subscribe('1', TOPIC));
    await eventually(() => nervous.engine.running.size === 1, 1_000);

    expect((await client.closed())[0]).toBe(1006);
    await eventually(() => nervous.engine.running.size === 0, 100, 5);
  });

  it('stays while it answers pings, also when the gateway is too busy to read the answers in time', async () => {
    const keepAliveMs = 300; // the client is in this process too, and has to come to its turn before the next ping
    await using nervous = await startTransports({ keepAliveMs });
    await using client = await openWebSocket(nervous.webSocketUrl, PROTOCOL);
    let pings = 0;
    client.socket.on('ping', () => {
      pings += 1; // answered already, and not read by the gateway
      for (const endAt = performance.now() + keepAliveMs + 50; performance.now() < endAt;);
    });

    await eventually(() => pings >= 3);

    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  it('is in time when its introduction arrived in time, however late a busy gateway reads it', async () => {
    const initTimeoutMs = 300;
    await using nervous = await startTransports({ initTimeoutMs });
    await using client = await openWebSocket(nervous.webSocketUrl, PROTOCOL);

    client.send({ type: 'connection_init' });
    for (const endAt = performance.now() + initTimeoutMs + 50; performance.now() < endAt;);

    expect(await client.next()).toEqual({ type: 'connection_ack' });
  });

  it('vanishes without a word, and its work ends within 100 ms', async () => {
    const client = await openInitialised();
    client.send(subscribe('1', TOPIC));
    client.send(subscribe('2', '{ never }'));
    await eventually(() => server.engine.running.size === 2, 1_000);

    client.socket.terminate();

    await eventually(() => server.engine.running.size === 0, 100, 5);
  });
});

describe('when the gateway stops', () => {
  it('sockets are closed with 1001 and no new ones are opened', async () => {
    await using stopping = await startTransports();
    await using client = await openWebSocket(stopping.webSocketUrl, PROTOCOL);

    await stopping.stop();

    expect((await client.closed())[0]).toBe(1001);
  });

  it('a client that does not answer the close does not hold it up', async () => {
    await using stopping = await startTransports();
    await using client = await openWebSocket(stopping.webSocketUrl, PROTOCOL);
    client.socket.pause();
    const startedAt = Date.now();

    await stopping.stop();

    expect(Date.now() - startedAt).toBeLessThan(1_600);
    client.socket.resume();
  });
});
