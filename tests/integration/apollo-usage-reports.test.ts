import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginUsageReporting } from '@apollo/server/plugin/usageReporting';
import { startStandaloneServer } from '@apollo/server/standalone';
import { Report } from '@apollo/usage-reporting-protobuf';
import { printSchema } from 'graphql';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { createApolloGateway } from '../../gateway/apollo.ts';
import { composeSupergraph } from '../../gateway/supergraph/compose.ts';
import { startSubgraph } from '../../gateway/testing/start-subgraph.ts';
import { eventually } from '../support/eventually.ts';
import { toSubgraphSchema, type Resolvers } from '../support/fake-subgraph.ts';

process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const people = {
  name: 'people',
  sdl: `${link} type Query { person(id: ID!): Person  people: [Person!]!  nobody: Person } type Person @key(fields: "id") { id: ID! name: String! nick: String }`,
  resolvers: {
    Query: {
      person: (_root: unknown, { id }: { id: string }) => (id === '0' ? null : { __typename: 'Person', id }),
      people: () => ['1', '2'].map((id) => ({ __typename: 'Person', id })),
      nobody: () => {
        throw new Error('nobody is there');
      },
    },
    Person: {
      __resolveReference: ({ id }: { id: string }) => ({ __typename: 'Person', id }),
      name: ({ id }: { id: string }) => `name of ${id}`,
      nick: () => {
        throw new Error('no nick');
      },
    },
  } as Resolvers,
};
const notes = {
  name: 'notes',
  sdl: `${link} type Query { notes: [Note!]! } type Note { text: String author: Person! } type Person @key(fields: "id") { id: ID! notes: [Note!] }`,
  resolvers: {
    Query: { notes: () => [{ author: { __typename: 'Person', id: '1' } }] },
    Person: { notes: () => [{ author: { __typename: 'Person', id: '2' } }] },
    Note: {
      text: () => {
        throw new Error('not readable');
      },
    },
  } as Resolvers,
};

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
/** What each application shows clients, in the order in which they start. */
const schemas: string[] = [];
const opened: (() => Promise<unknown>)[] = [];
const reports: { report: unknown; headers: IncomingMessage['headers']; path: string | undefined }[] = [];
let theirs: string;
let ours: string;
let ownClient: string;

