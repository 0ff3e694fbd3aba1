import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/graphql-client.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { AsyncStack, startPayments, type RunningSubgraph } from '../support/subgraph-services.ts';

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: { readonly message?: string; readonly extensions?: { readonly code?: string } }[] & {
    readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
  };
}

/** A client that says what it likes. */
interface RawClient {
  readonly received: Message[];
  readonly closed: Promise<number>;
  send(message: unknown): void;
}

describe('the WebSocket side of a subgraph', () => {
  const stack = new AsyncStack();
  let payments: RunningSubgraph;

  beforeAll(async () => {
    const database = stack.use(await createTestDatabase('payments'));
    payments = stack.use(await startPayments({ databaseUrl: database.url, broker: createMemoryBroker() }));
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const connect = async (options: { protocol?: string; path?: string } = {}): Promise<RawClient> => {
    const { protocol = 'graphql-transport-ws', path = '/graphql' } = options;
    const url = new URL(path, payments.url.replace(/^http/, 'ws'));
    const socket = new WebSocket(url, protocol);
    const received: Message[] = [];
    socket.on('message', (bytes) => received.push(JSON.parse(String(bytes)) as Message));
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    await new Promise<void>((resolve, reject) => {
      socket.on('open', () => resolve());
      socket.on('error', reject);
    });
    stack.use({ [Symbol.asyncDispose]: async () => socket.terminate() });
    return {
      received,
      closed,
      send: (message) => socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)),
    };
  };
  const initialised = async (): Promise<RawClient> => {
    const client = await connect();
    client.send({ type: 'connection_init' });
    await eventually(() => client.received.some((message) => message.type === 'connection_ack'));
    return client;
  };
  const subscribe = (query: string, variables?: Record<string, unknown>, id = '1'): unknown => ({
    id,
    type: 'subscribe',
    payload: { query, variables },
  });

  it.each<[string, readonly unknown[], number]>([
    ['a frame that is not JSON', ['garbage'], 4400],
    ['JSON that is no message', ['{"type":"party"}'], 4400],
    ['a binary frame of nonsense', [Buffer.from([0, 1, 2, 255])], 4400],
    ['subscribe before connection_init', [subscribe('subscription { paymentProcessed { cursor } }')], 4401],
    ['a second connection_init', [{ type: 'connection_init' }, { type: 'connection_init' }], 4429],
    [
      'an id that is in use',
      [
        { type: 'connection_init' },
        subscribe('subscription { paymentProcessed { cursor } }'),
        subscribe('subscription { paymentProcessed { cursor } }'),
      ],
      4409,
    ],
    ['a message of 2 MB', [`"${'x'.repeat(2_000_000)}"`], 1009],
    ['nothing for three seconds', [], 4408],
  ])("%s closes the socket with the protocol's code", async (_what, messages, code) => {
    const client = await connect();

    for (const [index, message] of messages.entries()) {
      client.send(message);
      if (index === 0 && messages.length > 2) await eventually(() => client.received.length > 0);
    }

    expect(await client.closed).toBe(code);
    expect(await ask(payments.url, '{ __typename }')).toEqual({ __typename: 'Query' });
  });

  it('another subprotocol is refused', async () => {
    await expect(connect({ protocol: 'graphql-ws' })).rejects.toThrow();
  });

  it('another path is 404', async () => {
    await expect(connect({ path: '/other' })).rejects.toThrow('404');
  });

  it.each([
    ['a query', '{ __typename }', 'BAD_REQUEST'],
    ['a mutation, for a foreign page could send it', 'mutation { pauseProcessing { paused } }', 'BAD_REQUEST'],
    ['a syntax error', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'two operations without a name',
      'subscription A { paymentProcessed { cursor } } subscription B { paymentProcessed { cursor } }',
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['a document nested 10,000 deep', '{a'.repeat(10_000), 'GRAPHQL_PARSE_FAILED'],
    ['20,000 tokens', `subscription { paymentProcessed { ${'cursor '.repeat(20_000)} } }`, 'GRAPHQL_PARSE_FAILED'],
    ['a wrong literal', 'subscription { paymentProcessed(after: 7) { cursor } }', 'BAD_USER_INPUT'],
  ])('%s ends the operation with an error, and the socket stays', async (_what, query, code) => {
    const client = await initialised();

    client.send(subscribe(query));
    const error = await eventually(() => client.received.find((message) => message.type === 'error'));
    client.send({ type: 'ping' });

    expect(error.payload?.[0]?.extensions?.code).toBe(code);
    await eventually(() => client.received.some((message) => message.type === 'pong'));
    expect(await ask(payments.url, '{ processing { paused } }')).toEqual({ processing: { paused: false } });
  });

  it.each([
    ['a wrong cursor', { after: 'nonsense' }],
    ['a wrong variable', { after: 7 }],
    ['a user id with a NUL byte', { userId: 'a\u0000' }],
  ])('%s is BAD_USER_INPUT, then the operation is complete', async (_what, variables) => {
    const client = await initialised();

    client.send(
      subscribe('subscription ($userId: ID, $after: String) { paymentProcessed(userId: $userId, after: $after) { cursor } }', variables),
    );
    await eventually(() => client.received.some((message) => message.type === 'complete'));

    const next = client.received.find((message) => message.type === 'next');
    expect(next?.payload?.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: Object.keys(variables)[0] });
  });

  it('an id may be used again after complete', async () => {
    const client = await initialised();
    const query = 'subscription { paymentProcessed { cursor } }';

    for (let round = 0; round < 5; round += 1) {
      client.send(subscribe(query));
      client.send({ id: '1', type: 'complete' });
      client.send({ type: 'ping' });
      await eventually(() => client.received.filter((message) => message.type === 'pong').length > round);
    }

    expect(client.received.filter((message) => message.type === 'error')).toEqual([]);
  });
});
