import { describe, expect, it } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { readGatewayConfig } from '../../gateway/config.ts';
import { createGatewayService } from '../../gateway/service.ts';
import type { Service } from '../../platform/foundation/lifecycle.ts';
import { eventually } from '../support/eventually.ts';
import { post } from '../support/graphql-client.ts';
import { freePort } from '../support/raw-http-server.ts';
import { NoteLog, startNotes, startPeople, writeSupergraph } from '../support/small-graph.ts';
import { SUBSCRIPTION_CLIENTS } from '../support/subscription-clients.ts';

interface RunningGateway extends AsyncDisposable {
  readonly url: string;
  readonly webSocketUrl: string;
  readonly origin: string;
  readonly service: Service;
}

async function startGateway(env: Record<string, string>): Promise<RunningGateway> {
  await using supergraph = await writeSupergraph();
  let url = '';
  const config = readGatewayConfig({ SUPERGRAPH: supergraph.file, GATEWAY_PORT: '0', LOG_LEVEL: 'silent', ...env });
  const service = createGatewayService(config, { onListening: (at) => (url = at) });
  await service.start();
  return {
    url,
    webSocketUrl: url.replace('http', 'ws'),
    origin: new URL(url).origin,
    service,
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

const ON_NOTE = 'subscription ($after: String) { noteWritten(after: $after) { cursor note { text author { name } } } }';
const textOf = (result: unknown): string =>
  JSON.stringify((result as { data?: { noteWritten?: { note?: unknown } } }).data?.noteWritten?.note ?? result);

describe('the gateway as a service', () => {
  it('answers queries and mutations over several subgraphs', async () => {
    const log = new NoteLog();
    log.write('one');
    await using people = await startPeople();
    await using notes = await startNotes(log);
    await using gateway = await startGateway({ PEOPLE: people.url, NOTES: notes.url });

    expect(await post(gateway.url, '{ notes { text author { name } } person(id: "2") { name notes { text } } }')).toEqual({
      status: 200,
      data: { notes: [{ text: 'one', author: { name: 'Willis' } }], person: { name: 'Ana', notes: [{ text: 'one' }] } },
    });
    expect((await post(gateway.url, 'mutation { rename(id: "2", name: "Anna") { name } }')).data).toEqual({ rename: { name: 'Anna' } });
  });

  it('starts while every subgraph is dead, says so in its health, stays ready, and works once they are there', async () => {
    const port = await freePort();
    await using gateway = await startGateway({ PEOPLE: `http://127.0.0.1:${port}/graphql` });
    const health = async (): Promise<unknown> => {
      const response = await fetch(`${gateway.origin}/health/ready`);
      return { code: response.status, ...((await response.json()) as object) };
    };

    expect(await health()).toEqual({
      code: 200,
      status: 'up',
      checks: {
        gateway: { status: 'up' },
        'subgraph people': { status: 'down', problem: 'subgraph people cannot be reached' },
        'subgraph notes': { status: 'down', problem: 'subgraph notes cannot be reached' },
      },
    });
    const answer = await post(gateway.url, '{ person(id: "1") { name } }');
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'people' });

    await using _people = await startPeople(port);
    await eventually(async () => (await post(gateway.url, '{ person(id: "1") { name } }')).data?.person, 3_000);
    await eventually(async () => JSON.stringify(await health()).includes('"subgraph people":{"status":"up"}'), 3_000);
  });

  it('counts what it does', async () => {
    await using people = await startPeople();
    await using gateway = await startGateway({ PEOPLE: people.url });
    await post(gateway.url, '{ person(id: "1") { name } }');
    await post(gateway.url, '{ notes { text } }');
    await post(gateway.url, '{ notes { text } }');
    await post(gateway.url, '{ nothing }');

    const text = await (await fetch(`${gateway.origin}/metrics`)).text();

    for (const line of [
      'paygraph_gateway_requests_total{kind="query",outcome="ok",service="gateway"} 1',
      'paygraph_gateway_requests_total{kind="query",outcome="failed",service="gateway"} 2',
      'paygraph_gateway_plan_cache_total{result="hit",service="gateway"} 1',
      'paygraph_gateway_plan_cache_total{result="miss",service="gateway"} 3',
      'paygraph_gateway_requests_total{kind="unknown",outcome="refused",service="gateway"} 1',
      'paygraph_gateway_subgraph_requests_total{subgraph="people",outcome="ok",service="gateway"} 1',
      'paygraph_gateway_subgraph_requests_total{subgraph="notes",outcome="SUBGRAPH_UNAVAILABLE",service="gateway"} 2',
      'paygraph_gateway_subscriptions{service="gateway"} 0',
    ])
      expect(text).toContain(line);
    expect(text).toContain('paygraph_gateway_request_duration_seconds_count{service="gateway",kind="query"} 3');
  });

  it('hands the allowed headers and its request id to subgraphs', async () => {
    await using people = await startPeople();
    await using gateway = await startGateway({ PEOPLE: people.url, GATEWAY_FORWARD_HEADERS: 'authorization,x-tenant' });

    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer t', 'X-Tenant': 'a', 'x-secret': 'no', 'x-request-id': 'r-1' },
      body: '{"query":"{ headers }"}',
    });
    const { data } = (await response.json()) as { data: { headers: string } };
    const seen = JSON.parse(data.headers) as Record<string, string>;

    expect(seen).toMatchObject({ authorization: 'Bearer t', 'x-tenant': 'a', 'x-request-id': 'r-1' });
    expect(seen['x-secret']).toBeUndefined();
  });

  it('ends the work at a subgraph within 100 ms when the client leaves', async () => {
    await using people = await startPeople();
    await using gateway = await startGateway({ PEOPLE: people.url });
    const request = httpRequest(gateway.url, { method: 'POST', headers: { 'content-type': 'application/json' } });
    request.on('error', () => undefined);
    request.end('{"query":"{ never }"}');
    await eventually(() => people.running.size === 1, 2_000);

    request.destroy();

    await eventually(() => people.running.size === 0, 100, 5);
  });

  it('answers SUBGRAPH_TIMEOUT when a subgraph does not answer in time', async () => {
    await using people = await startPeople();
    await using gateway = await startGateway({ PEOPLE: people.url, GATEWAY_SUBGRAPH_TIMEOUT_MS: '150' });

    const answer = await post(gateway.url, '{ never person(id: "1") { name } }');

    expect(answer.data).toEqual({ never: null, person: null });
    expect(answer.errors?.map(({ extensions }) => extensions?.code)).toContain('SUBGRAPH_TIMEOUT');
  });

  it('answers documents and variables of 100,000 levels with an error, and goes on', async () => {
    await using people = await startPeople();
    await using gateway = await startGateway({ PEOPLE: people.url });
    const deepQuery = await post(gateway.url, '{a'.repeat(100_000));
    const deepVariables = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query":"query ($id: ID!) { person(id: $id) { name } }","variables":{"id":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
    });

    expect(deepQuery.errors?.[0]?.extensions?.code).toMatch(/^(GRAPHQL_PARSE_FAILED|GRAPHQL_VALIDATION_FAILED|BAD_REQUEST)$/);
    expect(deepVariables.status).toBe(400);
    expect((await post(gateway.url, '{ person(id: "1") { name } }')).data).toEqual({ person: { name: 'Willis' } });
  });

  it('serves under another path, without a landing page and without introspection when told so', async () => {
    await using people = await startPeople();
    await using gateway = await startGateway({
      PEOPLE: people.url,
      GATEWAY_PATH: '/api',
      GATEWAY_LANDING_PAGE: 'none',
      GATEWAY_INTROSPECTION: 'false',
    });

    expect(gateway.url).toMatch(/\/api$/);
    expect((await post(gateway.url, '{ person(id: "1") { name } }')).data).toEqual({ person: { name: 'Willis' } });
    expect((await post(gateway.url, '{ __schema { queryType { name } } }')).errors?.[0]?.extensions?.code).toBe(
      'GRAPHQL_VALIDATION_FAILED',
    );
    expect((await fetch(gateway.url, { headers: { accept: 'text/html' } })).status).toBe(400);
    expect((await fetch(`${gateway.origin}/graphql`)).status).toBe(404);
  });

  it('does not start when its port is taken, its file is missing, or a subgraph has no address', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;

    await expect(startGateway({ PEOPLE: 'http://127.0.0.1:9/graphql', GATEWAY_PORT: String(port) })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
    });
    await expect(startGateway({ SUPERGRAPH: '/nowhere/supergraph.yaml' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(startGateway({ PEOPLE: 'ftp://people/graphql' })).rejects.toThrow(/people/);
    await new Promise((resolve) => taken.close(resolve));
  });
});

