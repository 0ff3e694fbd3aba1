import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { createFakeEngine, type FakeEngine } from '../support/fake-engine.ts';
import { openWebSocket, type RawWebSocket } from '../support/raw-websocket.ts';
import { startTransports, type TransportServer } from '../support/transport-server.ts';

const PROTOCOLS = [
  { protocol: 'graphql-transport-ws', start: 'subscribe' },
  { protocol: 'graphql-ws', start: 'start' },
] as const;

async function openStalled(
  server: TransportServer,
  { protocol, start }: (typeof PROTOCOLS)[number],
  ...queries: string[]
): Promise<RawWebSocket> {
  const client = await openWebSocket(server.webSocketUrl, protocol);
  client.send({ type: 'connection_init' });
  client.socket.pause();
  queries.forEach((query, index) => client.send({ id: String(index), type: start, payload: { query } }));
  return client;
}

describe.each(PROTOCOLS)('a client over $protocol that stops reading', (variant) => {
  it('gets no more events pulled for it than it has room for', async () => {
    await using server = await startTransports();
    await using _client = await openStalled(server, variant, 'subscription { flood(bytes: 100000) }');
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

    expect(server.engine.pulled).toBeLessThan(200);
    expect(server.engine.running.size).toBe(1);
  });

  it('is closed with 1013 and told to resume, behind what it had been sent; upstream ends at once', async () => {
    await using server = await startTransports({ stallMs: 200 });
    await using client = await openStalled(server, variant, 'subscription { flood(bytes: 100000) }', 'subscription { topic(name: "a") }');

    await eventually(() => server.engine.pulled > 0 && server.engine.running.size === 0, 5_000);
    client.socket.resume();
    const [code, reason] = await client.closed();

    expect(code).toBe(1013);
    expect(reason).toContain('SUBSCRIPTION_TOO_SLOW');
  });

  it('is cut when it never reads on', async () => {
    await using server = await startTransports({ stallMs: 100, graceMs: 200 });
    await using _client = await openStalled(server, variant, 'subscription { flood(bytes: 100000) }');
    await eventually(async () => server.engine.pulled > 0 && (await server.connections()) === 0, 10_000);

    expect(server.engine.running.size).toBe(0);
  });

  it('goes on where it was when it reads again in time', async () => {
    await using server = await startTransports({ stallMs: 5_000 });
    await using client = await openStalled(server, variant, 'subscription { topic(name: "a") }');
    await eventually(() => server.engine.running.size === 1, 5_000);
    const text = 'x'.repeat(100_000);
    for (let n = 1; n <= 200; n += 1) server.engine.push('a', `${n} ${text}`);
    server.engine.end('a');

    client.socket.resume();

    let expected = 1;
    for (;;) {
      const { type, payload } = (await client.next()) as { type: string; payload?: { data?: { topic?: string } } };
      if (type === 'complete') break;
      if (payload?.data?.topic === undefined) continue; // an acknowledgement or a keep-alive
      if (payload.data.topic !== `${expected} ${text}`)
        throw new Error(`expected event ${expected}, got ${payload.data.topic.slice(0, 10)}`);
      expected += 1;
    }
    expect(expected).toBe(201);
  });

  it('does not make other clients wait', async () => {
    await using server = await startTransports();
    await using _stalled = await openStalled(server, variant, 'subscription { flood(bytes: 100000) }');
    await using reading = await openWebSocket(server.webSocketUrl, variant.protocol);
    reading.send({ type: 'connection_init' });
    reading.send({ id: '1', type: variant.start, payload: { query: 'subscription { count(upTo: 1000) }' } });

    await eventually(
      async () => ((await reading.next()) as { payload?: { data?: { count?: number } } }).payload?.data?.count === 1_000,
      5_000,
      0,
    );
  });
});

describe.each(PROTOCOLS)('a client over $protocol that floods', (variant) => {
  it('with operations that are refused, and reads none of the answers, is read no further than they have room; nothing is lost', async () => {
    const engine = createFakeEngine();
    let read = 0;
    const prepare: FakeEngine['prepare'] = (request) => {
      read += 1;
      return engine.prepare(request);
    };
    await using server = await startTransports({ engine: { ...engine, prepare }, maxOperations: 20 });
    await using client = await openStalled(server, variant);
    const SENT = 1_600;
    const id = 'x'.repeat(20_000);
    for (let n = 0; n < SENT; n += 1) client.send({ id: `${n} ${id}`, type: variant.start, payload: { query: '{' } });
    let before = -1;

    await eventually(
      () => {
        const settled = read === before;
        before = read;
        return settled && read > 0;
      },
      20_000,
      200,
    );

    expect(read).toBeLessThan(SENT / 2);
    client.socket.resume();
    const answered = new Set<string>();
    while (answered.size < SENT) {
      const message = (await client.next()) as { type: string; id: string };
      if (message.type === 'error') answered.add(message.id); // not an acknowledgement or a keep-alive
    }
  });
});

describe('a client that floods', () => {
  it('with pings and reads none of the answers does not fill the memory with them', async () => {
    await using server = await startTransports();
    await using client = await openStalled(server, PROTOCOLS[0]);
    const ping = JSON.stringify({ type: 'ping', payload: { text: 'x'.repeat(1_000) } });
    for (let count = 0; count < 20_000; count += 1) client.send(ping);
    await eventually(() => client.socket.bufferedAmount === 0, 20_000);

    client.socket.resume();
    client.send({ id: '1', type: 'subscribe', payload: { query: '{ hello }' } });
    let pongs = 0;
    for (let message = await client.next(); (message as { type: string }).type !== 'next'; message = await client.next()) pongs += 1;

    expect(pongs).toBeLessThan(10_000); // what the kernel and our bound hold; the rest was left out
  });
});
