import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import { request } from 'node:http';
import { createMemoryBroker } from '../../platform/messaging/memory-broker.ts';
import { ask, post } from '../support/graphql-client.ts';
import { createTestDatabase, queryServer, type TestDatabase } from '../support/postgres.ts';
import { AsyncStack, startUsers, type RunningSubgraph } from '../support/subgraph-services.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

describe('the HTTP side of a subgraph', () => {
  const stack = new AsyncStack();
  let database: TestDatabase;
  let users: RunningSubgraph;

  beforeAll(async () => {
    database = stack.use(await createTestDatabase('users'));
    users = stack.use(await startUsers({ databaseUrl: database.url, broker: createMemoryBroker() }));
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const send = (options: { method?: string; path?: string; headers?: Record<string, string>; body?: string | Buffer }): Promise<Raw> =>
    new Promise((resolve, reject) => {
      const { method = 'POST', path = '/graphql', headers = JSON_TYPE, body = '' } = options;
      const sent = request(new URL(path, users.url), { method, headers }, (response) => {
        let text = '';
        response
          .setEncoding('utf8')
          .on('data', (chunk: string) => (text += chunk))
          .on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
          .on('error', reject);
      });
      sent.on('error', reject).end(body);
    });
  const code = (raw: Raw): unknown => JSON.parse(raw.body).errors[0].extensions.code;
  const stillAnswers = async (): Promise<void> => expect(await ask(users.url, '{ __typename }')).toEqual({ __typename: 'Query' });

  it.each<[string, Parameters<typeof send>[0], number, string]>([
    ['no body', { body: '' }, 400, 'BAD_REQUEST'],
    ['broken JSON', { body: '{"query":' }, 400, 'BAD_REQUEST'],
    ['invalid UTF-8', { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) }, 400, 'BAD_REQUEST'],
    ['a list', { body: '[1]' }, 400, 'BAD_REQUEST'],
    ['JSON null', { body: 'null' }, 400, 'BAD_REQUEST'],
    ['no query', { body: '{"variables":{}}' }, 400, 'BAD_REQUEST'],
    ['another content-type', { headers: { 'content-type': 'text/plain' }, body: '{"query":"{__typename}"}' }, 400, 'BAD_REQUEST'],
    [
      'a simple request of a foreign page',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query={__typename}' },
      400,
      'BAD_REQUEST',
    ],
    ['GET from a foreign page', { method: 'GET', path: '/graphql?query={__typename}', headers: {} }, 405, 'METHOD_NOT_ALLOWED'],
    ['a mutation by GET', { method: 'GET', path: '/graphql?query=mutation{createUser(input:{name:"x"}){id}}' }, 405, 'METHOD_NOT_ALLOWED'],
    ['a syntax error', { body: '{"query":"{"}' }, 400, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', { body: '{"query":"{ nothing }"}' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'an unknown operation',
      { body: '{"query":"query A { __typename } query B { __typename }","operationName":"C"}' },
      400,
      'OPERATION_RESOLUTION_FAILURE',
    ],
    [
      'variables nested 100,000 deep',
      { body: `{"query":"query ($id: ID!) { user(id: $id) { id } }","variables":{"id":${'['.repeat(100_000)}${']'.repeat(100_000)}}}` },
      400,
      'BAD_USER_INPUT',
    ],
    ['a document nested 100,000 deep', { body: JSON.stringify({ query: '{ users '.repeat(100_000) }) }, 400, 'GRAPHQL_PARSE_FAILED'],
    [
      'a document nested 7,000 deep',
      { body: JSON.stringify({ query: `${'{ users '.repeat(7_000)}{ nodes { id } }${'}'.repeat(7_000)}` }) },
      400,
      'GRAPHQL_PARSE_FAILED',
    ],
    [
      'a list in the document nested 7,000 deep',
      { body: JSON.stringify({ query: `{ user(id: ${'['.repeat(7_000)}${']'.repeat(7_000)}) { id } }` }) },
      400,
      'GRAPHQL_PARSE_FAILED',
    ],
    [
      '100,000 aliases',
      { body: JSON.stringify({ query: `{ ${Array.from({ length: 100_000 }, (_, index) => `a${index}:x`).join(' ')} }` }) },
      400,
      'GRAPHQL_PARSE_FAILED',
    ],
    ['20,000 tokens', { body: JSON.stringify({ query: `{ ${'__typename '.repeat(20_000)} }` }) }, 400, 'GRAPHQL_PARSE_FAILED'],
    ['2 MB', { body: `{"query":"{ __typename }","x":"${'x'.repeat(2_000_000)}"}` }, 413, 'PAYLOAD_TOO_LARGE'],
  ])('%s is answered, and harms nobody', async (_what, options, status, expected) => {
    const answer = await send(options).catch((error: NodeJS.ErrnoException) => error);

    // A client that is still sending may find the connection closed before it reads the 413.
    if (answer instanceof Error) expect([status, answer.code]).toEqual([413, expect.stringMatching(/ECONNRESET|EPIPE/)]);
    else expect([answer.status, code(answer)]).toEqual([status, expected]);
    await stillAnswers();
  });

  it('fragments that multiply are refused', async () => {
    const fragments = Array.from({ length: 30 }, (_, index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`).join(
      '\n',
    );

    const answer = await post(users.url, `{ ...f0 } ${fragments} fragment f30 on Query { __typename }`);

    expect(answer.errors?.[0]?.extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is just a name: as alias, variable and key', async (name) => {
    const answer = await send({
      body: `{"query":"query ($${name}: ID!) { ${name}: user(id: $${name}) { ${name}: name } }","variables":{"${name}":"1"},"${name}":1}`,
    });

    expect(answer.status).toBe(200);
    expect(answer.body).toBe(`{"data":{"${name}":{"${name}":"Willis"}}}\n`);
  });

  it('representations of any kind are answered', async () => {
    const answers = await Promise.all(
      [
        null,
        1,
        'text',
        [],
        {},
        { __typename: '__proto__' },
        { __typename: 'Query' },
        { __typename: 'User' },
        { __typename: 'User', id: { toString: 1 } },
      ].map((representation) =>
        post(users.url, 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }', { r: [representation] }),
      ),
    );

    for (const answer of answers) expect(answer.status).toBeLessThan(500);
    await stillAnswers();
  });

  it('the SDL can be read from it', async () => {
    const { _service } = await ask<{ _service: { sdl: string } }>(users.url, '{ _service { sdl } }');

    expect(_service.sdl).toContain('type User');
    expect(() => buildSchema(_service.sdl, { assumeValid: true })).not.toThrow();
  });

  it('introspection is on, whatever NODE_ENV says', async () => {
    const { __schema } = await ask<{ __schema: { queryType: { name: string } } }>(users.url, '{ __schema { queryType { name } } }');

    expect(__schema.queryType.name).toBe('Query');
  });

  it('an unexpected error is masked, and has the request id of who asked', async () => {
    await using broken = await createTestDatabase('users');
    await using running = await startUsers({ databaseUrl: broken.url, broker: createMemoryBroker() });
    await queryServer('alter table users rename to somebody', broken.url);

    const response = await fetch(running.url, {
      method: 'POST',
      headers: { ...JSON_TYPE, 'x-request-id': 'mine-1' },
      body: JSON.stringify({ query: '{ user(id: "1") { id } }' }),
    });

    expect(await response.json()).toEqual({
      data: { user: null },
      errors: [
        {
          message: 'Internal server error',
          locations: [{ line: 1, column: 3 }],
          path: ['user'],
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'mine-1' },
        },
      ],
    });
  });

  it('a database that is away is DATABASE_UNAVAILABLE, not ready, and alive', async () => {
    const doomed = await createTestDatabase('users');
    await using running = await startUsers({ databaseUrl: doomed.url, broker: createMemoryBroker() });
    await doomed[Symbol.asyncDispose]();

    const answer = await post(running.url, '{ user(id: "1") { id } }');
    const ready = await fetch(new URL('/health/ready', running.url));
    const live = await fetch(new URL('/health/live', running.url));

    expect(answer.errors?.[0]?.extensions?.code).toMatch(/^(DATABASE_UNAVAILABLE|INTERNAL_SERVER_ERROR)$/);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: 'down', checks: { database: { status: 'down', problem: expect.any(String) } } });
    expect([live.status, await live.json()]).toEqual([200, { status: 'up', checks: {} }]);
  });

  it('says that it is ready, and on what it stands', async () => {
    const ready = await fetch(new URL('/health/ready', users.url));

    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'up', checks: { database: { status: 'up' }, broker: { status: 'up' }, consumer: { status: 'up' } } },
    ]);
  });

  it('has metrics', async () => {
    await ask(users.url, '{ __typename }');

    const metrics = await (await fetch(new URL('/metrics', users.url))).text();

    expect(metrics.split('\n').filter((line) => /^paygraph_(graphql_request_seconds_count.*200|outbox_pending)/.test(line))).toHaveLength(
      2,
    );
  });

  it.each(['/', '/graphql/', '/favicon.ico'])('%s is 404', async (path) => {
    expect((await send({ method: 'GET', path, headers: {} })).status).toBe(404);
  });

  it('answers the request that is under way when it is stopped', async () => {
    await using own = await createTestDatabase('users');
    const running = await startUsers({ databaseUrl: own.url, broker: createMemoryBroker() });
    const pay = `mutation { pay(input: { userId: "1", amount: "1.00" }) { payment { status } } }`;

    const answers = Promise.all(Array.from({ length: 20 }, () => post(running.url, pay)));
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([answers.catch(() => undefined), running.service.stop()]);

    for (const answer of await answers.catch(() => [])) expect(answer.errors).toBeUndefined();
  });
});
