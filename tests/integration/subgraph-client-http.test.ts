import { describe, expect, it } from '@jest/globals';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../gateway/subgraphs/http-client.ts';
import type { CallContext, SubgraphRequest } from '../../gateway/subgraphs/subgraph-client.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, startRawHttpServer } from '../support/raw-http-server.ts';

const context = (over: Partial<CallContext> = {}): CallContext => ({ headers: {}, signal: new AbortController().signal, ...over });
const query: SubgraphRequest = { query: 'query { me }', kind: 'query' };
const mutation: SubgraphRequest = { query: 'mutation { pay }', kind: 'mutation' };

function open(url: string, over: Partial<HttpClientOptions> = {}): HttpClient & AsyncDisposable {
  const client = createHttpClient({ name: 'users', url, timeoutMs: 2_000, ...over });
  return { ...client, [Symbol.asyncDispose]: async () => client.stop(Date.now() + 300) };
}

const failureOf = async (work: Promise<unknown>): Promise<{ code: unknown; message: string; retryable: unknown }> =>
  work.then(
    (value) => ({ code: 'answered', message: JSON.stringify(value), retryable: undefined }),
    (error: { code: unknown; message: string; retryable: unknown }) => error,
  );

describe('the HTTP client of a subgraph', () => {
  it('posts query, variables and operation name with the headers of the call, and keeps the connection', async () => {
    await using server = await startRawHttpServer((_request, response) => response.end('{"data":{"me":"Willis"}}'));
    await using client = open(server.url);

    for (let count = 0; count < 5; count += 1) {
      const answer = await client.execute(
        { query: 'query Me { me }', operationName: 'Me', variables: { a: 'ä' } },
        context({ headers: { 'x-request-id': 'r1', authorization: 'Bearer t' } }),
      );
      expect(answer.data).toEqual({ me: 'Willis' });
    }

    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ query: 'query Me { me }', operationName: 'Me', variables: { a: 'ä' } });
    expect(server.requests[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-request-id': 'r1',
      authorization: 'Bearer t',
      accept: expect.stringContaining('application/json'),
    });
    expect(server.sockets.size).toBe(1);
  });

  it.each([400, 401, 500, 503])('takes a GraphQL body with status %d for an answer', async (status) => {
    await using server = await startRawHttpServer((_request, response) =>
      response.writeHead(status).end('{"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}'),
    );
    await using client = open(server.url);

    expect((await client.execute(query, context())).errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
  });

  it.each([301, 404, 502])('is told SUBGRAPH_UNAVAILABLE by status %d without a GraphQL body', async (status) => {
    await using server = await startRawHttpServer((_request, response) => response.writeHead(status).end('<html>secret</html>'));
    await using client = open(server.url);

    const failure = await failureOf(client.execute(query, context()));

    expect(failure).toMatchObject({
      code: 'SUBGRAPH_UNAVAILABLE',
      message: `subgraph users answered with HTTP status ${status} and no GraphQL response`,
    });
  });

  it('is told SUBGRAPH_UNAVAILABLE when nothing listens', async () => {
    await using client = open(`http://127.0.0.1:${await freePort()}/graphql`);

    expect((await failureOf(client.execute(query, context()))).code).toBe('SUBGRAPH_UNAVAILABLE');
  });

  it('gives up with SUBGRAPH_TIMEOUT on a subgraph that never answers and on one that drips', async () => {
    await using silent = await startRawHttpServer(() => undefined);
    await using dripping = await startRawHttpServer((_request, response) => {
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    });

    for (const server of [silent, dripping]) {
      await using client = open(server.url, { timeoutMs: 150 });
      const startedAt = Date.now();
      const failure = await failureOf(client.execute(query, context()));
      expect(failure).toMatchObject({ code: 'SUBGRAPH_TIMEOUT', message: 'subgraph users did not answer within 150 ms', retryable: true });
      expect(Date.now() - startedAt).toBeLessThan(600);
      await eventually(() => server.running.size === 0, 500);
    }
  });

  it('counts the wait for a free connection into the time a request has', async () => {
    await using server = await startRawHttpServer(() => undefined);
    await using client = open(server.url, { timeoutMs: 150, connections: 1 });

    const failures = await Promise.all([1, 2, 3].map(() => failureOf(client.execute(query, context()))));

    expect(failures.map(({ code }) => code)).toEqual(['SUBGRAPH_TIMEOUT', 'SUBGRAPH_TIMEOUT', 'SUBGRAPH_TIMEOUT']);
  });

  it('opens no more connections than it may, and lets the others wait', async () => {
    await using server = await startRawHttpServer(
      (_request, response) => void setTimeout(() => response.end('{"data":{"me":"Willis"}}'), 5),
    );
    await using client = open(server.url, { connections: 2 });

    const answers = await Promise.all(Array.from({ length: 9 }, () => client.execute(query, context())));

    expect(answers.map(({ data }) => data?.me)).toEqual(Array.from({ length: 9 }, () => 'Willis'));
    expect(server.sockets.size).toBe(2);
  });

  it('takes a new connection when the server has closed the idle ones, also for a mutation', async () => {
    await using server = await startRawHttpServer((_request, response) => response.end('{"data":{"pay":1}}'));
    await using client = open(server.url);
    await Promise.all([1, 2, 3].map(() => client.execute(query, context())));
    for (const socket of server.sockets) socket.end();
    await eventually(() => server.sockets.size === 0, 1_000);

    expect((await client.execute(mutation, context())).data).toEqual({ pay: 1 });
  });

  it('sends nothing more on a connection that the server has said it closes', async () => {
    await using server = await startRawHttpServer((_request, response) =>
      response.writeHead(200, { 'keep-alive': 'timeout=1' }).end('{"data":{"pay":1}}'),
    );
    await using client = open(server.url);

    for (const _call of [1, 2, 3]) expect((await client.execute(mutation, context())).data).toEqual({ pay: 1 });
    await eventually(() => server.sockets.size <= 1, 1_000);
  });

  it('is told SUBGRAPH_MALFORMED by a server that does not speak HTTP', async () => {
    await using server = await startRawHttpServer((request) => void request.socket.end('SSH-2.0-OpenSSH\r\n\r\n'));
    await using client = open(server.url);

    expect(await failureOf(client.execute(query, context()))).toMatchObject({
      code: 'SUBGRAPH_MALFORMED',
      message: 'subgraph users: expected an answer in HTTP/1.1, got something else',
    });
  });

  it('finds a server by its name, and sends what has more than ASCII as UTF-8', async () => {
    await using server = await startRawHttpServer((_request, response, body) => response.end(JSON.stringify({ data: JSON.parse(body) })));
    await using client = open(server.url.replace('127.0.0.1', 'localhost'));

    const variables = { name: 'Grün 🌱' };
    expect((await client.execute({ ...query, variables }, context({ headers: { 'x-name': 'é' } }))).data?.variables).toEqual(variables);
    expect(server.requests[0]?.headers['x-name']).toBe('é');
    expect(server.requests[0]?.headers.host).toMatch(/^localhost:\d+$/);
  });

  it('stops reading an answer that is too large', async () => {
    let closed = false;
    await using server = await startRawHttpServer((_request, response) => {
      response.on('close', () => (closed = true));
      const more = (): void => void (response.writable && response.write('x'.repeat(65_536), more));
      more();
    });
    await using client = open(server.url, { maxResponseBytes: 1_000_000 });

    expect((await failureOf(client.execute(query, context()))).code).toBe('SUBGRAPH_MALFORMED');
    await eventually(() => closed, 500);
  });

  it('drops the request at the subgraph within 100 ms when the client leaves', async () => {
    await using server = await startRawHttpServer(() => undefined);
    await using client = open(server.url);
    const leaving = new AbortController();
    const pending = failureOf(client.execute(query, context({ signal: leaving.signal })));
    await eventually(() => server.requests.length === 1, 1_000);

    leaving.abort();

    expect((await pending).code).toBe('REQUEST_ABORTED');
    await eventually(() => server.running.size === 0, 100);
  });

  it('refuses at once a call whose client has already left', async () => {
    await using server = await startRawHttpServer(() => undefined);
    await using client = open(server.url);

    expect((await failureOf(client.execute(query, context({ signal: AbortSignal.abort() })))).code).toBe('REQUEST_ABORTED');
  });

  it('sends a query again, once, when its keep-alive socket turns out to be dead, and a mutation never', async () => {
    let count = 0;
    await using server = await startRawHttpServer((request, response) => {
      count += 1;
      if (count % 2 === 0) request.socket.destroy();
      else response.end('{"data":{"me":"Willis"}}');
    });
    await using client = open(server.url);

    await client.execute(query, context());
    expect((await client.execute(query, context())).data).toEqual({ me: 'Willis' });
    expect(count).toBe(3);

    expect(await failureOf(client.execute(mutation, context()))).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
    expect(count).toBe(4);
  });

  it('does not send a query again when its answer had begun', async () => {
    let count = 0;
    await using server = await startRawHttpServer((request, response) => {
      count += 1;
      response.write('{"data":', () => request.socket.destroy());
    });
    await using client = open(server.url);

    expect((await failureOf(client.execute(query, context()))).code).toBe('SUBGRAPH_UNAVAILABLE');
    expect(count).toBe(1);
  });

  it('reads the kind of an operation from its first word when nobody says it', async () => {
    let count = 0;
    await using server = await startRawHttpServer((request) => {
      count += 1;
      request.socket.destroy();
    });
    await using client = open(server.url);

    await failureOf(client.execute({ query: 'mutation { pay }' }, context()));
    expect(count).toBe(1);
    await failureOf(client.execute({ query: '{ me }' }, context()));
    expect(count).toBe(3);
  });

  it('reports a header that HTTP does not allow instead of hanging', async () => {
    await using server = await startRawHttpServer((_request, response) => response.end('{"data":{}}'));
    await using client = open(server.url);

    expect((await failureOf(client.execute(query, context({ headers: { 'x-bad': 'a\nb' } })))).code).toBe('SUBGRAPH_UNAVAILABLE');
  });

  it('lets running requests finish when it stops, until the deadline', async () => {
    await using server = await startRawHttpServer(
      (_request, response) => void setTimeout(() => response.end('{"data":{"me":"late"}}'), 100),
    );
    const client = createHttpClient({ name: 'users', url: server.url, timeoutMs: 2_000 });
    const pending = client.execute(query, context());
    await eventually(() => server.requests.length === 1, 1_000);

    await client.stop(Date.now() + 2_000);

    expect((await pending).data).toEqual({ me: 'late' });
  });

  it('cuts requests that are not done by the deadline', async () => {
    await using server = await startRawHttpServer(() => undefined);
    const client = createHttpClient({ name: 'users', url: server.url, timeoutMs: 20_000 });
    const pending = failureOf(client.execute(query, context()));
    await eventually(() => server.requests.length === 1, 1_000);

    await client.stop(Date.now() + 400);

    expect((await pending).code).toBe('SUBGRAPH_UNAVAILABLE');
  });
});
