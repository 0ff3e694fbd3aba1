import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { createGateway, type Gateway, type GatewayOptions } from '../../gateway/create-gateway.ts';
import { composeSupergraph } from '../../gateway/supergraph/compose.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { eventually } from '../support/eventually.ts';
import { NoteLog, PEOPLE_SDL, startNotes, startPeople, writeSupergraph, type SmallSubgraph } from '../support/small-graph.ts';

const QUERY = { query: '{ person(id: "1") { name notes { text } } }' };
const ANSWER = { data: { person: { name: 'Willis', notes: [{ text: 'one' }] } } };

let log: NoteLog;
let people: SmallSubgraph;
let notes: SmallSubgraph;
let supergraph: Awaited<ReturnType<typeof writeSupergraph>>;
let gateway: Gateway;
let server: Server;
let url: string;

function optionsOf(more: Partial<GatewayOptions> = {}): GatewayOptions {
  return {
    supergraph: supergraph.file,
    env: { PEOPLE: people.url, NOTES: notes.url },
    logger: silentLogger,
    forwardHeaders: ['authorization'],
    ...more,
  };
}

beforeAll(async () => {
  log = new NoteLog();
  log.write('one');
  [people, notes, supergraph] = [await startPeople(), await startNotes(log), await writeSupergraph()];
  gateway = createGateway(optionsOf());
  server = createServer((request, response) => gateway.handle(request, response, () => response.end('a page of my own')));
  server.on('upgrade', gateway.upgrade);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await gateway.stop();
  server.closeAllConnections();
  await people[Symbol.asyncDispose]();
  await notes[Symbol.asyncDispose]();
  await supergraph[Symbol.asyncDispose]();
});

function post(body: object, headers: Record<string, string> = {}): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

async function readUntil(response: Response, text: string): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  while (!seen.includes(text)) {
    const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) throw new Error(`the stream ended without ${text}: ${seen}`);
    seen += value;
  }
  return seen;
}

