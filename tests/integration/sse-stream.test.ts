import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { openHttpStream } from '../support/raw-http-stream.ts';
import { startTransports } from '../support/transport-server.ts';

const ACCEPT = 'text/event-stream';
const TOPIC = { query: 'subscription { topic(name: "a") }' };

describe('server-sent events, distinct connections mode', () => {
  it('open with a comment before there is an event, then next for each, then complete with an empty data field', async () => {
    await using server = await startTransports();
    await using stream = await openHttpStream(server.url, ACCEPT, TOPIC);
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-request-id': expect.any(String),
    });
    expect(await stream.readUntil('\n\n')).toBe(':\n\n');

    server.engine.push('a', 'line one\nline two');
    expect(await stream.readUntil('\n\n')).toBe('event: next\ndata: {"data":{"topic":"line one\\nline two"}}\n\n');
    server.engine.end('a');

    expect(await stream.readAll()).toBe('event: complete\ndata: \n\n');
  });

  it('send a comment when nothing happens, and none while events do', async () => {
    await using server = await startTransports({ keepAliveMs: 60 });
    await using stream = await openHttpStream(server.url, ACCEPT, TOPIC);
    await stream.readUntil(':\n\n');

    expect(await stream.readUntil('\n\n')).toBe(':\n\n');
    expect(await stream.readUntil('\n\n')).toBe(':\n\n');
  });

  it('end upstream within 100 ms when the client vanishes', async () => {
    await using server = await startTransports();
    await using stream = await openHttpStream(server.url, ACCEPT, TOPIC);
    await eventually(() => server.engine.running.size === 1, 1_000);

    stream.response.socket.destroy();

    await eventually(() => server.engine.running.size === 0, 100, 5);
  });

  it('pull no more events than a client that does not read has room for', async () => {
    await using server = await startTransports();
    await using _stream = await openHttpStream(server.url, ACCEPT, { query: 'subscription { flood(bytes: 100000) }' });
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

    expect(server.engine.pulled).toBeLessThan(200); // kernel buffers and one event
    expect(server.engine.running.size).toBe(1);
  });

  it('end for a client that stopped reading with the reason behind what it had been sent, should it ever read on', async () => {
    await using server = await startTransports({ stallMs: 200 });
    await using stream = await openHttpStream(server.url, ACCEPT, { query: 'subscription { flood(bytes: 100000) }' });

    await eventually(() => server.engine.running.size === 0 && server.engine.pulled > 0, 5_000);
    const events = (await stream.readAll()).split('\n\n').filter((event) => event.startsWith('event'));

    expect(events.at(-1)).toBe('event: complete\ndata: ');
    expect(events.at(-2)).toContain('"code":"SUBSCRIPTION_TOO_SLOW"');
    expect(events.filter((event) => event.includes('"flood":"x'))).toHaveLength(server.engine.pulled);
  });

  it('cut a client that never reads on', async () => {
    await using server = await startTransports({ stallMs: 100, graceMs: 200 });
    await using _stream = await openHttpStream(server.url, ACCEPT, { query: 'subscription { flood(bytes: 100000) }' });

    await eventually(async () => server.engine.pulled > 0 && (await server.connections()) === 0, 10_000);

    expect(server.engine.running.size).toBe(0);
  });

  it('serve other clients while one does not read', async () => {
    await using server = await startTransports();
    await using _stalled = await openHttpStream(server.url, ACCEPT, { query: 'subscription { flood(bytes: 100000) }' });
    await using reading = await openHttpStream(server.url, ACCEPT, { query: 'subscription { count(upTo: 1000) }' });

    expect(await reading.readAll()).toContain('{"count":1000}');
  });
});
