import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { openWebSocket, type RawWebSocket } from '../support/raw-websocket.ts';
import { startTransports, type TransportServer } from '../support/transport-server.ts';

/** One test for each rule that https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md has for servers, in its order. */
const PROTOCOL = 'graphql-transport-ws';
const TOPIC = 'subscription { topic(name: "a") }';

let server: TransportServer;
let impatient: TransportServer;
beforeAll(async () => {
  server = await startTransports();
  impatient = await startTransports({ initTimeoutMs: 700 });
});
afterAll(async () => {
  await server.stop();
  await impatient.stop();
});

const open = (): Promise<RawWebSocket> => openWebSocket(server.webSocketUrl, PROTOCOL);
const subscribe = (id: string, query: string, more: object = {}): object => ({ id, type: 'subscribe', payload: { query, ...more } });
const running = (count: number, withinMs = 5_000): Promise<unknown> => eventually(() => server.engine.running.size === count, withinMs, 5);

async function openInitialised(): Promise<RawWebSocket> {
  const client = await open();
  client.send({ type: 'connection_init' });
  expect(await client.next()).toEqual({ type: 'connection_ack' });
  return client;
}

/** What comes until a pong does: everything that the server had to say before it read our ping. */
async function untilPong(client: RawWebSocket): Promise<unknown[]> {
  client.send({ type: 'ping' });
  const seen: unknown[] = [];
  for (;;) {
    const message = await client.next();
    if (Array.isArray(message)) throw new Error(`expected a pong, and the socket was closed with ${message.join(' ')}`);
    if ((message as { type: string }).type === 'pong') return seen;
    seen.push(message);
  }
}

describe('graphql-transport-ws: communication', () => {
  it('the server MUST speak the sub-protocol graphql-transport-ws when a client offers it, whatever else it offers', async () => {
    const socket = new WebSocket(server.webSocketUrl, ['another', 'graphql-ws', PROTOCOL]);
    await new Promise((resolve) => socket.once('open', resolve));

    expect(socket.protocol).toBe(PROTOCOL);
    socket.terminate();
  });

  it('every message MUST have a type, and one that belongs to an operation its id', async () => {
    await using client = await openInitialised();
    client.send(subscribe('one', 'subscription { count(upTo: 2) }'));
    client.send(subscribe('two', '{ nothing }'));

    const seen = [await client.next(), await client.next(), await client.next(), await client.next()] as { id: string; type: string }[];

    expect(seen.map(({ id, type }) => `${id} ${type}`).sort()).toEqual(['one complete', 'one next', 'one next', 'two error']);
  });

  it('operations with ids of their own MAY be active at any time, their messages interleaved', async () => {
    await using client = await openInitialised();
    client.send(subscribe('a', 'subscription { topic(name: "a") }'));
    client.send(subscribe('b', 'subscription { topic(name: "b") }'));
    await running(2);

    for (const topic of ['a', 'b', 'a']) {
      server.engine.push(topic, 'text');
      expect(await client.next()).toEqual({ id: topic, type: 'next', payload: { data: { topic: 'text' } } });
    }
  });

  it('the server MUST end everything upstream when the client closes with 1000', async () => {
    await using client = await openInitialised();
    client.send(subscribe('1', TOPIC));
    client.send(subscribe('2', '{ never }'));
    await running(2);

    client.socket.close(1000, 'Normal Closure');

    await running(0);
    expect((await client.closed())[0]).toBe(1000);
  });
});

