import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { openHttpStream } from '../support/raw-http-stream.ts';
import { TOKEN_HEADER, openEventStream, reserve, sendOperation, stopOperation, type EventStream } from '../support/single-connection.ts';
import { startTransports, type TransportServer } from '../support/transport-server.ts';

/** One test for each rule that https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md has for servers, in its order. */
let server: TransportServer;
beforeAll(async () => {
  server = await startTransports();
});
afterAll(async () => server.stop());

const ACCEPT = 'text/event-stream';
const EVENT_STREAM = 'text/event-stream; charset=utf-8';
const TOPIC = { query: 'subscription { topic(name: "a") }' };
const running = (count: number, withinMs = 5_000): Promise<unknown> => eventually(() => server.engine.running.size === count, withinMs, 5);

const REFUSALS: readonly (readonly [what: string, request: { query: string; operationName?: string; variables?: object }, code: string])[] =
  [
    ['no GraphQL', { query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    ['a field that does not exist', { query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['an operation that does not exist', { query: '{ hello }', operationName: 'A' }, 'OPERATION_RESOLUTION_FAILURE'],
  ];

describe('graphql-sse, distinct connections mode', () => {
  it.each([
    ['a query', '{ hello }'],
    ['a mutation', 'mutation { add(by: 0) }'],
    ['a subscription', 'subscription { count(upTo: 1) }'],
    ['what is no GraphQL', '{'],
    ['what the schema does not have', '{ nothing }'],
  ])('Content-Type MUST be text/event-stream: %s', async (_what, query) => {
    await using stream = await openHttpStream(server.url, ACCEPT, { query });

    expect([stream.response.statusCode, stream.response.headers['content-type']]).toEqual([200, EVENT_STREAM]);
  });

  it.each([
    ...REFUSALS,
    ['a variable that does not fit', { query: 'query ($v: Int!) { echo(value: $v) }', variables: { v: 'x' } }, 'BAD_USER_INPUT'],
  ] as typeof REFUSALS)(
    'errors before execution MUST be reported through an accepted stream, as next with the errors: %s',
    async (_what, request, code) => {
      await using stream = await openHttpStream(server.url, ACCEPT, request as never);
      await stream.readUntil(':\n\n');

      const [, result] = /^event: next\ndata: (.*)\n\n$/.exec(await stream.readUntil('\n\n')) ?? [];

      expect(JSON.parse(result ?? '{}')).toEqual({ errors: [expect.objectContaining({ extensions: { code } })] });
      expect(await stream.readAll()).toBe('event: complete\ndata: \n\n');
    },
  );

  it.each(['POST', 'GET'])('requests MUST be taken as the GraphQL over HTTP specification says: %s', async (method) => {
    const operation = { query: 'query ($n: String) { hello(name: $n) }', variables: { n: 'Ana' } };
    const search = new URLSearchParams({ query: operation.query, variables: JSON.stringify(operation.variables) });
    const response =
      method === 'GET'
        ? await fetch(`${server.url}?${search}`, { headers: { accept: ACCEPT } })
        : await fetch(server.url, {
            method,
            headers: { accept: ACCEPT, 'content-type': 'application/json' },
            body: JSON.stringify(operation),
          });

    expect(await response.text()).toBe(':\n\nevent: next\ndata: {"data":{"hello":"hello Ana"}}\n\nevent: complete\ndata: \n\n');
  });

  it('what is no request by that specification is refused by its status', async () => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { accept: ACCEPT, 'content-type': 'application/json' },
      body: '{',
    });

    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/json; charset=utf-8']);
  });

  it.each(['subscription { topic(name: "a") }', '{ never }'])(
    'the operation MUST end when its client closes the connection: %s',
    async (query) => {
      const stream = await openHttpStreamOrNothingYet(query);
      await running(1);

      stream.destroy();

      await running(0);
    },
  );

  it('next MUST carry each result as it comes, and complete MUST follow after all of them, with an empty data field for EventSource', async () => {
    await using stream = await openHttpStream(server.url, ACCEPT, TOPIC);
    expect(await stream.readUntil('\n\n')).toBe(':\n\n');
    await running(1);

    server.engine.push('a', 'line one\nline two');
    expect(await stream.readUntil('\n\n')).toBe('event: next\ndata: {"data":{"topic":"line one\\nline two"}}\n\n');
    server.engine.push('a', '🎉');
    expect(await stream.readUntil('\n\n')).toBe('event: next\ndata: {"data":{"topic":"🎉"}}\n\n');
    server.engine.end('a');

    expect(await stream.readAll()).toBe('event: complete\ndata: \n\n');
  });
});

describe('graphql-sse, single connection mode: reservations', () => {
  it('a PUT MUST be answered with 201 and a one-time token in the body', async () => {
    const [one, other] = await Promise.all([fetch(server.url, { method: 'PUT' }), fetch(server.url, { method: 'PUT' })]);

    expect([one.status, one.headers.get('content-type')]).toEqual([201, 'text/plain; charset=utf-8']);
    const tokens = [await one.text(), await other.text()];
    expect(tokens[0]).toMatch(/^[\w-]{43}$/); // 256 random bits
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  it.each(['text/plain', '*/*', 'text/*;q=0.1', 'application/json, text/plain'])('a PUT MAY accept %s', async (accept) => {
    expect((await fetch(server.url, { method: 'PUT', headers: { accept } })).status).toBe(201);
  });

  it.each(['application/json', 'text/event-stream', 'text/plain;q=0'])('a PUT that accepts no plain text is 406: %s', async (accept) => {
    expect((await fetch(server.url, { method: 'PUT', headers: { accept } })).status).toBe(406);
  });

  it('the stream MAY present its token in a header', async () => {
    await using stream = await openEventStream(server.url, await reserve(server.url));

    expect([stream.response.statusCode, stream.response.headers['content-type']]).toEqual([200, EVENT_STREAM]);
  });

  it('the stream MAY present its token in the URL, as an EventSource must', async () => {
    const token = await reserve(server.url);
    const left = new AbortController();

    const response = await fetch(`${server.url}?token=${token}`, { headers: { accept: ACCEPT }, signal: left.signal });

    expect([response.status, response.headers.get('content-type')]).toEqual([200, EVENT_STREAM]);
    left.abort();
  });

  it('the stream MAY be opened by POST', async () => {
    const token = await reserve(server.url);
    const left = new AbortController();

    const response = await fetch(server.url, { method: 'POST', headers: { accept: ACCEPT, [TOKEN_HEADER]: token }, signal: left.signal });

    expect(response.status).toBe(200);
    left.abort();
  });

  it('there MUST NOT be two streams for one reservation at a time: the second is 409, and the first goes on', async () => {
    const token = await reserve(server.url);
    await using stream = await openEventStream(server.url, token);

    const second = await fetch(server.url, { headers: { accept: ACCEPT, [TOKEN_HEADER]: token } });

    expect([second.status, await codeOf(second)]).toEqual([409, 'STREAM_ALREADY_OPEN']);
    await sendOperation(server.url, token, '1', { query: '{ hello }' });
    expect(await stream.next()).toMatchObject({ event: 'next', data: { id: '1' } });
  });

  it('a token MUST NOT work a second time, after its stream has ended', async () => {
    const token = await reserve(server.url);
    const stream = await openEventStream(server.url, token);
    await sendOperation(server.url, token, '1', TOPIC);
    await running(1);
    await stream[Symbol.asyncDispose]();
    await running(0);

    const again = await fetch(server.url, { headers: { accept: ACCEPT, [TOKEN_HEADER]: token } });

    expect([again.status, await codeOf(again)]).toEqual([404, 'STREAM_NOT_FOUND']);
  });
});

describe('graphql-sse, single connection mode: operations', () => {
  it.each(['POST', 'GET'])('results MUST come over the stream, and the request itself is 202 without a body: %s', async (method) => {
    await using single = await openSingle();
    const extensions = { operationId: 'one' };
    const search = new URLSearchParams({ query: '{ hello }', extensions: JSON.stringify(extensions) });

    const response =
      method === 'GET'
        ? await fetch(`${server.url}?${search}`, { headers: { [TOKEN_HEADER]: single.token } })
        : await sendOperation(server.url, single.token, 'one', { query: '{ hello }' });

    expect([response.status, await response.text()]).toEqual([202, '']);
    expect(await single.next()).toEqual({ event: 'next', data: { id: 'one', payload: { data: { hello: 'hello world' } } } });
    expect(await single.next()).toEqual({ event: 'complete', data: { id: 'one' } });
  });

  it('a request MAY present its token in the URL', async () => {
    await using single = await openSingle();

    const response = await fetch(`${server.url}?token=${single.token}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ hello }', extensions: { operationId: '1' } }),
    });

    expect(response.status).toBe(202);
    expect(await single.next()).toMatchObject({ event: 'next', data: { id: '1' } });
  });

  it('operations MAY be sent while there is only a reservation: their results come first when the stream opens', async () => {
    const token = await reserve(server.url);
    expect((await sendOperation(server.url, token, '1', { query: 'subscription { count(upTo: 2) }' })).status).toBe(202);

    await using stream = await openEventStream(server.url, token);

    expect([await stream.next(), await stream.next(), await stream.next()]).toEqual([
      { event: 'next', data: { id: '1', payload: { data: { count: 1 } } } },
      { event: 'next', data: { id: '1', payload: { data: { count: 2 } } } },
      { event: 'complete', data: { id: '1' } },
    ]);
  });

  it('every event MUST carry the id of its operation, when several run at a time', async () => {
    await using single = await openSingle();
    for (const topic of ['a', 'b'])
      await sendOperation(server.url, single.token, `the ${topic}`, { query: `subscription { topic(name: "${topic}") }` });
    await running(2);

    for (const topic of ['b', 'a', 'b']) {
      server.engine.push(topic, 'text');
      expect(await single.next()).toEqual({ event: 'next', data: { id: `the ${topic}`, payload: { data: { topic: 'text' } } } });
    }
    server.engine.end('a');
    expect(await single.next()).toEqual({ event: 'complete', data: { id: 'the a' } });
    await running(1);
  });

  it.each(REFUSALS)(
    'validation issues MUST be answered to the request itself, as GraphQL over HTTP says: %s',
    async (_what, request, code) => {
      await using single = await openSingle();

      const response = await sendOperation(server.url, single.token, '1', request);

      expect([response.status, response.headers.get('content-type'), await codeOf(response)]).toEqual([
        400,
        'application/json; charset=utf-8',
        code,
      ]);
      await sendOperation(server.url, single.token, '1', { query: '{ hello }' }); // the id is free, and nothing was said about it
      expect(await single.next()).toMatchObject({ event: 'next', data: { id: '1', payload: { data: { hello: 'hello world' } } } });
    },
  );

  it.each([
    ['a mutation by GET', { method: 'GET', search: `query=${encodeURIComponent('mutation{add}')}&extensions={"operationId":"1"}` }, 405],
    ['a body that is no JSON', { body: '{' }, 400],
    ['a body of another type', { body: '{}', headers: { 'content-type': 'text/plain' } }, 415],
    ['no query', { body: '{"extensions":{"operationId":"1"}}' }, 400],
    [
      'a type of answer that is none',
      { body: '{"query":"{ hello }","extensions":{"operationId":"1"}}', headers: { accept: 'image/png' } },
      406,
    ],
  ] as const)('other problems of a request MUST be answered as GraphQL over HTTP says: %s', async (_what, init, status) => {
    await using single = await openSingle();
    const { search = '', ...rest } = { headers: {}, ...init } as RequestInit & { search?: string };

    const response = await fetch(`${server.url}?${search}`, {
      method: 'POST',
      ...rest,
      headers: { 'content-type': 'application/json', [TOKEN_HEADER]: single.token, ...(rest.headers as Record<string, string>) },
    });

    expect(response.status).toBe(status);
  });

  it.each([undefined, '', 7, {}, 'x'.repeat(201)])(
    'an operation SHOULD have an id in extensions.operationId; without a usable one it is 400: %j',
    async (id) => {
      await using single = await openSingle();

      const response = await sendOperation(server.url, single.token, id, { query: '{ hello }' });

      expect([response.status, await codeOf(response)]).toEqual([400, 'BAD_REQUEST']);
    },
  );

  it('an id MUST be unique: that of an operation at work is 409, and the operation goes on', async () => {
    await using single = await openSingle();
    await sendOperation(server.url, single.token, '1', TOPIC);
    await running(1);

    const second = await sendOperation(server.url, single.token, '1', { query: '{ hello }' });

    expect([second.status, await codeOf(second)]).toEqual([409, 'OPERATION_EXISTS']);
    server.engine.push('a', 'still here');
    expect(await single.next()).toMatchObject({ event: 'next', data: { id: '1', payload: { data: { topic: 'still here' } } } });
  });

  it('an error in the middle of a stream comes as next with the errors, and complete follows', async () => {
    await using single = await openSingle();

    await sendOperation(server.url, single.token, '1', { query: 'subscription { failing(after: 1) }' });

    expect([await single.next(), await single.next(), await single.next()]).toMatchObject([
      { event: 'next', data: { id: '1', payload: { data: { failing: 1 } } } },
      { event: 'next', data: { id: '1', payload: { errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] } } },
      { event: 'complete', data: { id: '1' } },
    ]);
  });

  it('a DELETE with the operationId MUST stop a streaming operation, and the stream stays for the others', async () => {
    await using single = await openSingle();
    await sendOperation(server.url, single.token, '1', TOPIC);
    await sendOperation(server.url, single.token, '2', TOPIC);
    await running(2);

    const response = await stopOperation(server.url, single.token, '1');

    expect([response.status, await response.text()]).toEqual([200, '']);
    await running(1);
    expect(await single.next()).toEqual({ event: 'complete', data: { id: '1' } });
    server.engine.push('a', 'only for the other');
    expect(await single.next()).toEqual({ event: 'next', data: { id: '2', payload: { data: { topic: 'only for the other' } } } });
  });

  it('a DELETE without an operationId is 400, and without a token 404', async () => {
    const token = await reserve(server.url);

    const withoutId = await fetch(server.url, { method: 'DELETE', headers: { [TOKEN_HEADER]: token } });
    const withoutToken = await fetch(`${server.url}?operationId=1`, { method: 'DELETE' });

    expect([withoutId.status, await codeOf(withoutId)]).toEqual([400, 'BAD_REQUEST']);
    expect([withoutToken.status, await codeOf(withoutToken)]).toEqual([404, 'STREAM_NOT_FOUND']);
  });

  it('an id MUST be free again after a DELETE', async () => {
    await using single = await openSingle();
    await sendOperation(server.url, single.token, '1', TOPIC);
    await stopOperation(server.url, single.token, '1');
    expect(await single.next()).toEqual({ event: 'complete', data: { id: '1' } });

    expect((await sendOperation(server.url, single.token, '1', { query: '{ hello }' })).status).toBe(202);

    expect(await single.next()).toMatchObject({ event: 'next', data: { id: '1', payload: { data: { hello: 'hello world' } } } });
  });
});

async function openSingle(): Promise<EventStream & { readonly token: string }> {
  const token = await reserve(server.url);
  return { token, ...(await openEventStream(server.url, token)) };
}

async function codeOf(response: Response): Promise<unknown> {
  const { errors } = (await response.json()) as { errors: readonly { extensions: { code: string } }[] };
  return errors[0]?.extensions.code;
}

/** A query that never answers has no response yet. */
async function openHttpStreamOrNothingYet(query: string): Promise<{ destroy(): void }> {
  const left = new AbortController();
  fetch(server.url, {
    method: 'POST',
    headers: { accept: ACCEPT, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    signal: left.signal,
  }).catch(() => undefined);
  return { destroy: () => left.abort() };
}