describe.each(SUBSCRIPTION_CLIENTS)('a subscription through the gateway over $transport', (client) => {
  it('is enriched by the other subgraph, and goes on without a gap or a repeat when the socket to its own breaks', async () => {
    const log = new NoteLog();
    await using people = await startPeople();
    await using notes = await startNotes(log);
    await using gateway = await startGateway({ PEOPLE: people.url, NOTES: notes.url });
    const stream = client.open(gateway, { query: ON_NOTE });
    const first = stream.next();
    await eventually(() => log.readers === 1, 3_000);

    log.write('n1');
    expect(textOf(await first)).toBe('{"text":"n1","author":{"name":"Willis"}}');
    for (let count = 2; count <= 6; count += 1) {
      notes.cut();
      log.write(`n${count}`);
      expect(textOf(await stream.next())).toBe(`{"text":"n${count}","author":{"name":"${count % 2 === 0 ? 'Ana' : 'Willis'}"}}`);
    }

    await stream.cancel();
    await eventually(() => log.readers === 0, 1_000);
  });

  it('survives a restart of its subgraph, and brings what was written meanwhile', async () => {
    const log = new NoteLog();
    await using people = await startPeople();
    const notes = await startNotes(log);
    await using gateway = await startGateway({ PEOPLE: people.url, NOTES: notes.url });
    const stream = client.open(gateway, { query: ON_NOTE, variables: { after: '0' } });
    const first = stream.next();
    await eventually(() => log.readers === 1, 3_000);
    log.write('before');
    expect(textOf(await first)).toContain('before');

    await notes[Symbol.asyncDispose]();
    log.write('meanwhile');
    await using _again = await startNotes(log, notes.port);
    log.write('after');

    expect(textOf(await stream.next())).toContain('meanwhile');
    expect(textOf(await stream.next())).toContain('after');
    await stream.cancel();
  });

  it('says SUBGRAPH_UNAVAILABLE when its subgraph is not there at the beginning', async () => {
    await using people = await startPeople();
    await using gateway = await startGateway({ PEOPLE: people.url });

    expect(await client.open(gateway, { query: ON_NOTE }).next()).toMatchObject({
      errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'notes' } }],
    });
  });
});

