import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalGraphQLDataSource, RemoteGraphQLDataSource, type GraphQLDataSource, type SupergraphManager } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { GraphQLError, parse } from 'graphql';
import { createApolloGateway, type ApolloGateway, type ApolloGatewayOptions } from '../../gateway/apollo.ts';
import { composeSupergraph } from '../../gateway/supergraph/compose.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { NOTES_SDL, NoteLog, PEOPLE_SDL, startNotes, startPeople, type SmallSubgraph } from '../support/small-graph.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const GONE = 'http://127.0.0.1:9/graphql';

let people: SmallSubgraph;
let notes: SmallSubgraph;
let sdl: string;
beforeAll(async () => {
  const log = new NoteLog();
  log.write('one');
  [people, notes] = [await startPeople(), await startNotes(log)];
  sdl = composed();
});
afterAll(async () => {
  await people[Symbol.asyncDispose]();
  await notes[Symbol.asyncDispose]();
});

/** The small graph, with more fields of a third subgraph when asked for. */
function composed(more?: { sdl: string; url: string }): string {
  return composeSupergraph([
    { name: 'people', routingUrl: people.url, sdl: PEOPLE_SDL, from: 'people' },
    { name: 'notes', routingUrl: notes.url, sdl: NOTES_SDL, from: 'notes' },
    ...(more ? [{ name: 'more', routingUrl: more.url, sdl: more.sdl, from: 'more' }] : []),
  ]).sdl;
}

interface Running extends AsyncDisposable {
  readonly gateway: ApolloGateway;
  execute(query: string, contextValue?: object): Promise<unknown>;
}

async function start(options: ApolloGatewayOptions): Promise<Running> {
  const gateway = createApolloGateway({ logger: silentLogger, ...options });
  const server = new ApolloServer({ gateway, logger: quiet });
  await server.start();
  return {
    gateway,
    async execute(query, contextValue = {}) {
      const { body } = await server.executeOperation({ query }, { contextValue });
      return JSON.parse(JSON.stringify(body.kind === 'single' ? body.singleResult : body));
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** A manager that a test drives. */
function createManager(
  first: string,
): SupergraphManager & { update: (sdl: string) => void; healthCheck: (sdl: string) => Promise<void>; cleaned: number } {
  const manager = {
    update: (_sdl: string): void => undefined,
    healthCheck: async (_sdl: string): Promise<void> => undefined,
    cleaned: 0,
    async initialize({ update, healthCheck }: Parameters<SupergraphManager['initialize']>[0]) {
      Object.assign(manager, { update, healthCheck });
      return { supergraphSdl: first, cleanup: async () => void (manager.cleaned += 1) };
    },
  };
  return manager;
}

describe('supergraphs', () => {
  it('a function may bring the supergraph', async () => {
    await using app = await start({ supergraphSdl: async () => ({ supergraphSdl: sdl }) });

    expect(await app.execute('{ person(id: "1") { name } }')).toEqual({ data: { person: { name: 'Willis' } } });
  });

  it("a manager's update replaces the supergraph whole, Apollo Server's schema included", async () => {
    const told: unknown[] = [];
    const manager = createManager(sdl);
    await using app = await start({
      supergraphSdl: manager,
      experimental_didUpdateSupergraph: (now, before) =>
        void told.push('supergraphSdl' in now && now.supergraphSdl.length, before !== undefined),
    });
    expect(await app.execute('{ more }')).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });

    const newer = composed({ sdl: 'type Query { more: String }', url: GONE });
    manager.update(newer);

    expect(await app.execute('{ more }')).toMatchObject({
      data: { more: null },
      errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }],
    });
    expect(told).toEqual([sdl.length, false, newer.length, true]);
  });

  it('an update that is no supergraph keeps the one before, tells its manager and the log', async () => {
    const { logger, lines } = createRecordingLogger();
    const manager = createManager(sdl);
    await using app = await start({ supergraphSdl: manager, logger });

    expect(() => manager.update('type Query { a: Int }')).toThrow(/supergraphSdl/);

    expect(await app.execute('{ person(id: "1") { name } }')).toEqual({ data: { person: { name: 'Willis' } } });
    expect(lines.join()).toContain('error: a new supergraph was refused, the one before is kept');
  });

  it("Apollo Server's stop calls the manager's cleanup once, and later updates are refused", async () => {
    const manager = createManager(sdl);
    const app = await start({ supergraphSdl: manager });

    await app[Symbol.asyncDispose]();
    await app.gateway.stop();

    expect(manager.cleaned).toBe(1);
    expect(() => manager.update(sdl)).toThrow(/stopped/);
  });

  it('a manager may ask whether the subgraphs of a supergraph are there before it uses it', async () => {
    const manager = createManager(sdl);
    await using _app = await start({ supergraphSdl: manager });

    await expect(manager.healthCheck(sdl)).resolves.toBeUndefined();
    await expect(manager.healthCheck(composed({ sdl: 'type Query { more: String }', url: GONE }))).rejects.toThrow(/\[more\]/);
  });

  it('serviceHealthCheck: does not load while a subgraph is away, and can be asked again later', async () => {
    const broken = createApolloGateway({
      supergraphSdl: composed({ sdl: 'type Query { more: String }', url: GONE }),
      serviceHealthCheck: true,
      logger: silentLogger,
    });
    await expect(new ApolloServer({ gateway: broken, logger: quiet }).start()).rejects.toThrow(/\[more\]/);

    await using app = await start({ supergraphSdl: sdl, serviceHealthCheck: true });
    expect((await app.gateway.serviceHealthCheck()).map(({ name }) => name)).toEqual(['people', 'notes'].sort());
  });

  it('serviceList asks subgraphs for their schema, as ApolloGateway does, and says that it is old', async () => {
    const { logger, lines } = createRecordingLogger();
    await using app = await start({
      serviceList: [
        { name: 'people', url: people.url },
        { name: 'notes', url: notes.url },
      ],
      logger,
    });

    expect(await app.execute('{ person(id: "1") { name notes { text } } }')).toEqual({
      data: { person: { name: 'Willis', notes: [{ text: 'one' }] } },
    });
    expect(lines.join()).toContain('IntrospectAndCompose');
  });

  it('localServiceList and LocalGraphQLDataSource: subgraphs inside the process', async () => {
    const typeDefs = parse('type Query { hello(name: String!): String! }');
    const schema = buildSubgraphSchema({
      typeDefs,
      resolvers: {
        Query: {
          hello: (_parent: unknown, { name }: { name: string }, context: unknown) => `${(context as { mood: string }).mood} ${name}`,
        },
      },
    });
    await using app = await start({
      localServiceList: [{ name: 'hello', typeDefs }],
      buildService: () => new LocalGraphQLDataSource(schema) as GraphQLDataSource,
    });

    expect(await app.execute('{ hello(name: "Ana") }', { mood: 'good morning' })).toEqual({ data: { hello: 'good morning Ana' } });
  });

  it('says what is missing when nothing brings a supergraph', async () => {
    const server = new ApolloServer({ gateway: createApolloGateway({ logger: silentLogger }), logger: quiet, apollo: {} });

    await expect(server.start()).rejects.toThrow(/expected supergraphSdl/);
  });
});