describe('graphql-transport-ws: ConnectionInit and ConnectionAck', () => {
  it('the server MUST acknowledge a connection_init, and only one', async () => {
    await using client = await open();

    client.send({ type: 'connection_init' });

    expect(await untilPong(client)).toEqual([{ type: 'connection_ack' }]);
  });

  it.each([null, {}, { token: 'x', nested: { a: [1] } }])('a connection_init MAY have the payload %j', async (payload) => {
    await using client = await open();

    client.send({ type: 'connection_init', payload });

    expect(await client.next()).toEqual({ type: 'connection_ack' });
  });

  it('the server MUST close with 4408 when no connection_init comes in the time it allows, and only then', async () => {
    await using introduced = await openWebSocket(impatient.webSocketUrl, PROTOCOL);
    introduced.send({ type: 'connection_init' });
    await using silent = await openWebSocket(impatient.webSocketUrl, PROTOCOL);

    expect(await silent.closed()).toEqual([4408, 'Connection initialisation timeout']);
    expect(await untilPong(introduced)).toEqual([{ type: 'connection_ack' }]);
  });

  it('the server MUST close with 4429 at a second connection_init, also while the first is being answered', async () => {
    await using client = await open();

    client.send({ type: 'connection_init' });
    client.send({ type: 'connection_init' });

    expect(await client.closed()).toEqual([4429, 'Too many initialisation requests']);
  });

  it('the server MUST close with 4401 at a subscribe before the acknowledgement, and execute nothing', async () => {
    await using client = await open();
    const before = server.engine.sum;

    client.send(subscribe('1', 'mutation { add }'));
    client.send({ type: 'connection_init' });

    expect(await client.closed()).toEqual([4401, 'Unauthorized']);
    expect(server.engine.sum).toBe(before);
  });
});

describe('graphql-transport-ws: Ping and Pong', () => {
  it('the server MUST answer a ping with a pong at any time, before connection_init too', async () => {
    await using client = await open();
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });

    client.send({ type: 'connection_init' });
    client.send({ type: 'ping' });

    expect([await client.next(), await client.next()]).toEqual([{ type: 'connection_ack' }, { type: 'pong' }]);
  });

  it('the server MUST answer a ping as soon as possible, while operations of the socket are at work', async () => {
    await using client = await openInitialised();
    client.send(subscribe('1', '{ never }'));
    client.send(subscribe('2', TOPIC));
    await running(2);

    expect(await untilPong(client)).toEqual([]);
  });

  it.each([{ a: 1 }, null])('a ping MAY have the payload %j', async (payload) => {
    await using client = await open();

    client.send({ type: 'ping', payload });

    expect(await client.next()).toEqual({ type: 'pong', ...(payload ? { payload } : {}) });
  });

  it.each([{ type: 'pong' }, { type: 'pong', payload: null }, { type: 'pong', payload: { a: 1 } }])(
    'the server MUST take a pong that nobody asked for: %j',
    async (pong) => {
      await using client = await open();

      client.send(pong);

      expect(await untilPong(client)).toEqual([]);
    },
  );
});

