import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createHash } from 'node:crypto';
import { createApolloGateway } from '../../gateway/apollo.ts';
import { composeSupergraph } from '../../gateway/supergraph/compose.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { NOTES_SDL, NoteLog, PEOPLE_SDL, startNotes, startPeople, type SmallSubgraph } from '../support/small-graph.ts';

/** What a plugin was told, in order. */
const told: string[] = [];
const plugin: ApolloServerPlugin = {
  async serverWillStart() {
    return {
      schemaDidLoadOrUpdate({ coreSupergraphSdl }) {
        told.push(`schema ${coreSupergraphSdl?.includes('join__Graph')}`);
      },
    };
  },
  async requestDidStart() {
    return {
      async didResolveOperation({ operationName }) {
        told.push(`operation ${operationName}`);
      },
      async didEncounterErrors({ errors }) {
        told.push(`errors ${errors.map(({ extensions }) => String(extensions.code)).join()}`);
      },
      async willSendResponse({ response }) {
        response.http.headers.set('x-plugin', 'was here');
      },
    };
  },
};

let people: SmallSubgraph;
let notes: SmallSubgraph;
let sdl: string;
let server: ApolloServer;
let url: string;
beforeAll(async () => {
  const log = new NoteLog();
  log.write('one');
  [people, notes] = [await startPeople(), await startNotes(log)];
  sdl = composeSupergraph([
    { name: 'people', routingUrl: people.url, sdl: PEOPLE_SDL, from: 'people' },
    { name: 'notes', routingUrl: notes.url, sdl: NOTES_SDL, from: 'notes' },
    { name: 'gone', routingUrl: 'http://127.0.0.1:9/graphql', sdl: 'type Query { gone: String }', from: 'gone' },
  ]).sdl;
  server = new ApolloServer({
    gateway: createApolloGateway({ supergraphSdl: sdl, logger: silentLogger, forwardHeaders: ['authorization'] }),
    plugins: [plugin],
  });
  ({ url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } }));
});
afterAll(async () => {
  await server.stop();
  await people[Symbol.asyncDispose]();
  await notes[Symbol.asyncDispose]();
});

/** As Apollo Client sends it. */
async function fetchAsApolloClient(
  body: object,
  headers: Record<string, string> = {},
): Promise<{ status: number; plugin: string | null; json: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'application/graphql-response+json,application/json;q=0.9', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, plugin: response.headers.get('x-plugin'), json: await response.json() };
}

async function execute(query: string, variables: Record<string, unknown> = {}): Promise<unknown> {
  const { body } = await server.executeOperation({ query, variables });
  return JSON.parse(JSON.stringify(body.kind === 'single' ? body.singleResult : body));
}

describe('the gateway behind ApolloServer({ gateway })', () => {
  it("answers Apollo Server's executeOperation over several subgraphs", async () => {
    expect(await execute('query ($id: ID!) { person(id: $id) { name notes { text author { name } } } }', { id: '2' })).toEqual({
      data: { person: { name: 'Ana', notes: [{ text: 'one', author: { name: 'Willis' } }] } },
    });
  });

  it('answers Apollo Client over HTTP, and plugins see the request and change the response', async () => {
    told.length = 0;

    const reply = await fetchAsApolloClient({
      operationName: 'Me',
      variables: { id: '1' },
      query: 'query Me($id: ID!) { person(id: $id) { __typename name } }',
    });

    expect(reply).toEqual({ status: 200, plugin: 'was here', json: { data: { person: { __typename: 'Person', name: 'Willis' } } } });
    expect(told).toEqual(['operation Me']);
  });

  it('told plugins of its schema when it loaded', async () => {
    const seen = told.length;
    const other = new ApolloServer({ gateway: createApolloGateway({ supergraphSdl: sdl, logger: silentLogger }), plugins: [plugin] });
    await other.start();

    expect(told.slice(seen)).toEqual(['schema true']);
    await other.stop();
  });

  it('runs mutations', async () => {
    expect(await execute('mutation { rename(id: "2", name: "Anna") { name } }')).toEqual({ data: { rename: { name: 'Anna' } } });
    await execute('mutation { rename(id: "2", name: "Ana") { name } }');
  });

  it("keeps a subgraph's failure with code, path and serviceName, beside the data of the others", async () => {
    told.length = 0;

    const { json } = await fetchAsApolloClient({ query: '{ gone person(id: "1") { name } }' });

    expect(json).toEqual({
      data: { gone: null, person: { name: 'Willis' } },
      errors: [
        {
          message: expect.any(String),
          path: ['gone'],
          extensions: expect.objectContaining({ code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'gone' }),
        },
      ],
    });
    expect(told).toContain('errors SUBGRAPH_UNAVAILABLE');
  });

  it('refuses variables that do not fit with 400 and BAD_USER_INPUT', async () => {
    const { status, json } = await fetchAsApolloClient({ query: 'query ($id: ID!) { person(id: $id) { name } }', variables: {} });

    expect([status, json]).toEqual([
      400,
      { errors: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'BAD_USER_INPUT' }) })] },
    ]);
  });

  it("leaves parsing, validation and persisted queries to Apollo Server, with Apollo Server's codes", async () => {
    const query = '{ person(id: "1") { name } }';
    const extensions = { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') } };

    expect((await fetchAsApolloClient({ query: '{ nothing }' })).status).toBe(400);
    expect((await fetchAsApolloClient({ extensions })).json).toMatchObject({
      errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    });
    expect((await fetchAsApolloClient({ query, extensions })).json).toEqual({ data: { person: { name: 'Willis' } } });
    expect((await fetchAsApolloClient({ extensions })).json).toEqual({ data: { person: { name: 'Willis' } } });
  });

  it('answers introspection', async () => {
    expect(await execute('{ __schema { queryType { name } subscriptionType { name } } }')).toEqual({
      data: { __schema: { queryType: { name: 'Query' }, subscriptionType: { name: 'Subscription' } } },
    });
  });

  it('says where subscriptions are instead of answering null', async () => {
    const { status, json } = await fetchAsApolloClient({ query: 'subscription { noteWritten { cursor } }' });

    expect(status).toBe(400);
    expect(json).toMatchObject({ errors: [{ extensions: { code: 'NOT_ACCEPTABLE' } }] });
  });

  it('forwards the headers that are allowed', async () => {
    const { json } = await fetchAsApolloClient(
      { query: '{ headers }' },
      { authorization: 'Bearer t', 'x-secret': 'no', 'x-request-id': 'r-9' },
    );
    const seen = JSON.parse((json as { data: { headers: string } }).data.headers) as Record<string, string>;

    expect(seen).toMatchObject({ authorization: 'Bearer t', 'x-request-id': 'r-9' });
    expect(seen['x-secret']).toBeUndefined();
  });

  it('does not let Apollo Server start over a supergraph that is none', async () => {
    const broken = new ApolloServer({
      gateway: createApolloGateway({ supergraphSdl: 'type Query { a: Int }', logger: silentLogger }),
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    });

    await expect(broken.start()).rejects.toThrow();
  });
});