describe('options', () => {
  it('one that nothing stands behind is refused with what to write instead; one without effect is named in the log', () => {
    const { logger, lines } = createRecordingLogger();

    expect(() => createApolloGateway({ experimental_updateSupergraphSdl: async () => ({}) } as ApolloGatewayOptions)).toThrow(
      /give a function as supergraphSdl/,
    );
    createApolloGateway({ supergraphSdl: sdl, telemetry: {}, logger } as ApolloGatewayOptions);

    expect(lines).toEqual([expect.stringContaining('warn: option telemetry is ignored')]);
  });

  it('writes to a logger like console in whole sentences', async () => {
    const lines: unknown[] = [];
    const push = (line: unknown): void => void lines.push(line);
    const manager = createManager(sdl);
    await using _app = await start({ supergraphSdl: manager, logger: { debug: push, info: push, warn: push, error: push } });

    manager.update(composed({ sdl: 'type Query { more: String }', url: GONE }));

    expect(lines).toContainEqual(expect.stringMatching(/^a new supergraph is used/));
  });

  it('shows query plans in the extensions for the header of ApolloGateway, when told to', async () => {
    const ask = async (options: ApolloGatewayOptions): Promise<unknown> => {
      const server = new ApolloServer({
        gateway: createApolloGateway({ supergraphSdl: sdl, logger: silentLogger, ...options }),
        logger: quiet,
      });
      await server.start();
      const headers = new Map([['apollo-query-plan-experimental', '1']]);
      const { body } = await server.executeOperation({
        query: '{ person(id: "1") { name } }',
        http: { method: 'POST', search: '', body: {}, headers: headers as never },
      });
      await server.stop();
      return body.kind === 'single' ? body.singleResult.extensions : undefined;
    };

    expect(await ask({ __exposeQueryPlanExperimental: true })).toEqual({
      __queryPlanExperimental: expect.stringContaining('Fetch(service: "people")'),
    });
    expect(await ask({})).toBeUndefined();
  });
});

