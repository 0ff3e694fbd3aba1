import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApolloGateway, IntrospectAndCompose, RemoteGraphQLDataSource, type GraphQLDataSource } from '@apollo/gateway';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace';
import { startStandaloneServer } from '@apollo/server/standalone';
import { Trace } from '@apollo/usage-reporting-protobuf';
import { GraphQLError } from 'graphql';
import { createHash } from 'node:crypto';
import { createApolloGateway, type ApolloGatewayOptions } from '../../gateway/apollo.ts';
import { NoteLog, startNotes, startPeople, type SmallSubgraph } from '../support/small-graph.ts';

process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';

interface Context {
  readonly token: string | undefined;
}

/** The application under test: what it was told, and where it answers. */
interface Application extends AsyncDisposable {
  readonly calls: string[];
  readonly url: string;
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** One application, written for ApolloGateway: a manager, data sources of its own, plugins, hooks. Only who makes the gateway differs. */
async function startApplication(
  createGateway: (options: ApolloGatewayOptions) => ReturnType<typeof createApolloGateway> | ApolloGateway,
  subgraphs: readonly { name: string; url: string }[],
): Promise<Application> {
  const calls: string[] = [];

  class OwnDataSource extends RemoteGraphQLDataSource<Context> {
    name = '';
    override willSendRequest({
      request,
      context,
      kind,
      ...rest
    }: Parameters<NonNullable<RemoteGraphQLDataSource<Context>['willSendRequest']>>[0]): void {
      if (String(kind) !== 'incoming operation') return;
      const { pathInIncomingRequest = [] } = rest as { pathInIncomingRequest?: unknown[] };
      calls.push(
        `willSendRequest ${this.name} ${kind} at [${pathInIncomingRequest.join()}] ${words(request.query)} ${JSON.stringify(request.variables)}`,
      );
      if (context.token === 'bad') throw new GraphQLError('no entry', { extensions: { code: 'UNAUTHENTICATED' } });
      request.http?.headers.set('authorization', `for ${context.token}`);
    }
    override didReceiveResponse({
      response,
      request,
      context,
    }: Parameters<NonNullable<RemoteGraphQLDataSource<Context>['didReceiveResponse']>>[0]): typeof response {
      if (request.query?.includes('_service')) return response;
      calls.push(`didReceiveResponse ${this.name} ${context.token} ${JSON.stringify(response.data)} ${response.http?.status}`);
      return { ...response, extensions: { ...response.extensions, seen: true } };
    }
  }
  const plugin: ApolloServerPlugin<Context> = {
    async serverWillStart({ schema }) {
      calls.push(`serverWillStart ${Object.keys(schema.getQueryType()?.getFields() ?? {}).join()}`);
      return {
        schemaDidLoadOrUpdate: ({ apiSchema, coreSupergraphSdl }) =>
          void calls.push(`schemaDidLoadOrUpdate ${apiSchema.getQueryType()?.name} ${coreSupergraphSdl?.includes('join__Graph')}`),
        serverWillStop: async () => void calls.push('serverWillStop'),
      };
    },
    async requestDidStart() {
      return {
        didResolveSource: async ({ queryHash }) => void calls.push(`didResolveSource ${queryHash.slice(0, 8)}`),
        parsingDidStart: async () => void calls.push('parsingDidStart'),
        validationDidStart: async () => void calls.push('validationDidStart'),
        didResolveOperation: async ({ operationName, operation, overallCachePolicy }) =>
          void calls.push(`didResolveOperation ${operationName} ${operation?.operation} ${overallCachePolicy.maxAge}`),
        executionDidStart: async () => {
          calls.push('executionDidStart');
          return { executionDidEnd: async () => void calls.push('executionDidEnd') };
        },
        didEncounterErrors: async ({ errors }) =>
          void calls.push(
            `didEncounterErrors ${errors.map((error) => `${error.message} ${String(error.extensions['code'])} ${String(error.extensions['serviceName'])}`).join()}`,
          ),
        willSendResponse: async ({ response, overallCachePolicy }) => {
          response.http.headers.set('x-plugin', 'was here');
          calls.push(`willSendResponse ${response.body.kind} cached ${overallCachePolicy.maxAge}`);
        },
      };
    },
  };
  const gateway = createGateway({
    supergraphSdl: new IntrospectAndCompose({ subgraphs: [...subgraphs] }),
    buildService: ({ name, url }): GraphQLDataSource => Object.assign(new OwnDataSource({ url: url ?? '' }), { name }) as GraphQLDataSource,
    experimental_didResolveQueryPlan: ({ queryPlan, serviceMap, operationContext, requestContext }) =>
      void calls.push(
        `didResolveQueryPlan ${queryPlan.kind} ${queryPlan.node?.kind} ${servicesIn(queryPlan.node).join()} of ${Object.keys(serviceMap).sort().join()} ${operationContext.operation.operation} ${JSON.stringify(requestContext.request.variables)}`,
      ),
    experimental_didUpdateSupergraph: (now, before) =>
      void calls.push(`didUpdateSupergraph ${'compositionId' in now && now.compositionId.length} ${before === undefined}`),
    logger: quiet,
  });
  const server = new ApolloServer<Context>({
    gateway,
    plugins: [plugin, ApolloServerPluginInlineTrace()],
    logger: quiet,
  });
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: '127.0.0.1' },
    context: async ({ req }) => ({ token: req.headers.authorization }),
  });
  return { calls, url, [Symbol.asyncDispose]: () => server.stop() };
}