describe('graphql-transport-ws: Subscribe', () => {
  it('operationName, variables and extensions MAY be null', async () => {
    await using client = await openInitialised();

    client.send(subscribe('1', '{ hello }', { operationName: null, variables: null, extensions: null }));

    expect(await client.next()).toEqual({ id: '1', type: 'next', payload: { data: { hello: 'hello world' } } });
  });

  it('operationName and variables MUST be used when they are there', async () => {
    await using client = await openInitialised();
    const query = 'query A { hello } query B($name: String) { hello(name: $name) }';

    client.send(subscribe('1', query, { operationName: 'B', variables: { name: 'Ana' }, extensions: { any: 1 } }));

    expect(await client.next()).toEqual({ id: '1', type: 'next', payload: { data: { hello: 'hello Ana' } } });
  });

  it.each([
    ['a subscription, by a subscription', TOPIC, TOPIC],
    ['a subscription, by a query', TOPIC, '{ hello }'],
    ['a query, by a query', '{ never }', '{ hello }'],
    ['a query, by a mutation', '{ never }', 'mutation { add }'],
  ])('the server MUST close with 4409 when the id of an active operation is used again: %s', async (_what, first, second) => {
    await using client = await openInitialised();
    const before = server.engine.sum;
    client.send(subscribe('a', first));
    await running(1);

    client.send(subscribe('a', second));

    expect(await client.closed()).toEqual([4409, 'Subscriber for a already exists']);
    await running(0);
    expect(server.engine.sum).toBe(before);
  });

  it('an id MUST be free again once the server has completed its operation', async () => {
    await using client = await openInitialised();

    for (let count = 0; count < 3; count += 1) {
      client.send(subscribe('a', '{ hello }'));
      expect([await client.next(), await client.next()]).toMatchObject([
        { id: 'a', type: 'next' },
        { id: 'a', type: 'complete' },
      ]);
    }
  });

  it('an id MUST be free again once the client has completed its operation, in the very next message', async () => {
    await using client = await openInitialised();
    client.send(subscribe('a', TOPIC));
    await running(1);

    client.send({ id: 'a', type: 'complete' });
    client.send(subscribe('a', '{ hello }'));

    expect([await client.next(), await client.next()]).toEqual([
      { id: 'a', type: 'next', payload: { data: { hello: 'hello world' } } },
      { id: 'a', type: 'complete' },
    ]);
    await running(0);
  });

  it('an id MUST be free again after an error', async () => {
    await using client = await openInitialised();
    client.send(subscribe('a', '{ nothing }'));
    expect(await client.next()).toMatchObject({ id: 'a', type: 'error' });

    client.send(subscribe('a', '{ hello }'));

    expect(await client.next()).toMatchObject({ id: 'a', type: 'next' });
  });

  it('sockets MUST NOT share ids', async () => {
    await using one = await openInitialised();
    await using other = await openInitialised();
    one.send(subscribe('a', TOPIC));
    await running(1);

    other.send(subscribe('a', '{ hello }'));

    expect(await other.next()).toMatchObject({ id: 'a', type: 'next' });
    one.socket.terminate();
    await running(0);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])('an id MAY be any text: %s', async (id) => {
    await using client = await openInitialised();

    client.send(subscribe(id, '{ hello }'));

    expect([await client.next(), await client.next()]).toMatchObject([
      { id, type: 'next' },
      { id, type: 'complete' },
    ]);
  });
});

describe('graphql-transport-ws: Next, Error and Complete', () => {
  it('complete MUST follow after all results of a subscription, and nothing after it', async () => {
    await using client = await openInitialised();

    client.send(subscribe('1', 'subscription { count(upTo: 3) }'));

    expect([await client.next(), await client.next(), await client.next(), await client.next()]).toEqual([
      { id: '1', type: 'next', payload: { data: { count: 1 } } },
      { id: '1', type: 'next', payload: { data: { count: 2 } } },
      { id: '1', type: 'next', payload: { data: { count: 3 } } },
      { id: '1', type: 'complete' },
    ]);
    expect(await untilPong(client)).toEqual([]);
  });

  it.each([
    ['query', '{ hello }', { hello: 'hello world' }],
    ['mutation', 'mutation { add(by: 0) }', { add: 0 }],
  ])('a %s MUST bring at most one next, then complete', async (_kind, query, data) => {
    await using client = await openInitialised();

    client.send(subscribe('1', query));

    expect([await client.next(), await client.next()]).toEqual([
      { id: '1', type: 'next', payload: { data } },
      { id: '1', type: 'complete' },
    ]);
    expect(await untilPong(client)).toEqual([]);
  });

  it('an error in a field is a result: it comes in next, and complete MUST follow', async () => {
    await using client = await openInitialised();

    client.send(subscribe('1', '{ broken }'));

    expect([await client.next(), await client.next()]).toMatchObject([
      { id: '1', type: 'next', payload: { data: null, errors: [{ path: ['broken'] }] } },
      { id: '1', type: 'complete' },
    ]);
  });

  it.each([
    ['no GraphQL', '{', {}, 'GRAPHQL_PARSE_FAILED'],
    ['a field that does not exist', '{ nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['an operation that does not exist', '{ hello }', { operationName: 'A' }, 'OPERATION_RESOLUTION_FAILURE'],
    ['a variable that does not fit', 'query ($v: Int!) { echo(value: $v) }', { variables: { v: 'x' } }, 'BAD_USER_INPUT'],
    ['a subscription that is refused', 'subscription { refused }', {}, 'BAD_USER_INPUT'],
  ])('what fails before execution MUST come as one error with a list, and no complete after it: %s', async (_what, query, more, code) => {
    await using client = await openInitialised();

    client.send(subscribe('1', query, more));

    expect(await client.next()).toEqual({ id: '1', type: 'error', payload: [expect.objectContaining({ extensions: { code } })] });
    expect(await untilPong(client)).toEqual([]);
  });

  it('an error during execution MUST end the operation: no message after it', async () => {
    await using client = await openInitialised();

    client.send(subscribe('1', 'subscription { failing(after: 1) }'));

    expect([await client.next(), await client.next()]).toMatchObject([
      { id: '1', type: 'next' },
      { id: '1', type: 'error', payload: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] },
    ]);
    expect(await untilPong(client)).toEqual([]);
    await running(0);
  });

  it('no event MUST be sent after the complete of the client, and upstream MUST end', async () => {
    await using client = await openInitialised();
    client.send(subscribe('1', TOPIC));
    await running(1);

    client.send({ id: '1', type: 'complete' });
    await running(0);
    server.engine.push('a', 'too late');

    expect(await untilPong(client)).toEqual([]);
  });

  it('no result of a query MUST be sent after the complete of the client', async () => {
    await using client = await openInitialised();
    client.send(subscribe('1', '{ never }'));
    await running(1);

    client.send({ id: '1', type: 'complete' });

    await running(0); // that is when it answers
    expect(await untilPong(client)).toEqual([]);
  });

  it('the server MUST ignore a complete for an operation that it has completed itself, or never knew', async () => {
    await using client = await openInitialised();
    client.send(subscribe('1', '{ hello }'));
    await client.next();
    await client.next();

    client.send({ id: '1', type: 'complete' });
    client.send({ id: 'never known', type: 'complete' });

    expect(await untilPong(client)).toEqual([]);
  });
});