describe('data sources', () => {
  const remote =
    (overrides: object): NonNullable<ApolloGatewayOptions['buildService']> =>
    ({ url }) =>
      Object.assign(new RemoteGraphQLDataSource({ url: url ?? '' }), overrides) as GraphQLDataSource;

  it('may use a fetch of their own', async () => {
    const asked: string[] = [];
    const fetcher = async (url: string, init: object): Promise<unknown> => {
      asked.push(url);
      return fetch(url, init);
    };
    await using app = await start({ supergraphSdl: sdl, buildService: remote({ fetcher }) });

    expect(await app.execute('{ person(id: "1") { name } }')).toEqual({ data: { person: { name: 'Willis' } } });
    expect(asked).toEqual([people.url]);
  });

  it('may keep an answer and give it again: it is not changed by what other subgraphs add', async () => {
    const kept = { data: Object.freeze({ person: Object.freeze({ __typename: 'Person', id: '1', name: 'Kept' }) }) };
    await using app = await start({
      supergraphSdl: sdl,
      buildService: ({ name, url }) =>
        (name === 'people' ? { process: async () => kept } : new RemoteGraphQLDataSource({ url: url ?? '' })) as GraphQLDataSource,
    });
    const expected = { data: { person: { name: 'Kept', notes: [{ text: 'one' }] } } };

    expect(await app.execute('{ person(id: "1") { name notes { text } } }')).toEqual(expected);
    expect(await app.execute('{ person(id: "1") { name notes { text } } }')).toEqual(expected);
  });

  it('that cannot reach their subgraph give SUBGRAPH_UNAVAILABLE, and one that takes too long SUBGRAPH_TIMEOUT', async () => {
    const gone = { fetcher: async () => fetch(GONE) };
    await using away = await start({ supergraphSdl: sdl, buildService: remote(gone) });
    await using slow = await start({
      supergraphSdl: sdl,
      subgraphTimeoutMs: 100,
      buildService: () => ({ process: () => new Promise(() => undefined) }),
    });

    expect(await away.execute('{ person(id: "1") { name } }')).toMatchObject({
      errors: [{ path: ['person'], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }],
    });
    expect(await slow.execute('{ person(id: "1") { name } }')).toMatchObject({
      errors: [{ path: ['person'], extensions: { code: 'SUBGRAPH_TIMEOUT' } }],
    });
  });

  it('that have a bug, or answer what is no object, do not end the process, and clients are not told how they are built', async () => {
    const bug = { willSendRequest: () => (undefined as unknown as { a: { b: string } }).a.b };
    await using buggy = await start({ supergraphSdl: sdl, buildService: remote(bug) });
    await using odd = await start({ supergraphSdl: sdl, buildService: () => ({ process: async () => 'odd' as never }) });

    const answer = await buggy.execute('{ person(id: "1") { name } }');
    expect(answer).toMatchObject({ data: { person: null }, errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
    expect(JSON.stringify(answer)).not.toContain('undefined');
    expect(await odd.execute('{ person(id: "1") { name } }')).toMatchObject({ errors: [{ extensions: { code: 'SUBGRAPH_MALFORMED' } }] });
  });

  it('whose subgraph answers 401 tell so, with the extensions that formatError may look at', async () => {
    const fetcher = async (): Promise<Response> =>
      new Response('{"a":1}', { status: 401, headers: { 'content-type': 'application/json' } });
    await using app = await start({ supergraphSdl: sdl, buildService: remote({ fetcher }) });

    expect(await app.execute('{ person(id: "1") { name } }')).toMatchObject({
      errors: [{ path: ['person'], extensions: { code: 'UNAUTHENTICATED', serviceName: 'people', response: { status: 401 } } }],
    });
  });

  it('that honour the cache-control of subgraphs restrict the policy of the whole answer', async () => {
    const policies: unknown[] = [];
    const fetcher = async (url: string, init: object): Promise<Response> => {
      const answer = await fetch(url, init);
      return new Response(await answer.text(), { headers: { 'content-type': 'application/json', 'cache-control': 'max-age=7, private' } });
    };
    const server = new ApolloServer({
      gateway: createApolloGateway({ supergraphSdl: sdl, logger: silentLogger, buildService: remote({ fetcher }) }),
      logger: quiet,
      plugins: [
        {
          requestDidStart: async () => ({
            willSendResponse: async ({ overallCachePolicy: { maxAge, scope } }) => void policies.push([maxAge, scope]),
          }),
        },
      ],
    });
    await server.start();
    await server.executeOperation({ query: '{ person(id: "1") { name } }' });
    await server.stop();

    expect(policies).toEqual([[7, 'PRIVATE']]);
  });

  it('get the parsed document of their request when queryPlannerConfig says so', async () => {
    const kinds: unknown[] = [];
    await using app = await start({
      supergraphSdl: sdl,
      queryPlannerConfig: { exposeDocumentNodeInFetchNode: true },
      buildService: () => ({
        process: async (options) => {
          if ('document' in options) kinds.push(options.document?.kind);
          throw new GraphQLError('enough');
        },
      }),
    });

    await app.execute('{ person(id: "1") { name } }');

    expect(kinds).toEqual(['Document']);
  });
});