describe('stopping the gateway', () => {
  it('lets requests in flight finish and is gone soon', async () => {
    await using people = await startPeople();
    await using gateway = await startGateway({
      PEOPLE: people.url,
      GATEWAY_SUBGRAPH_TIMEOUT_MS: '700',
      GATEWAY_SHARE_SUBGRAPH_QUERIES: 'false',
    });
    const pending = Promise.all([1, 2, 3].map(() => post(gateway.url, '{ never }')));
    await eventually(() => people.running.size === 3, 2_000);
    const startedAt = Date.now();

    await gateway.service.stop();

    for (const { errors } of await pending) expect(errors?.[0]?.extensions?.code).toBe('SUBGRAPH_TIMEOUT');
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    await expect(post(gateway.url, '{ never }')).rejects.toThrow();
  });

  it('opens no streams for requests that were on their way', async () => {
    await using people = await startPeople();
    await using gateway = await startGateway({ PEOPLE: people.url });
    const body = '{"query":"subscription { noteWritten { cursor } }"}';
    let text = '';
    const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const headers = [
      'host: x',
      'content-type: application/json',
      'accept: text/event-stream',
      'expect: 100-continue',
      `content-length: ${body.length}`,
    ];
    socket.write(`POST /graphql HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
    await eventually(() => text.includes('100 Continue'), 2_000);

    const stopped = gateway.service.stop();
    socket.write(body);
    await closed;
    await stopped;

    expect(text).toMatch(/HTTP\/1\.1 503 [\s\S]*retry-after: 1[\s\S]*GATEWAY_STOPPING/);
  });
});