/** The text of an operation without what the two write differently: spaces, names of operations, and where they ask for `__typename`. */
function words(query: string | undefined): string {
  return (query ?? '')
    .replace(/\s+/g, ' ')
    .replace(/[{}():,]/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/__\w+__\d+ ?|\b__typename ?/g, '')
    .trim();
}

function servicesIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { serviceName, nodes, node: child } = node as { serviceName?: string; nodes?: unknown[]; node?: unknown };
  return [...(serviceName === undefined ? [] : [serviceName]), ...(nodes ?? []).flatMap(servicesIn), ...servicesIn(child)];
}

let people: SmallSubgraph;
let notes: SmallSubgraph;
let theirs: Application;
let ours: Application;
beforeAll(async () => {
  const log = new NoteLog();
  log.write('one');
  [people, notes] = [await startPeople(), await startNotes(log)];
  const subgraphs = [
    { name: 'people', url: people.url },
    { name: 'notes', url: notes.url },
  ];
  theirs = await startApplication((options) => new ApolloGateway(options as ConstructorParameters<typeof ApolloGateway>[0]), subgraphs);
  ours = await startApplication(createApolloGateway, subgraphs);
});
afterAll(async () => {
  await theirs[Symbol.asyncDispose]();
  await ours[Symbol.asyncDispose]();
  await people[Symbol.asyncDispose]();
  await notes[Symbol.asyncDispose]();
});

async function ask(
  { url }: Application,
  body: object,
  headers: Record<string, string> = {},
): Promise<{ status: number; plugin: string | null; cache: string | null; json: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'me', ...headers },
    body: JSON.stringify(body),
  });
  const [plugin, cache] = [response.headers.get('x-plugin'), response.headers.get('cache-control')];
  return { status: response.status, plugin, cache, json: await response.json() };
}

/** Asks both; what each recorded meanwhile comes with its answer. Fetches that run at the same time have no order. */
async function askBoth(body: object, headers?: Record<string, string>): Promise<{ theirs: unknown; ours: unknown }> {
  const one = async (application: Application): Promise<object> => {
    application.calls.length = 0;
    const answer = await ask(application, body, headers);
    return { ...answer, calls: [...application.calls].sort() };
  };
  return { theirs: await one(theirs), ours: await one(ours) };
}

