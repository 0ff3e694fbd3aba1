import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { openWebSocket, type RawWebSocket } from '../support/raw-websocket.ts';
import { startTransports, type TransportServer } from '../support/transport-server.ts';

let server: TransportServer;
beforeAll(async () => {
  server = await startTransports();
});
afterAll(async () => server.stop());

const open = (): Promise<RawWebSocket> => openWebSocket(server.webSocketUrl, 'graphql-ws');
const start = (id: string, query: string): object => ({ id, type: 'start', payload: { query } });

async function openInitialised(): Promise<RawWebSocket> {
  const client = await open();
  client.send({ type: 'connection_init', payload: {} });
  expect([await client.next(), await client.next()]).toEqual([{ type: 'connection_ack' }, { type: 'ka' }]);
  return client;
}

describe('the legacy protocol graphql-ws (subscriptions-transport-ws)', () => {
  it('brings data and complete, with connection_ack and a keep-alive first', async () => {
    await using client = await openInitialised();

    client.send(start('1', 'subscription { count(upTo: 2) }'));

    expect([await client.next(), await client.next(), await client.next()]).toEqual([
      { id: '1', type: 'data', payload: { data: { count: 1 } } },
      { id: '1', type: 'data', payload: { data: { count: 2 } } },
      { id: '1', type: 'complete' },
    ]);
  });

  it('is chosen only when the client does not speak the newer one', async () => {
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(server.webSocketUrl, ['graphql-ws', 'graphql-transport-ws']);
    await new Promise((resolve) => socket.once('open', resolve));

    expect(socket.protocol).toBe('graphql-transport-ws');
    socket.terminate();
  });

  it('tells a refusal in the form that old clients read: an error with its errors', async () => {
    await using client = await openInitialised();

    client.send(start('1', '{ nothing }'));

    expect(await client.next()).toEqual({
      id: '1',
      type: 'error',
      payload: {
        message: expect.stringContaining('nothing'),
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
        errors: [expect.objectContaining({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })],
      },
    });
  });

  it.each([{}, null, { query: 1 }, { query: '{ hello }', variables: [] }])(
    'tells that a start has no usable payload: %j',
    async (payload) => {
      await using client = await openInitialised();

      client.send({ id: '1', type: 'start', payload });

      expect(await client.next()).toMatchObject({ id: '1', type: 'error', payload: { extensions: { code: 'BAD_REQUEST' } } });
    },
  );

  it('stop ends the operation and is answered with complete', async () => {
    await using client = await openInitialised();
    client.send(start('1', 'subscription { topic(name: "a") }'));
    await eventually(() => server.engine.running.size === 1, 1_000);

    client.send({ id: '1', type: 'stop' });
    client.send({ id: 'unknown', type: 'stop' });

    expect(await client.next()).toEqual({ id: '1', type: 'complete' });
    expect(server.engine.running.size).toBe(0);
  });

  it('a second start with an id replaces the first', async () => {
    await using client = await openInitialised();
    client.send(start('1', 'subscription { topic(name: "a") }'));
    await eventually(() => server.engine.running.size === 1, 1_000);

    client.send(start('1', '{ hello }'));

    expect([await client.next(), await client.next()]).toEqual([
      { id: '1', type: 'data', payload: { data: { hello: 'hello world' } } },
      { id: '1', type: 'complete' },
    ]);
    await eventually(() => server.engine.running.size === 0, 100, 5);
  });

  it('connection_terminate closes the socket', async () => {
    await using client = await openInitialised();

    client.send({ type: 'connection_terminate' });

    expect((await client.closed())[0]).toBe(1000);
  });

  it('sends keep-alives', async () => {
    await using nervous = await startTransports({ keepAliveMs: 20 });
    await using client = await openWebSocket(nervous.webSocketUrl, 'graphql-ws');
    client.send({ type: 'connection_init' });

    expect([await client.next(), await client.next(), await client.next(), await client.next()]).toEqual([
      { type: 'connection_ack' },
      { type: 'ka' },
      { type: 'ka' },
      { type: 'ka' },
    ]);
  });

  it.each([
    ['garbage', 'garbage', 4400],
    ['a binary frame', Buffer.from('{}'), 4400],
    ['an unknown type', { type: 'subscribe', id: '1' }, 4400],
    ['a start without an id', { type: 'start', payload: { query: '{ hello }' } }, 4400],
    ['a second connection_init', { type: 'connection_init' }, 4429],
  ])('%s is told as connection_error and closes the socket with its code', async (_what, message, code) => {
    await using client = await openInitialised();

    client.send(message);

    expect(await client.next()).toMatchObject({ type: 'connection_error', payload: { message: expect.any(String) } });
    expect((await client.closed())[0]).toBe(code);
  });

  it('a start before connection_init closes the socket with 4401', async () => {
    await using client = await open();

    client.send(start('1', '{ hello }'));

    expect((await client.closed())[0]).toBe(4401);
  });

  it('a client that never says connection_init is closed with 4408', async () => {
    await using impatient = await startTransports({ initTimeoutMs: 100 });
    await using client = await openWebSocket(impatient.webSocketUrl, 'graphql-ws');

    expect((await client.closed())[0]).toBe(4408);
  });
});
