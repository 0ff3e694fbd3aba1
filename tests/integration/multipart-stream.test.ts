import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { openHttpStream } from '../support/raw-http-stream.ts';
import { startTransports } from '../support/transport-server.ts';

/** As Apollo Client 4.3 sends it. */
const ACCEPT = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9';
const TOPIC = { query: 'subscription { topic(name: "a") }' };
const part = (body: string): string => `\r\ncontent-type: application/json\r\n\r\n${body}\r\n--graphql`;

describe("Apollo's multipart subscription protocol 1.0", () => {
  it('opens with a heartbeat, writes each delimiter together with the part before it, and ends with two dashes', async () => {
    await using server = await startTransports();
    await using stream = await openHttpStream(server.url, ACCEPT, TOPIC);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(await stream.readUntil(part('{}'))).toBe(`\r\n--graphql${part('{}')}`);

    server.engine.push('a', 'ä');
    expect(await stream.readUntil('--graphql')).toBe(part('{"payload":{"data":{"topic":"ä"}}}'));
    server.engine.end('a');

    expect(await stream.readAll()).toBe('--\r\n');
  });

  it('says what ended the stream beside a payload of null, without a place in the document', async () => {
    await using server = await startTransports();
    await using stream = await openHttpStream(server.url, ACCEPT, { query: 'subscription { failing(after: 1) }' });

    const parts = (await stream.readAll()).split('--graphql');

    expect(parts.at(-2)).toMatch(
      /\{"payload":null,"errors":\[\{"message":"Internal server error","extensions":\{"code":"INTERNAL_SERVER_ERROR","requestId":"[^"]+"\}\}\]\}/,
    );
    expect(parts.at(-1)).toBe('--\r\n');
  });

  it('answers a request that is refused before the stream with plain JSON and 400', async () => {
    await using server = await startTransports();
    const send = (accept: string): Promise<Response> =>
      fetch(server.url, {
        method: 'POST',
        headers: { accept, 'content-type': 'application/json' },
        body: '{"query":"subscription { nothing }"}',
      });

    const asApolloClient = await send(ACCEPT);
    const only = await send('multipart/mixed;subscriptionSpec=1.0');

    expect([asApolloClient.status, asApolloClient.headers.get('content-type')]).toEqual([
      400,
      'application/graphql-response+json; charset=utf-8',
    ]);
    expect([only.status, only.headers.get('content-type')]).toEqual([400, 'application/json; charset=utf-8']);
  });

  it('beats when nothing happens', async () => {
    await using server = await startTransports({ keepAliveMs: 60 });
    await using stream = await openHttpStream(server.url, ACCEPT, TOPIC);
    await stream.readUntil(part('{}'));

    expect([await stream.readUntil('--graphql'), await stream.readUntil('--graphql')]).toEqual([part('{}'), part('{}')]);
  });

  it('ends upstream within 100 ms when the client vanishes', async () => {
    await using server = await startTransports();
    await using stream = await openHttpStream(server.url, ACCEPT, TOPIC);
    await eventually(() => server.engine.running.size === 1, 1_000);

    stream.response.socket.destroy();

    await eventually(() => server.engine.running.size === 0, 100, 5);
  });

  it('tells a client that stopped reading why its stream ended, behind what it had been sent', async () => {
    await using server = await startTransports({ stallMs: 200 });
    await using stream = await openHttpStream(server.url, ACCEPT, { query: 'subscription { flood(bytes: 100000) }' });

    await eventually(() => server.engine.running.size === 0 && server.engine.pulled > 0, 5_000);
    const parts = (await stream.readAll()).split('--graphql');

    expect(parts.at(-2)).toContain('{"payload":null,"errors":[{"message":"the client did not read its events in time');
    expect(parts.filter((text) => text.includes('"flood":"x'))).toHaveLength(server.engine.pulled);
  });

  it('is cut for a client that never reads on', async () => {
    await using server = await startTransports({ stallMs: 100, graceMs: 200 });
    await using _stream = await openHttpStream(server.url, ACCEPT, { query: 'subscription { flood(bytes: 100000) }' });

    await eventually(async () => server.engine.pulled > 0 && (await server.connections()) === 0, 10_000);

    expect(server.engine.running.size).toBe(0);
  });
});