/** What Apollo's service would get. */
async function startReportReceiver(): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const report = Report.toObject(Report.decode(gunzipSync(Buffer.concat(chunks))), { defaults: false, longs: Number });
      reports.push({ report, headers: request.headers, path: request.url });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(
    async () => server.closeAllConnections(),
    async () => server.close(),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startApplication(gateway: ApolloGateway | ReturnType<typeof createApolloGateway>, endpointUrl: string): Promise<string> {
  const server = new ApolloServer({
    gateway,
    apollo: { key: 'service:graph:secret', graphRef: 'graph@current' },
    plugins: [
      { serverWillStart: async ({ schema }) => void schemas.push(printSchema(schema)) },
      ApolloServerPluginUsageReporting({ endpointUrl, sendReportsImmediately: true, sendErrors: { unmodified: true } }),
    ],
    logger: quiet,
  });
  const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
  opened.push(async () => server.stop());
  return url;
}

beforeAll(async () => {
  const receiver = await startReportReceiver();
  // One that traces itself, as Apollo Server does in a subgraph, and one that does not.
  const traced = new ApolloServer({ schema: toSubgraphSchema(people), logger: quiet });
  const { url } = await startStandaloneServer(traced, { listen: { port: 0, host: '127.0.0.1' } });
  opened.push(async () => traced.stop());
  const plain = await startSubgraph({ name: 'notes', schema: toSubgraphSchema(notes) });
  opened.push(async () => plain[Symbol.asyncDispose]());
  const { sdl: supergraphSdl } = composeSupergraph([
    { name: 'people', sdl: people.sdl, routingUrl: url, from: 'people.graphql' },
    { name: 'notes', sdl: notes.sdl, routingUrl: plain.url, from: 'notes.graphql' },
  ]);
  const buildService = ({ url: at }: { url?: string | undefined }): RemoteGraphQLDataSource =>
    new RemoteGraphQLDataSource({ url: at ?? '' });
  theirs = await startApplication(new ApolloGateway({ supergraphSdl, buildService, logger: quiet }), receiver);
  ours = await startApplication(createApolloGateway({ supergraphSdl, buildService, logger: quiet }), receiver);
  ownClient = await startApplication(createApolloGateway({ supergraphSdl, logger: quiet }), receiver);
});
afterAll(async () => {
  for (const close of opened.toReversed()) await close();
});
beforeEach(() => {
  reports.length = 0;
});

/** The report that an application sends of one request. */
async function reportOf(url: string, body: object): Promise<(typeof reports)[0]> {
  const before = reports.length;
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  await response.text();
  return eventually(() => reports[before], 10_000, 5);
}

const requests = {
  'entities of another subgraph': { query: 'query Entities { person(id: "1") { name notes { author { name } } } }' },
  'two subgraphs at once': { query: 'query Both { people { id } notes { author { id } } }' },
  'a branch that was not taken': {
    query: 'query Branch($with: Boolean!) { person(id: "1") { id notes @include(if: $with) { author { id } } } }',
    variables: { with: false },
  },
  'an error of a subgraph that does not trace itself': { query: 'query Broken { people { name notes { text } } }' },
  'an error of a subgraph that traces itself': { query: 'query Traced { me: person(id: "1") { nick } nobody { name } }' },
  'a document that is not valid': { query: '{ nothing }' },
};

/** Apollo Server sends a trace for the first request of a kind that takes about as long, and only counts those after it. */
function asIfNew({ query }: { query: string }): { query: string } {
  return { query: query.replace(/^query /, 'query Another') };
}

describe('usage reports behind ApolloGateway and behind ours', () => {
  it.each(Object.entries(requests))('%s: the same report, with data sources of one’s own and without', async (_name, body) => {
    const [their, our, own] = [await reportOf(theirs, body), await reportOf(ours, body), await reportOf(ownClient, body)];

    expect(shape(our.report)).toEqual(shape(their.report));
    expect(shape(own.report)).toEqual(shape(their.report));
    expect(our.path).toBe('/api/ingress/traces');
    expect(our.headers).toMatchObject({ 'content-encoding': 'gzip', 'x-api-key': 'service:graph:secret' });
  });

  it('hold the plan with times, the subgraph’s own trace, and where subgraphs failed that do not trace themselves', async () => {
    const traced = JSON.stringify((await reportOf(ours, asIfNew(requests['entities of another subgraph']))).report);
    expect(traced).toMatch(
      /"queryPlan":\{"sequence":.*"serviceName":"people".*"responseName":"person".*"sentTime":.*"serviceName":"notes"/,
    );

    const failed = JSON.stringify((await reportOf(ours, asIfNew(requests['an error of a subgraph that does not trace itself']))).report);
    expect(failed).toContain('"service:notes":{"children":{"_entities":{"children":{"notes":{"children":{"text":{"errorsCount":2,');
  });

  it('name the subgraph of a fetch that was not needed, where ApolloGateway has an empty node', async () => {
    const body = { query: 'query None { person(id: "0") { notes { author { id } } } }' };
    const [their, our] = [await reportOf(theirs, body), await reportOf(ours, body)].map(({ report }) => JSON.stringify(shape(report)));
    const flatten = (node: string): string => `{"flatten":{"responsePath":[{"fieldName":"person"}],"node":${node}}}`;

    expect(their).toContain(flatten('{}'));
    expect(our).toContain(flatten('{"fetch":{"serviceName":"notes"}}'));
  });

  it('tell of another schema, because clients may say @defer to ours', () => {
    const [their, ...our] = schemas;
    const withoutDefer = our.map((schema) => schema.replace(/^"""[^"]*"""\ndirective @defer\([^)]*\) on \w+ \| \w+\n\n/, ''));

    expect(our.every((schema) => schema.includes('directive @defer'))).toBe(true);
    expect(withoutDefer).toEqual([their, their]);
  });
});

/** What is measured is not the same twice: only that it is there. Schemas have a test of their own. */
function shape(value: unknown, key = ''): unknown {
  if (/time|duration|latencyCount$/i.test(key)) return 'measured';
  if (key === 'executableSchemaId') return 'an id';
  if (Array.isArray(value)) return value.map((item) => shape(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shape(item, name)]));
}
