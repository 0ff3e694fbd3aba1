import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { readGatewayConfig } from '../../gateway/config.ts';
import { createGatewayService } from '../../gateway/service.ts';
import { eventually } from '../support/eventually.ts';
import { callRest, readEvents, type RestAnswer, type ServerSentEvent } from '../support/rest-client.ts';
import { createRestContract, type RestContract } from '../support/rest-contract.ts';
import { NoteLog, startNotes, startPeople, writeSupergraph, type SmallSubgraph } from '../support/small-graph.ts';

/** Operations of another team over another supergraph: people and their notes. */
const OPERATIONS: Readonly<Record<string, string>> = {
  'person.graphql': `
    "Somebody."
    query Person($id: ID!, $withNotes: Boolean = false)
    @rest(method: GET, path: "/people/{id}", result: "person", notFound: "there is nobody with this id", retryAfter: 3) {
      person(id: $id) { __typename id name notes @include(if: $withNotes) { text } }
    }`,
  'notes.graphql': `query Notes @rest(method: GET, path: "/notes", result: "notes") { notes { text author { id name } } }`,
  'rename.graphql': `
    mutation Rename($id: ID!, $name: String!)
    @rest(method: PUT, path: "/people/{id}/name", result: "rename", status: 201, location: "/people/{id}") {
      rename(id: $id, name: $name) { id name notes { text } }
    }`,
  'clear.graphql': `mutation Clear @rest(method: POST, path: "/clear", result: "rename.id") { rename(id: "1", name: "Nobody") { id } }`,
  'headers.graphql': `query Headers @rest(method: GET, path: "/headers", result: "headers") { headers }`,
  'never.graphql': `query Never @rest(method: GET, path: "/never", result: "never") { never }`,
  'written.graphql': `
    subscription Written($after: String @header(name: "Last-Event-ID") @query(name: "after"))
    @rest(method: GET, path: "/notes/written", result: "noteWritten", event: "note", eventId: "cursor") {
      noteWritten(after: $after) { cursor note { text author { id name } } }
    }`,
};

const LONG_PATH = '/people/1/very long';

interface RestGateway extends AsyncDisposable {
  readonly base: string;
}

async function startRest(operations: Readonly<Record<string, string>>, env: Readonly<Record<string, string>>): Promise<RestGateway> {
  await using supergraph = await writeSupergraph();
  const folder = await mkdtemp(join(tmpdir(), 'rest-operations-'));
  for (const [name, text] of Object.entries(operations)) await writeFile(join(folder, name), text);
  let url = '';
  const config = readGatewayConfig({ SUPERGRAPH: supergraph.file, GATEWAY_PORT: '0', LOG_LEVEL: 'silent', GATEWAY_REST: folder, ...env });
  const service = createGatewayService(config, { onListening: (at) => (url = at) });
  try {
    await service.start();
  } finally {
    await rm(folder, { recursive: true }); // it is read at the start only
  }
  return { base: `${new URL(url).origin}/rest`, [Symbol.asyncDispose]: () => service.stop() };
}