describe('createGateway inside a server of one’s own', () => {
  it('answers a request that comes before it has started', async () => {
    expect(await (await fetch(`${url}/graphql`, post(QUERY))).json()).toEqual(ANSWER);
  });

  it('leaves what is not its own to the server', async () => {
    expect(await (await fetch(`${url}/other`)).text()).toBe('a page of my own');
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('paygraph_gateway_requests_total');
  });

  it('serves subscriptions over WebSocket through `upgrade`', async () => {
    const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
    const events = client.iterate({ query: 'subscription { noteWritten { note { text author { name } } } }' });
    const first = events.next();
    await eventually(() => log.readers === 1);

    log.write('two');

    expect((await first).value).toMatchObject({ data: { noteWritten: { note: { text: 'two' } } } });
    await events.return?.();
    await client.dispose();
    await eventually(() => log.readers === 0);
  });

  it('runs an operation without HTTP, with the headers that subgraphs shall get', async () => {
    const result = await gateway.execute({ query: '{ headers }' }, { headers: { 'x-tenant': 'a' } });

    expect(JSON.parse((result as { data: { headers: string } }).data.headers)).toMatchObject({ 'x-tenant': 'a' });
    expect(await gateway.execute({ query: '{ nothing }' })).toMatchObject({
      errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
  });

  it('runs a subscription without HTTP, until it is returned', async () => {
    const events = (await gateway.execute({ query: 'subscription { noteWritten { note { text } } }' })) as AsyncIterableIterator<unknown>;
    const first = events.next();
    await eventually(() => log.readers === 1);
    log.write('three');

    expect((await first).value).toEqual({ data: { noteWritten: { note: { text: 'three' } } } });
    await events.return?.();
    await eventually(() => log.readers === 0);
  });
});

describe('gateway.fetch', () => {
  it('answers queries by POST and by GET as the server does', async () => {
    const inside = createGateway(optionsOf({ supergraph: supergraph.file }));
    const posted = await inside.fetch(new Request('http://any.example/graphql', post({ query: '{ headers }' }, { authorization: 'me' })));

    expect(posted.status).toBe(200);
    expect(posted.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const { data } = (await posted.json()) as { data: { headers: string } };
    expect(JSON.parse(data.headers)).toMatchObject({ authorization: 'me' });
    const got = await inside.fetch(new Request(`http://any.example/graphql?query=${encodeURIComponent('{ person(id: "1") { name } }')}`));
    expect(await got.json()).toEqual({ data: { person: { name: 'Willis' } } });
    const refused = await inside.fetch(new Request('http://any.example/graphql', { method: 'PATCH' }));
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, POST, PUT, DELETE, OPTIONS']);
    expect((await inside.fetch(new Request('http://any.example/graphql', { method: 'OPTIONS' }))).status).toBe(204);
    await inside.stop();
  });

  it('streams events, and a client that aborts ends the work upstream', async () => {
    const leave = new AbortController();
    const request = new Request('http://any.example/graphql', {
      ...post({ query: 'subscription { noteWritten { note { text } } }' }, { accept: 'text/event-stream' }),
      signal: leave.signal,
    });
    const response = await gateway.fetch(request);
    await eventually(() => log.readers === 1);

    log.write('streamed');

    expect(await readUntil(response, 'streamed')).toContain('event: next');
    leave.abort();
    await eventually(() => log.readers === 0);
  });

  it('rejects when its request was aborted', async () => {
    const request = new Request('http://any.example/graphql', { ...post({ query: '{ never }' }), signal: AbortSignal.timeout(50) });

    await expect(gateway.fetch(request)).rejects.toThrow();
  });
});

describe('what is wrong is said', () => {
  it('an option that does not exist, or is of another kind', () => {
    expect(() => createGateway(optionsOf({ subgraphTimeoutMs: '10' } as object))).toThrow(
      'subgraphTimeoutMs: expected a number, got a string',
    );
    expect(() => createGateway(optionsOf({ subgraphTimeout: 10 } as object))).toThrow(/subgraphTimeout: there is no such option/);
    expect(() => createGateway({} as GatewayOptions)).toThrow(/supergraph: expected a file name or \{ sdl \}/);
    expect(() => createGateway(optionsOf({ rest: 7 } as object))).toThrow('rest: expected a string, got a number');
    expect(() => createGateway(optionsOf({ subscriptions: { others: { protocol: 'callback' }, named: new Map() } }))).toThrow(
      'callbackUrl: the callback protocol of subscriptions needs it',
    );
  });

  it.each(['examples', 'client', 'rest', 'callbackUrl'])('the option %s, which has no default, takes text', (name) => {
    expect(() => createGateway(optionsOf({ [name]: 'http://127.0.0.1:4000' }))).not.toThrow();
  });

  it('the protocol of a subgraph that there is not: start rejects, also when the supergraph is given as text', async () => {
    const { sdl } = composeSupergraph([{ name: 'people', sdl: PEOPLE_SDL, routingUrl: people.url, from: 'people.graphql' }]);
    const subscriptions = { others: { protocol: 'auto' }, named: new Map([['peple', { protocol: 'sse' as const }]]) } as const;
    const mistaken = createGateway({ supergraph: { sdl }, logger: silentLogger, subscriptions });

    await expect(mistaken.start()).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('peple') as unknown });
    await mistaken.stop();
  });

  it('a supergraph that is none: start rejects, requests get 503', async () => {
    const broken = createGateway({ supergraph: { sdl: 'type Query { a: Int }' }, logger: silentLogger });

    await expect(broken.start()).rejects.toMatchObject({ code: 'SUPERGRAPH_INVALID' });
    const response = await broken.fetch(new Request('http://any.example/graphql', post(QUERY)));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'GATEWAY_NOT_READY' } }] });
    await broken.stop();
  });
});
