import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RemoteGraphQLDataSource, type GraphQLDataSource } from '@apollo/gateway';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { createApolloGateway, type ApolloGateway, type ApolloSubscriptions } from '../../gateway/apollo.ts';
import { composeSupergraph } from '../../gateway/supergraph/compose.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { eventually } from '../support/eventually.ts';
import { NOTES_SDL, NoteLog, PEOPLE_SDL, startNotes, startPeople, type SmallSubgraph } from '../support/small-graph.ts';

const SUBSCRIPTION = 'subscription { noteWritten { note { text author { name } } } }';
const tokens: unknown[] = [];

let log: NoteLog;
let people: SmallSubgraph;
let notes: SmallSubgraph;
let gateway: ApolloGateway;
let server: ApolloServer;
let subscriptions: ApolloSubscriptions;
let http: Server;
let url: string;

beforeAll(async () => {
  log = new NoteLog();
  [people, notes] = [await startPeople(), await startNotes(log)];
  const supergraphSdl = composeSupergraph([
    { name: 'people', routingUrl: people.url, sdl: PEOPLE_SDL, from: 'people' },
    { name: 'notes', routingUrl: notes.url, sdl: NOTES_SDL, from: 'notes' },
  ]).sdl;
  class OwnDataSource extends RemoteGraphQLDataSource<{ token?: string }> {
    override willSendRequest({
      context,
    }: Parameters<NonNullable<RemoteGraphQLDataSource<{ token?: string }>['willSendRequest']>>[0]): void {
      tokens.push(context.token);
    }
  }
  gateway = createApolloGateway({
    supergraphSdl,
    logger: silentLogger,
    buildService: ({ url: at }): GraphQLDataSource => new OwnDataSource({ url: at ?? '' }) as GraphQLDataSource,
  });
  server = new ApolloServer({ gateway, logger: { debug() {}, info() {}, warn() {}, error() {} } });
  await server.start();
  subscriptions = gateway.subscriptions({
    forwardHeaders: ['authorization'],
    keepAliveMs: 60_000,
    context({ headers }) {
      if (headers['authorization'] === 'bad') throw new GraphQLError('no entry', { extensions: { code: 'UNAUTHENTICATED' } });
      return { token: headers['authorization'] };
    },
  });
  http = createServer((request, response) => {
    subscriptions.middleware(request, response, () => void answerByApolloServer(request, response));
  });
  http.on('upgrade', subscriptions.upgrade);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`;
});
afterAll(async () => {
  await server.stop();
  http.closeAllConnections();
  http.close();
  await people[Symbol.asyncDispose]();
  await notes[Symbol.asyncDispose]();
});

/** What `expressMiddleware` does. */
async function answerByApolloServer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const headers = new HeaderMap(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const { status, body } = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method ?? 'POST',
      headers,
      search: '',
      body: JSON.parse(Buffer.concat(parts).toString()) as unknown,
    },
    context: async () => ({ token: 'of Apollo Server' }),
  });
  response.writeHead(status ?? 200, { 'content-type': 'application/json', 'x-by': 'apollo-server' });
  response.end(body.kind === 'complete' ? body.string : '');
}

describe('subscriptions beside Apollo Server', () => {
  it('queries go to Apollo Server, as they did', async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ person(id: "1") { name } }' }),
    });

    expect([response.headers.get('x-by'), await response.json()]).toEqual(['apollo-server', { data: { person: { name: 'Willis' } } }]);
  });

  it('over WebSocket on the same URL, completed by data sources that see the context of the client', async () => {
    tokens.length = 0;
    const client = createClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: 'socket' },
      retryAttempts: 0,
    });
    const events = client.iterate({ query: SUBSCRIPTION });
    const first = events.next();
    await eventually(() => log.readers === 1);

    log.write('over WebSocket');

    expect((await first).value).toMatchObject({ data: { noteWritten: { note: { text: 'over WebSocket', author: { name: 'Willis' } } } } });
    expect(tokens).toEqual(['socket']);
    await events.return?.();
    await client.dispose();
    await eventually(() => log.readers === 0);
  });

  it.each([
    ['server-sent events', 'text/event-stream'],
    ['multipart', 'multipart/mixed;subscriptionSpec=1.0, application/json'],
  ])('over %s on the same URL', async (name, accept) => {
    const leave = new AbortController();
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, authorization: 'stream' },
      body: JSON.stringify({ query: SUBSCRIPTION }),
      signal: leave.signal,
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    await eventually(() => log.readers === 1);

    log.write(name);
    let text = '';
    while (!text.includes('"author"')) text += (await reader?.read())?.value ?? '';

    expect(text).toContain(`"text":${JSON.stringify(name)}`);
    leave.abort();
    await eventually(() => log.readers === 0);
  });

  it('over one event stream, whose requests Apollo Server does not see', async () => {
    const client = createSseClient({ url, singleConnection: true, retryAttempts: 0, headers: { authorization: 'stream' } });
    const events = client.iterate({ query: SUBSCRIPTION });
    const first = events.next();
    await eventually(() => log.readers === 1);

    log.write('over one stream');

    expect(await first).toMatchObject({ value: { data: { noteWritten: { note: { text: 'over one stream' } } } } });
    await events.return?.();
    await eventually(() => log.readers === 0);
    client.dispose();
  });

  it('a client that `context` refuses gets the reason', async () => {
    const client = createClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { authorization: 'bad' },
      retryAttempts: 0,
    });

    const outcome = await client
      .iterate({ query: SUBSCRIPTION })
      .next()
      .catch((error: unknown) => error);

    expect(JSON.stringify(outcome)).toContain('UNAUTHENTICATED');
    await client.dispose();
  });

  it("Apollo Server's stop closes the sockets with 1001", async () => {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
    await once(socket, 'open');
    const closed = once(socket, 'close');

    await server.stop();

    expect((await closed)[0]).toBe(1001);
  });
});