describe('graphql-transport-ws: invalid messages', () => {
  it.each([
    ['text that is no JSON', 'garbage'],
    ['no text at all', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['no type', {}],
    ['a type that is no text', { type: 1 }],
    ['an unknown type', { type: 'hello' }],
    ['a message that only servers send: connection_ack', { type: 'connection_ack' }],
    ['a message that only servers send: next without a payload', { type: 'next', id: '1' }],
    ['a message that only servers send: next', { type: 'next', id: '1', payload: {} }],
    ['a message that only servers send: error', { type: 'error', id: '1', payload: [{ message: 'x' }] }],
    ['a ping whose payload is text', { type: 'ping', payload: 'x' }],
    ['a pong whose payload is a list', { type: 'pong', payload: [] }],
    ['a subscribe without an id', { type: 'subscribe', payload: { query: '{ hello }' } }],
    ['a subscribe with an empty id', { type: 'subscribe', id: '', payload: { query: '{ hello }' } }],
    ['a subscribe whose id is a number', { type: 'subscribe', id: 1, payload: { query: '{ hello }' } }],
    ['a subscribe without a payload', { type: 'subscribe', id: '1' }],
    ['a subscribe without a query', { type: 'subscribe', id: '1', payload: {} }],
    ['an operationName that is a number', subscribe('1', '{ hello }', { operationName: 1 })],
    ['variables that are a list', subscribe('1', '{ hello }', { variables: [] })],
    ['extensions that are text', subscribe('1', '{ hello }', { extensions: 'x' })],
    ['a complete without an id', { type: 'complete' }],
    ['a binary frame', Buffer.from('{"type":"ping"}')],
  ])('the server MUST close with 4400 and a reason at once: %s', async (_what, message) => {
    await using client = await openInitialised();
    const before = server.engine.sum;

    client.send(message);
    client.send(subscribe('behind it', 'mutation { add }'));

    expect(await client.closed()).toEqual([4400, expect.stringMatching(/./)]);
    expect(server.engine.sum).toBe(before);
  });

  it.each(['x', [], 7])('the server MUST close with 4400 at a connection_init with the payload %j', async (payload) => {
    await using client = await open();

    client.send({ type: 'connection_init', payload });

    expect((await client.closed())[0]).toBe(4400);
  });
});