describe('one application behind ApolloGateway and behind ours', () => {
  it('starts with the same calls', () => {
    expect(ours.calls).toEqual(theirs.calls);
    expect(ours.calls.some((call) => call.startsWith('schemaDidLoadOrUpdate Query true'))).toBe(true);
  });

  it.each<[string, { query: string; variables?: object; operationName?: string }]>([
    ['a query of one subgraph', { query: 'query One($id: ID!) { person(id: $id) { name } }', variables: { id: '1' } }],
    ['entities of another subgraph', { query: '{ person(id: "2") { name notes { text author { name } } } }' }],
    ['two subgraphs at once', { query: '{ person(id: "1") { id } notes { text } }' }],
    [
      'aliases, fragments and conditions',
      {
        query:
          'query ($with: Boolean!) { me: person(id: "1") { ...P @include(if: $with) } } fragment P on Person { called: name notes { text } }',
        variables: { with: true },
      },
    ],
    [
      'a fragment that is left out',
      {
        query: 'query ($with: Boolean!) { me: person(id: "1") { id ...P @include(if: $with) } } fragment P on Person { notes { text } }',
        variables: { with: false },
      },
    ],
    ['one of several operations', { query: 'query A { notes { text } } query B { person(id: "1") { name } }', operationName: 'B' }],
    ['a mutation', { query: 'mutation { rename(id: "2", name: "Ana") { name notes { text } } }' }],
    ['introspection', { query: '{ __schema { queryType { name } } __type(name: "Person") { fields { name } } }' }],
    ['nothing', { query: '{ person(id: "9") { name notes { text } } }' }],
    ['a document that does not parse', { query: '{ person(' }],
    ['a document that is not valid', { query: '{ nobody }' }],
    ['a header that a data source sets', { query: '{ headers }' }],
  ])('%s: the same answer, the same calls', async (name, body) => {
    const both = await askBoth(body);

    if (name === 'a header that a data source sets') {
      // Who asks shows in the user agent's headers; what the data source has set must be there.
      for (const { json } of Object.values(both) as { json: { data: { headers: string } } }[])
        expect(JSON.parse(json.data.headers)).toMatchObject({ authorization: 'for me' });
      return;
    }
    expect(both.ours).toEqual(both.theirs);
  });

  it('a data source that refuses with a GraphQLError: its message and code reach plugins and clients', async () => {
    const { json, calls } = (await askBoth({ query: '{ person(id: "1") { name } }' }, { authorization: 'bad' })).ours as {
      json: unknown;
      calls: string[];
    };

    expect(json).toMatchObject({ data: { person: null }, errors: [{ message: 'no entry', extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(calls).toContain('didEncounterErrors no entry UNAUTHENTICATED people');
  });

  it('persisted queries', async () => {
    const query = '{ person(id: "1") { name } }';
    const extensions = { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') } };

    for (const body of [{ extensions }, { query, extensions }, { extensions }]) {
      const both = await askBoth(body);
      expect(both.ours).toEqual(both.theirs);
    }
  });

  it('federated traces: the same plan, and what each subgraph tells of itself', async () => {
    const body = { query: '{ person(id: "2") { name notes { text author { name } } } }' };
    const shapeOf = async (application: Application): Promise<unknown> => {
      const { json } = await ask(application, body, { 'apollo-federation-include-trace': 'ftv1' });
      const { extensions } = json as { extensions: { ftv1: string } };
      return shape(Trace.toObject(Trace.decode(Buffer.from(extensions.ftv1, 'base64'))).queryPlan);
    };

    const [their, our] = [await shapeOf(theirs), await shapeOf(ours)];

    expect(our).toEqual(their);
    expect(JSON.stringify(our)).toContain('"sentTime":"number"');
    expect(people.headers.at(-1)).toMatchObject({ 'apollo-federation-include-trace': 'ftv1' });
  });
});

/** What is measured is not the same twice: only that it is there. */
function shape(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => shape(item));
  if (key === 'sentTime' || key === 'receivedTime' || key === 'sentTimeOffset') return 'number';
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shape(item, name)]));
}