describe('stored operations of another team as REST', () => {
  const stack: AsyncDisposable[] = [];
  const log = new NoteLog();
  let people: SmallSubgraph;
  let notes: SmallSubgraph;
  let gateway: RestGateway;
  let contract: RestContract;

  beforeAll(async () => {
    log.write('one');
    people = await startPeople();
    notes = await startNotes(log);
    gateway = await startRest(OPERATIONS, { PEOPLE: people.url, NOTES: notes.url, GATEWAY_SUBGRAPH_TIMEOUT_MS: '500' });
    stack.push(people, notes, gateway);
    contract = createRestContract((await callRest(gateway.base, 'GET', '/openapi.json')).body);
  });
  afterAll(async () => {
    for (const resource of stack.reverse()) await resource[Symbol.asyncDispose]();
  });

  /** Calls, and holds the answer to the OpenAPI document. */
  const call = async (
    method: string,
    template: string,
    path = template,
    options: Parameters<typeof callRest>[3] = {},
  ): Promise<RestAnswer> => {
    const answer = await callRest(gateway.base, method, path, options);
    contract.check(method, template, answer);
    return answer;
  };
  const codeOf = ({ status, body }: RestAnswer): unknown[] => [status, (body as { code?: unknown }).code];

  it('answers a query with the part of the data that was named', async () => {
    const { status, headers, body } = await call('GET', '/people/{id}', '/people/2');

    expect([status, body]).toEqual([200, { __typename: 'Person', id: '2', name: 'Ana' }]);
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect((await call('GET', '/people/{id}', '/people/2?withNotes=true')).body).toMatchObject({ notes: [{ text: 'one' }] });
  });

  it('runs operations through several subgraphs, and hands on headers and the request id', async () => {
    expect((await call('GET', '/notes')).body).toEqual([{ text: 'one', author: { id: '1', name: expect.any(String) as unknown } }]);

    const { body } = await call('GET', '/headers', '/headers', {
      headers: { authorization: 'Bearer mine', 'x-request-id': 'abc', 'x-other': 'no' },
    });
    expect(JSON.parse(body as string)).toMatchObject({ authorization: 'Bearer mine', 'x-request-id': 'abc' });
    expect(body).not.toContain('x-other');
  });

  it('answers a null with 404 where the operation says so, as a problem', async () => {
    const { status, type, headers, body } = await call('GET', '/people/{id}', '/people/99', { headers: { 'x-request-id': 'my-id' } });

    expect([status, type, headers.get('retry-after')]).toEqual([404, 'application/problem+json', '3']);
    expect(body).toEqual({
      type: 'urn:problem-type:not-found',
      title: 'Not found',
      status: 404,
      detail: 'there is nobody with this id',
      instance: '/rest/people/99',
      code: 'NOT_FOUND',
      requestId: 'my-id',
    });
  });

  it('takes variables from path and body, decodes them, and leads to the new thing', async () => {
    const { status, headers, body } = await call('PUT', '/people/{id}/name', '/people/%32/name', { body: { name: 'Anna' } });

    expect([status, body]).toEqual([201, { id: '2', name: 'Anna', notes: [{ text: 'one' }] }]);
    expect(headers.get('location')).toBe('/rest/people/2');
    const behind = await call('PUT', '/people/{id}/name', '/people/2/name', {
      body: { name: 'Ana' },
      headers: { 'x-forwarded-prefix': '/graph' },
    });
    expect(behind.headers.get('location')).toBe('/graph/rest/people/2');
    const forged = await call('PUT', '/people/{id}/name', '/people/2/name', {
      body: { name: 'Ana' },
      headers: { 'x-forwarded-prefix': '//evil.example' },
    });
    expect(forged.headers.get('location')).toBe('/rest/people/2');
  });

  it.each([
    ['a parameter that is not known', '/people/1?nme=x', 'parameter nme is not known; known are withNotes'],
    ['a parameter twice', '/people/1?withNotes=true&withNotes=false', 'parameter withNotes must be given once, got 2 of it'],
    ['a Boolean that is none', '/people/1?withNotes=yes', 'parameter withNotes must be true or false; got "yes"'],
    ['an empty parameter', '/people/1?withNotes=', 'parameter withNotes must be true or false; got nothing'],
    ['__proto__', '/people/1?__proto__=x', 'parameter __proto__ is not known'],
  ])('refuses %s with 400 and says what would work', async (_what, path, detail) => {
    const answer = await call('GET', '/people/{id}', path);

    expect(codeOf(answer)).toEqual([400, 'BAD_USER_INPUT']);
    expect((answer.body as { detail: string }).detail).toContain(detail);
  });

  it.each([
    ['a member that is missing', '{}', 400, 'body member name is required'],
    ['a member that is not known', '{"name":"x","nmae":1,"__proto__":2}', 400, 'body member nmae is not known; known are name; and 1 more'],
    ['a member of the wrong type', '{"name":[1]}', 400, 'body member name: String cannot represent a non string value: [1]'],
    ['null where something must be', '{"name":null}', 400, 'Expected non-nullable type "String!" not to be null'],
    ['a list', '[]', 400, 'expected the body to be a JSON object, got a list'],
    ['broken JSON', '{"name":', 400, 'expected the body to be JSON'],
    ['too much', `{"name":"${'x'.repeat(1_100_000)}"}`, 413, 'expected a body of at most 1048576 bytes'],
  ])('refuses a body with %s', async (_what, body, status, detail) => {
    const answer = await call('PUT', '/people/{id}/name', '/people/2/name', { body, headers: { 'content-type': 'application/json' } });

    expect(answer.status).toBe(status);
    expect((answer.body as { detail: string }).detail).toContain(detail);
  });

  it('refuses a body that is no JSON with 415, and an answer that cannot be given with 406', async () => {
    const form = await call('PUT', '/people/{id}/name', '/people/2/name', {
      body: 'name=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const image = await call('GET', '/people/{id}', '/people/2', { headers: { accept: 'image/png, application/json;q=0' } });
    const stream = await call('GET', '/notes/written', '/notes/written', { headers: { accept: 'application/json' } });

    expect([form, image, stream].map(codeOf)).toEqual([
      [415, 'UNSUPPORTED_MEDIA_TYPE'],
      [406, 'NOT_ACCEPTABLE'],
      [406, 'NOT_ACCEPTABLE'],
    ]);
  });

  it('says what there is: 404, 405 with Allow, HEAD, OPTIONS, an index', async () => {
    const nothing = await callRest(gateway.base, 'GET', '/nothing');
    const wrong = await callRest(gateway.base, 'POST', '/people/1', { body: {} });
    const head = await callRest(gateway.base, 'HEAD', '/people/1');
    const options = await callRest(gateway.base, 'OPTIONS', '/people/1/name');
    const index = await callRest(gateway.base, 'GET', '');

    expect(codeOf(nothing)).toEqual([404, 'NOT_FOUND']);
    expect([...codeOf(wrong), wrong.headers.get('allow')]).toEqual([405, 'METHOD_NOT_ALLOWED', 'GET, HEAD, OPTIONS']);
    expect([head.status, head.body, head.headers.get('content-length')]).toEqual([200, '', expect.stringMatching(/^[1-9]/)]);
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'PUT, OPTIONS']);
    expect(index.body).toMatchObject({
      openapi: '/rest/openapi.json',
      operations: expect.arrayContaining([{ method: 'GET', path: '/rest/people/{id}', summary: 'Somebody.' }]) as unknown,
    });
    expect((await callRest(gateway.base, 'HEAD', '/notes/written')).type).toContain('text/event-stream');
  });

  it.each<[string, number]>([
    ['/people/%zz', 400],
    ['/people/%ff', 400],
    ['/people/1?a=%', 400],
    [LONG_PATH, 404],
    ['/people/', 404],
    ['/people//name', 404],
    ['/people/1/', 404],
    ['/people/..%2f1', 404],
    ['/people/a:b(c)*', 404],
  ])('survives the path %p', async (path, status) => {
    const answer = await rawGet(gateway.base, path.replace('very long', 'x'.repeat(8_000)));

    expect(answer).toBe(status);
    expect((await call('GET', '/people/{id}', '/people/2')).status).toBe(200);
  });

  it('lets no page of another site change anything without a preflight', async () => {
    const browser = { origin: 'https://evil.example', 'user-agent': 'Mozilla/5.0', 'sec-fetch-site': 'cross-site' };
    const clear = (headers: Record<string, string>, body?: string): Promise<RestAnswer> =>
      call('POST', '/clear', '/clear', { headers, ...(body === undefined ? {} : { body }) });
    const form = { ...browser, 'content-type': 'application/x-www-form-urlencoded' };

    expect(codeOf(await clear(browser))).toEqual([400, 'BAD_REQUEST']);
    expect(codeOf(await clear(form, 'a=b'))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(codeOf(await clear({ ...browser, 'content-type': 'text/plain' }, '{}'))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    const preflight = await callRest(gateway.base, 'OPTIONS', '/clear', {
      headers: { ...browser, 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    expect((await call('GET', '/people/{id}', '/people/1')).body).toMatchObject({ name: 'Willis' });

    expect((await clear({})).body).toBe('1'); // curl -X POST
    expect((await clear({ ...browser, 'apollo-require-preflight': '1' })).status).toBe(200);
    expect((await clear({ 'content-type': 'application/json' }, '{}')).status).toBe(200);
  });

  it('lets pages of allowed origins in, with the headers that they may read', async () => {
    const origin = 'https://studio.apollographql.com';
    const answer = await call('GET', '/people/{id}', '/people/2', { headers: { origin } });
    const preflight = await callRest(gateway.base, 'OPTIONS', '/people/2/name', {
      headers: { origin, 'access-control-request-method': 'PUT' },
    });

    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-expose-headers')).toContain('location');
    expect(preflight.headers.get('access-control-allow-methods')).toBe('PUT');
  });

  it('a subgraph that does not answer is 504, and a client that leaves takes its request along', async () => {
    expect(codeOf(await call('GET', '/never'))).toEqual([504, 'SUBGRAPH_TIMEOUT']);

    const left = new AbortController();
    const asked = fetch(`${gateway.base}/never`, { signal: left.signal }).catch(() => undefined);
    await eventually(() => people.running.size > 0);
    left.abort();
    await asked;
    await eventually(() => people.running.size === 0, 300, 5);
  });

  it('streams events with id and name, continues behind Last-Event-ID, and follows neither twice', async () => {
    log.write('two');
    log.write('three');
    const read = async (path: string, headers: Record<string, string>, count: number): Promise<ServerSentEvent[]> => {
      const leave = new AbortController();
      const events: ServerSentEvent[] = [];
      for await (const event of readEvents(`${gateway.base}${path}`, headers, leave.signal)) {
        contract.checkEvent('/notes/written', event.data);
        events.push(event);
        if (events.length === count) break;
      }
      leave.abort();
      return events;
    };

    const all = await read('/notes/written?after=0', {}, 3);
    const rest = await read('/notes/written?after=0', { 'last-event-id': '2' }, 1);

    expect(all.map(({ id, event }) => [id, event])).toEqual([
      ['1', 'note'],
      ['2', 'note'],
      ['3', 'note'],
    ]);
    expect(all[1]?.data).toMatchObject({ cursor: '2', note: { text: 'two', author: { name: 'Ana' } } });
    expect(rest.map(({ id }) => id)).toEqual(['3']);
    await eventually(() => log.readers === 0);
  });

  it('an event that cannot be completed ends the stream behind the last whole one, so that the client comes back for it', async () => {
    await using broken = await startRest(OPERATIONS, { PEOPLE: 'http://127.0.0.1:9/graphql', NOTES: notes.url });
    const events: ServerSentEvent[] = [];
    for await (const event of readEvents(`${broken.base}/notes/written?after=0`, {}, AbortSignal.timeout(10_000))) events.push(event);

    expect(events.map(({ event, data }) => [event, (data as { code?: string }).code])).toEqual([['problem', 'SUBGRAPH_UNAVAILABLE']]);
  });

  it('a subgraph that is missing is 503 with Retry-After; a mutation that was done is told as done', async () => {
    await using broken = await startRest(OPERATIONS, { PEOPLE: people.url, NOTES: 'http://127.0.0.1:9/graphql' });

    const read = await callRest(broken.base, 'GET', '/people/2?withNotes=true');
    const done = await callRest(broken.base, 'PUT', '/people/2/name', { body: { name: 'Ana' } });
    const stream = await callRest(broken.base, 'GET', '/notes/written');
    const eventSource = await callRest(broken.base, 'GET', '/notes/written', { headers: { accept: 'text/event-stream' } });

    expect([...codeOf(read), read.headers.get('retry-after')]).toEqual([503, 'SUBGRAPH_UNAVAILABLE', '1']);
    expect([done.status, done.body, done.headers.get('x-partial')]).toEqual([
      201,
      { id: '2', name: 'Ana', notes: null },
      'SUBGRAPH_UNAVAILABLE',
    ]);
    expect(codeOf(stream)).toEqual([503, 'SUBGRAPH_UNAVAILABLE']);
    expect([eventSource.status, eventSource.body]).toEqual([
      200,
      expect.stringMatching(/^retry: 5000\n\nevent: problem\ndata: \{.*"code":"SUBGRAPH_UNAVAILABLE".*\}\n\n$/),
    ]);
  });

  it('ends its streams without saying that they are complete when the gateway stops', async () => {
    const stopping = await startRest(OPERATIONS, { PEOPLE: people.url, NOTES: notes.url });
    const response = await fetch(`${stopping.base}/notes/written`);
    await eventually(() => log.readers === 1);

    await stopping[Symbol.asyncDispose]();

    expect(await response.text()).toBe('retry: 1000\n\n');
  });

  it('describes itself in an OpenAPI 3.1 document that is valid', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(contract.document) as never);

    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(contract.document).toMatchObject({ openapi: '3.1.0', servers: [{ url: '../rest' }] });
    expect(Object.keys(contract.document.paths)).toHaveLength(Object.keys(OPERATIONS).length);
  });

  it('is not there unless it is asked for', async () => {
    await using none = await startRest(OPERATIONS, { PEOPLE: people.url, GATEWAY_REST: 'none' });

    expect((await callRest(none.base, 'GET', '/people/1')).status).toBe(404);
  });

  it('does not start with operations that are not right, and lists every problem with file and line', async () => {
    const start = startRest(
      {
        'a.graphql': 'query A { person(id: "1") { name } }',
        'b.graphql': 'query B($id: ID!)\n@rest(method: GET, path: "/b/{no}", result: "person.nmae") {\n  person(id: $id) { nme }\n}',
        'c.graphql': 'mutation C @rest(method: GET, path: "c") { rename(id: "1", name: "x") { id } }',
        'd.graphql': 'query D @rest(method: GET, path: "/d", result: "notes.text") { notes { text } }',
        'e.graphql': 'query E { ',
      },
      { PEOPLE: people.url },
    );

    const problems = (
      await start.then(
        () => [],
        (error: { problems: string[] }) => error.problems,
      )
    ).map((problem) => problem.replace(/^.*rest-operations-\w+\//, ''));
    expect(problems).toEqual([
      expect.stringMatching(/^a\.graphql:1:1: expected @rest/),
      expect.stringMatching(/^b\.graphql:3:21: Cannot query field "nme" on type "Person"/),
      expect.stringMatching(/^c\.graphql:1:1: path: expected segments/),
      expect.stringMatching(/^c\.graphql:1:1: method: a mutation changes something/),
      expect.stringMatching(/^d\.graphql:1:1: result: text is looked for in \[Note!\]/),
      expect.stringMatching(/^e\.graphql:1:11: Syntax Error/),
    ]);
    await expect(startRest(OPERATIONS, { PEOPLE: people.url, GATEWAY_REST: '/does/not/exist' })).rejects.toThrow(
      'GATEWAY_REST=/does/not/exist does not exist',
    );
  });
});

/** `fetch` would clean the path up. */
function rawGet(base: string, path: string): Promise<number> {
  const { hostname, port, pathname } = new URL(base);
  return new Promise((resolve, reject) => {
    httpRequest({ hostname, port, path: `${pathname}${path}`, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}
