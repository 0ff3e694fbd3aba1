import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graphql, type GraphQLSchema } from 'graphql';
import { toSubgraphSchema, type Resolvers } from './fake-subgraph.ts';
import { startRawHttpServer, type RawHttpServer } from './raw-http-server.ts';

/** How many lists the type of `Query.lists` and its argument have around their Int. */
export const LISTS = 100;
const lists = `${'['.repeat(LISTS)}Int${']'.repeat(LISTS)}`;
const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';

/** Names that every object of JavaScript has, wherever the schema can have a name: field, argument, input field, key of an entity. */
const THINGS_SDL = `${link}
  scalar JSON
  input Deep { constructor: String  prototype: Int  deeper: Deep  deepers: [[Deep!]!] }
  type Thing @key(fields: "constructor") { constructor: ID!  prototype: String  child: Thing }
  type Query { thing(constructor: ID!): Thing  deep(prototype: Deep): JSON  echo(json: JSON, text: String): JSON  lists(value: ${lists}): ${lists} }
`;
const NAMES_SDL = `${link}
  type Thing @key(fields: "constructor") { constructor: ID!  name: String }
`;

/** What the subgraph `things` answers when it is asked for the thing `pollute`: keys that nobody asked for, at every level. (The gateway asks for a field that is a key, too, under a name of its own.) */
const POLLUTED =
  '{"data":{"thing":{"__typename":"Thing","constructor":"pollute","constructor__1":"pollute","prototype":"p","__proto__":{"polluted":1}},"__proto__":{"polluted":1}},' +
  '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"extensions":{"__proto__":{"polluted":1}}}';

interface ThingKey {
  readonly constructor: string;
}

/** One server for both subgraphs, and a `supergraph.yaml` over them. */
export async function startAwkwardGraph(): Promise<AsyncDisposable & { readonly file: string }> {
  const thing = (id: string): object => ({ __typename: 'Thing', constructor: id, prototype: `prototype of ${id}` });
  const things = toSubgraphSchema({
    name: 'things',
    sdl: THINGS_SDL,
    resolvers: {
      Query: {
        thing: (_parent: unknown, key: ThingKey) => thing(key.constructor),
        deep: (_parent: unknown, { prototype }: { prototype: unknown }) => prototype,
        echo: (_parent: unknown, { json, text }: { json?: unknown; text?: string }) => json ?? text?.length,
        lists: (_parent: unknown, { value }: { value: unknown }) => value,
      },
      Thing: { child: (parent: ThingKey) => thing(parent.constructor), __resolveReference: (key: ThingKey) => thing(key.constructor) },
    } as unknown as Resolvers,
  });
  const names = toSubgraphSchema({
    name: 'names',
    sdl: NAMES_SDL,
    resolvers: {
      Thing: { __resolveReference: (key: ThingKey) => ({ ...key, name: `name of ${key.constructor}` }) },
    } as unknown as Resolvers,
  });
  const server = await startServer({ '/things': things, '/names': names });
  const folder = await mkdtemp(join(tmpdir(), 'awkward-graph-'));
  const file = join(folder, 'supergraph.yaml');
  await writeFile(join(folder, 'things.graphql'), THINGS_SDL);
  await writeFile(join(folder, 'names.graphql'), NAMES_SDL);
  const subgraph = (name: string): string =>
    `  ${name}: { routing_url: "${new URL(`/${name}`, server.url).href}", schema: { file: ./${name}.graphql } }\n`;
  await writeFile(file, `federation_version: =2.14.0\nsubgraphs:\n${subgraph('things')}${subgraph('names')}`);
  return {
    file,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function startServer(schemas: Readonly<Record<string, GraphQLSchema>>): Promise<RawHttpServer> {
  return startRawHttpServer((request, response, body) => {
    const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
    const schema = schemas[request.url ?? ''];
    const answer = async (): Promise<string> => {
      if (!schema) return '{}';
      if (request.url === '/things' && body.includes('"pollute"')) return POLLUTED;
      return JSON.stringify(await graphql({ schema, source: query, variableValues: variables ?? null }));
    };
    answer().then(
      (text) => response.writeHead(200, { 'content-type': 'application/json' }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
}
