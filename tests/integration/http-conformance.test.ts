import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { readGatewayConfig } from '../../gateway/config.ts';
import { createGatewayService } from '../../gateway/service.ts';
import type { Service } from '../../platform/foundation/lifecycle.ts';
import { eventually } from '../support/eventually.ts';
import { writeSupergraph } from '../support/small-graph.ts';
import { startTransports, type TransportServer } from '../support/transport-server.ts';

let server: TransportServer;
beforeAll(async () => {
  server = await startTransports();
});
afterAll(async () => server.stop());

const RESPONSE_JSON = 'application/graphql-response+json';

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Json;
}

/** A GraphQL response, as loosely as a test reads it. */
interface Json {
  readonly data?: { readonly headers: string } | null;
  readonly errors: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

const headersAtSubgraph = ({ json }: Reply): Record<string, string> => JSON.parse(json.data?.headers ?? '{}') as Record<string, string>;
const codeOf = ({ json }: Reply): string | undefined => json.errors[0]?.extensions.code;

async function send(init: RequestInit & { search?: string } = {}): Promise<Reply> {
  const response = await fetch(`${server.url}${init.search ?? ''}`, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: (text.startsWith('{') ? JSON.parse(text) : { errors: [] }) as Json,
  };
}
const post = (body: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
  send({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const get = (parameters: Record<string, string>, headers: Record<string, string> = {}): Promise<Reply> =>
  send({ search: `?${new URLSearchParams(parameters)}`, headers });

describe("graphql-http's audits of a server", () => {
  let gateway: Service;
  let supergraph: Awaited<ReturnType<typeof writeSupergraph>>;
  let url = '';

  /** The gateway as its program runs it, with every setting's default but the port. The library has the same ones. */
  beforeAll(async () => {
    supergraph = await writeSupergraph();
    const env = { SUPERGRAPH: supergraph.file, GATEWAY_PORT: '0', LOG_LEVEL: 'error', PEOPLE: 'http://127.0.0.1:9/graphql' };
    gateway = createGatewayService(readGatewayConfig(env), { onListening: (at) => (url = at) });
    await gateway.start();
  });
  afterAll(async () => {
    await gateway.stop();
    await supergraph[Symbol.asyncDispose]();
  });

  it.each(serverAudits({ url: () => url }).map((audit) => [`${audit.id} ${audit.name}`, audit] as const))('%s', async (_name, audit) => {
    const result = await audit.fn();

    expect({ status: result.status, reason: 'reason' in result ? result.reason : undefined }).toEqual({
      status: 'ok',
      reason: undefined,
    });
  });

  it('are 61', () => {
    expect(serverAudits({ url })).toHaveLength(61);
  });
});

describe('statuses by media type', () => {
  const requests = [
    ['a syntax error', { query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    ['a field that does not exist', { query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['an unknown operationName', { query: 'query A { hello }', operationName: 'B' }, 'OPERATION_RESOLUTION_FAILURE'],
    ['several operations without a name', { query: 'query A { hello } query B { hello }' }, 'OPERATION_RESOLUTION_FAILURE'],
    ['a variable of the wrong type', { query: 'query ($v: Int!) { echo(value: $v) }', variables: { v: 'x' } }, 'BAD_USER_INPUT'],
  ] as const;

  it.each(requests)('%s is 200 in application/json and 400 in application/graphql-response+json', async (_what, body, code) => {
    const plain = await post(body, { accept: 'application/json' });
    const strict = await post(body, { accept: RESPONSE_JSON });

    expect([plain.status, strict.status]).toEqual([200, 400]);
    for (const { json } of [plain, strict]) {
      expect(json.errors[0]?.extensions.code).toBe(code);
      expect('data' in json).toBe(false);
    }
    expect(strict.headers.get('content-type')).toBe(`${RESPONSE_JSON}; charset=utf-8`);
  });

  it('null data with errors is 200 in both: the operation was executed', async () => {
    for (const accept of ['application/json', RESPONSE_JSON]) {
      const { status, json } = await post({ query: '{ broken }' }, { accept });
      expect(status).toBe(200);
      expect(json).toEqual({
        data: null,
        errors: [expect.objectContaining({ path: ['broken'], extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'users' } })],
      });
    }
  });

  it('a bug is masked, with the id of the request, and 500 where statuses mean something', async () => {
    const plain = await post({ query: '{ bug }' }, { accept: 'application/json', 'x-request-id': 'abc' });
    const strict = await post({ query: '{ bug }' }, { accept: RESPONSE_JSON });

    expect([plain.status, strict.status]).toEqual([200, 500]);
    expect(plain.json).toEqual({
      errors: [{ message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'abc' } }],
    });
    expect(plain.text + strict.text).not.toContain('secret');
  });
});

describe('what a client accepts', () => {
  it.each([
    ['application/json', 'application/json; charset=utf-8'],
    [RESPONSE_JSON, `${RESPONSE_JSON}; charset=utf-8`],
    ['application/graphql-response+json, application/json;q=0.9', `${RESPONSE_JSON}; charset=utf-8`],
    ['application/json;q=0.9, application/graphql-response+json;q=0.1', 'application/json; charset=utf-8'],
    ['text/html,*/*;q=0.8', 'application/json; charset=utf-8'],
    [
      'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
      `${RESPONSE_JSON}; charset=utf-8`,
    ],
    ['text/event-stream', 'text/event-stream; charset=utf-8'],
    ['multipart/mixed;subscriptionSpec="1.0"', 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'],
  ])('%s is answered with %s', async (accept, expected) => {
    const reply = await post({ query: '{ hello }' }, { accept });

    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe(expected);
    expect(reply.text).toContain('{"data":{"hello":"hello world"}}');
  });

  it.each(['image/png', 'multipart/mixed', 'application/json;q=0'])('%s alone is 406, before anything is executed', async (accept) => {
    const before = server.engine.sum;

    const reply = await post({ query: 'mutation { add }' }, { accept });

    expect(reply.status).toBe(406);
    expect(codeOf(reply)).toBe('NOT_ACCEPTABLE');
    expect(server.engine.sum).toBe(before);
  });

  it.each(['application/json', RESPONSE_JSON, 'multipart/mixed', 'multipart/mixed;deferSpec=20220824'])(
    'a subscription that accepts only %s is 406 and says what would work',
    async (accept) => {
      const reply = await post({ query: 'subscription { count(upTo: 1) }' }, { accept });

      expect(reply.status).toBe(406);
      expect(codeOf(reply)).toBe('NOT_ACCEPTABLE');
      for (const way of ['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0', 'graphql-transport-ws'])
        expect(reply.json.errors[0]?.message).toContain(way);
      expect(server.engine.running.size).toBe(0);
    },
  );

  it('a subscription that accepts anything comes as server-sent events, so that curl shows it', async () => {
    const reply = await post({ query: 'subscription { count(upTo: 1) }' });

    expect(reply.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(reply.text).toContain('event: next\ndata: {"data":{"count":1}}\n\nevent: complete');
  });

  it('urql, which takes either stream, gets server-sent events', async () => {
    const reply = await post({ query: 'subscription { count(upTo: 1) }' }, { accept: 'text/event-stream, multipart/mixed' });

    expect(reply.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  });
});

describe('methods', () => {
  it('a query by GET, with variables, an operation name and empty parameters', async () => {
    const reply = await get({
      query: 'query A { hello } query B($n: String) { hello(name: $n) }',
      operationName: 'B',
      variables: '{"n":"Ana"}',
      extensions: '',
    });

    expect(reply.json).toEqual({ data: { hello: 'hello Ana' } });
  });

  it('a mutation by GET is 405 with Allow: POST, and does nothing', async () => {
    const before = server.engine.sum;

    const reply = await get({ query: 'mutation { add }' }, { 'apollo-require-preflight': 'yes' });

    expect([reply.status, reply.headers.get('allow'), codeOf(reply)]).toEqual([405, 'POST', 'METHOD_NOT_ALLOWED']);
    expect(server.engine.sum).toBe(before);
  });

  it.each(['PATCH', 'HEAD'])('%s is 405 with what is allowed', async (method) => {
    const reply = await send({ method });

    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, POST, PUT, DELETE, OPTIONS']);
  });

  it('a subscription by GET works for an EventSource', async () => {
    const reply = await get({ query: 'subscription { count(upTo: 2) }' }, { accept: 'text/event-stream' });

    expect(reply.text).toContain('data: {"data":{"count":2}}');
  });
});

describe('forged requests', () => {
  const query = { query: '{ hello }' };

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { referer: 'https://evil.example/page' },
    { cookie: 'session=1' },
    { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' },
  ])('a GET that a foreign page could have made a browser send is refused: %j', async (headers) => {
    const reply = await get(query, headers as Record<string, string>);

    expect(reply.status).toBe(400);
    expect(reply.json.errors[0]).toEqual({
      message: expect.stringContaining('apollo-require-preflight'),
      extensions: { code: 'BAD_REQUEST' },
    });
  });

  it.each(['apollo-require-preflight', 'x-apollo-operation-name'])(
    'a header %s, which needs a preflight, lets it pass; an empty one does not',
    async (name) => {
      const browser = { 'sec-fetch-site': 'cross-site', 'user-agent': 'Mozilla/5.0' };

      expect((await get(query, { ...browser, [name]: 'x' })).status).toBe(200);
      expect((await get(query, { ...browser, [name]: '' })).status).toBe(400);
    },
  );

  it('content-type: application/json lets it pass; another type is 415', async () => {
    const browser = { 'sec-fetch-site': 'cross-site' };

    expect((await get(query, { ...browser, 'content-type': 'application/json' })).status).toBe(200);
    expect((await get(query, { ...browser, 'content-type': 'text/plain' })).status).toBe(415);
  });

  it.each([{ 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }])(
    'our own page and the address bar pass: %j',
    async (headers) => {
      expect((await get(query, { 'user-agent': 'Mozilla/5.0', ...headers })).status).toBe(200);
    },
  );

  it('a page from the same host passes where browsers leave sec-fetch-site out', async () => {
    expect((await get(query, { 'user-agent': 'Mozilla/5.0', referer: `${new URL(server.url).origin}/page` })).status).toBe(200);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'a POST as %s, which a form can send, executes nothing',
    async (type) => {
      const before = server.engine.sum;

      const reply = await post({ query: 'mutation { add }' }, { 'content-type': type });

      expect(reply.status).toBe(415);
      expect(server.engine.sum).toBe(before);
    },
  );

  it('under the strict policy every client must prove itself, as with Apollo Server', async () => {
    await using strict = await startTransports({ csrf: 'strict' });
    const url = `${strict.url}?query=${encodeURIComponent('{ hello }')}`;

    expect((await fetch(url)).status).toBe(400);
    expect((await fetch(url, { headers: { 'apollo-require-preflight': '1' } })).status).toBe(200);
  });
});

describe('pages of other origins (CORS)', () => {
  const preflight = (origin: string): Promise<Reply> =>
    send({
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-private-network': 'true',
        'access-control-request-headers': 'content-type,apollo-require-preflight',
      },
    });

  it('hosted Sandbox may ask and send, with credentials', async () => {
    const origin = 'https://studio.apollographql.com';

    const asked = await preflight(origin);
    const sent = await post({ query: '{ hello }' }, { origin });

    expect(asked.status).toBe(204);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'content-type,apollo-require-preflight',
      'access-control-allow-methods': 'GET, POST, PUT, DELETE',
      'access-control-allow-private-network': 'true',
    });
    expect(sent.headers.get('access-control-allow-origin')).toBe(origin);
  });

  it('another origin is not let in', async () => {
    const asked = await preflight('https://evil.example');

    expect([...asked.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('an asterisk lets everybody in, without credentials', async () => {
    await using open = await startTransports({ corsOrigins: ['*'] });

    const response = await fetch(open.url, {
      method: 'POST',
      headers: { origin: 'https://any.example', 'content-type': 'application/json' },
      body: '{"query":"{ hello }"}',
    });

    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });
});

describe('request ids and forwarded headers', () => {
  it("the client's id comes back, and goes to subgraphs with the headers that are allowed, and no others", async () => {
    const reply = await post(
      { query: '{ headers }' },
      { 'x-request-id': 'from-client', authorization: 'Bearer t', 'x-secret': 'no', cookie: 'a=b' },
    );

    expect(reply.headers.get('x-request-id')).toBe('from-client');
    expect(headersAtSubgraph(reply)).toEqual({ 'x-request-id': 'from-client', authorization: 'Bearer t' });
  });

  it('a request without a sane id gets one', async () => {
    const replies = [await post({ query: '{ headers }' }), await post({ query: '{ headers }' }, { 'x-request-id': 'x'.repeat(500) })];

    for (const reply of replies) {
      expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headersAtSubgraph(reply)['x-request-id']).toBe(reply.headers.get('x-request-id'));
    }
  });
});

describe("Apollo's automatic persisted queries", () => {
  const hash = '4b9d2d7b0e6a'.padEnd(64, '0');
  const persistedQuery = (sha256Hash: string): object => ({ persistedQuery: { version: 1, sha256Hash } });

  it('an unknown hash asks for the text with 200, and is known afterwards', async () => {
    const query = '{ hello(name: "APQ") }';
    const sha256 = createHash('sha256').update(query).digest('hex');

    const first = await post({ extensions: persistedQuery(sha256) });
    const second = await post({ query, extensions: persistedQuery(sha256) });
    const third = await get({ extensions: JSON.stringify(persistedQuery(sha256)) });

    expect([first.status, first.json]).toEqual([
      200,
      { errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] },
    ]);
    expect([second.json, third.json]).toEqual([{ data: { hello: 'hello APQ' } }, { data: { hello: 'hello APQ' } }]);
  });

  it('a hash of another text, or of another version, is 400', async () => {
    expect((await post({ query: '{ hello }', extensions: persistedQuery(hash) })).status).toBe(400);
    expect((await post({ extensions: { persistedQuery: { version: 2, sha256Hash: hash } } })).status).toBe(400);
  });
});

describe('other paths', () => {
  it('health, metrics, the root and the unknown', async () => {
    const origin = new URL(server.url).origin;
    const at = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${origin}${path}`, { redirect: 'manual', ...init });

    expect(await (await at('/health/live')).json()).toEqual({ status: 'up', checks: {} });
    expect((await at('/health/ready')).status).toBe(200);
    expect(await (await at('/metrics')).text()).toContain('process_cpu');
    expect((await at('/')).headers.get('location')).toBe('/graphql');
    expect((await at('/nothing')).status).toBe(404);
    expect((await at('/metrics', { method: 'POST' })).status).toBe(405);
  });
});

describe('the landing page', () => {
  const fromBrowser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'user-agent': 'Mozilla/5.0', 'sec-fetch-site': 'none' };

  it('is what a browser gets: Sandbox for this endpoint, subscriptions included, without telemetry', async () => {
    const reply = await send({ headers: fromBrowser });

    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(reply.text).toContain('https://embeddable-sandbox.cdn.apollographql.com/v2/embeddable-sandbox.umd.production.min.js');
    for (const option of ['initialEndpoint', 'initialSubscriptionEndpoint', 'runTelemetry: false']) expect(reply.text).toContain(option);
  });

  it('lets nothing run but its own script and what that loads', async () => {
    const [first, second] = [await send({ headers: fromBrowser }), await send({ headers: fromBrowser })];
    const nonce = /script-src 'nonce-([^']+)'/.exec(first.headers.get('content-security-policy') ?? '')?.[1];

    expect(nonce).toBeDefined();
    expect(first.text.match(/<script/g)).toHaveLength(1);
    expect(first.text.split(`<script nonce="${nonce}"`)).toHaveLength(2);
    expect(second.text).not.toContain(nonce);
  });

  it('is not what a client gets that forgot its query', async () => {
    expect((await send({ headers: { accept: 'application/json' } })).status).toBe(400);
  });
});

describe('a client that leaves', () => {
  it('ends the work for its query within 100 ms', async () => {
    const request = httpRequest(server.url, { method: 'POST', headers: { 'content-type': 'application/json' } });
    request.on('error', () => undefined);
    request.end('{"query":"{ never }"}');
    await eventually(() => server.engine.running.size === 1, 1_000);

    request.destroy();

    await eventually(() => server.engine.running.size === 0, 100, 5);
  });
});
