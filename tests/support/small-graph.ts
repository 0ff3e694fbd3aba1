import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graphql, type GraphQLSchema } from 'graphql';
import { makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { AsyncQueue } from '../../platform/foundation/async-queue.ts';
import { mapAsyncIterable } from '../../platform/foundation/map-async-iterable.ts';
import { toSubgraphSchema, type Resolvers } from './fake-subgraph.ts';

export const PEOPLE_SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Person @key(fields: "id") { id: ID! name: String! }
  type Query { person(id: ID!): Person  headers: String!  never: String }
  type Mutation { rename(id: ID!, name: String!): Person! }
`;
export const NOTES_SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Person @key(fields: "id") { id: ID! notes: [Note!] }
  type Note { text: String! author: Person! }
  type NoteEvent { cursor: String! note: Note! }
  type Query { notes: [Note!]! }
  type Subscription { noteWritten(after: String): NoteEvent! }
`;

/** One subgraph on a port of its own. Disposing stops it as a crash would: sockets are cut. */
export interface SmallSubgraph extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Headers of every HTTP request and upgrade. */
  readonly headers: readonly IncomingMessage['headers'][];
  /** Operations that clients wait for now. */
  readonly running: ReadonlySet<unknown>;
  /** Cuts every connection, as a network does. */
  cut(): void;
}

/** People: `1` Willis and `2` Ana. */
export function startPeople(port = 0): Promise<SmallSubgraph> {
  const names = new Map([
    ['1', 'Willis'],
    ['2', 'Ana'],
  ]);
  const person = (id: string): object | null => (names.has(id) ? { __typename: 'Person', id, name: names.get(id) } : null);
  return startSubgraph(port, PEOPLE_SDL, {
    Query: {
      person: (_parent: unknown, { id }: { id: string }) => person(id),
      headers: (_parent: unknown, _args: unknown, { headers }: { headers: unknown }) => JSON.stringify(headers),
      never: () => new Promise(() => undefined),
    },
    Mutation: {
      rename: (_parent: unknown, { id, name }: { id: string; name: string }) => {
        names.set(id, name);
        return person(id);
      },
    },
    Person: { __resolveReference: ({ id }: { id: string }) => person(id) },
  } as Resolvers);
}

/** What was written, kept while subgraphs come and go: the log that `after` reads. */
export class NoteLog {
  readonly #texts: string[] = [];
  readonly #readers = new Set<AsyncQueue<number>>();

  write(text: string): void {
    this.#texts.push(text);
    for (const reader of this.#readers) reader.push(this.#texts.length);
  }

  /** Subscriptions that read now. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Everything behind `after` (default: from now on), then what is written. Person 1 and 2 take turns. */
  read(after: string | null | undefined): AsyncIterableIterator<object> {
    const queue: AsyncQueue<number> = new AsyncQueue({ bound: 100_000, onReturn: () => this.#readers.delete(queue) });
    const from = after === undefined || after === null ? this.#texts.length : Number(after);
    for (let position = from + 1; position <= this.#texts.length; position += 1) queue.push(position);
    this.#readers.add(queue);
    return mapAsyncIterable(queue, (position) => ({ noteWritten: { cursor: String(position), note: this.#note(position) } }));
  }

  notes(): object[] {
    return this.#texts.map((_text, index) => this.#note(index + 1));
  }

  #note(position: number): object {
    return { text: this.#texts[position - 1], author: { __typename: 'Person', id: String(2 - (position % 2)) } };
  }
}

export function startNotes(log: NoteLog, port = 0): Promise<SmallSubgraph> {
  return startSubgraph(port, NOTES_SDL, {
    Query: { notes: () => log.notes() },
    Person: { notes: () => log.notes() },
    Subscription: { noteWritten: { subscribe: (_parent: unknown, { after }: { after?: string | null }) => log.read(after) } },
  } as Resolvers);
}

async function startSubgraph(port: number, sdl: string, resolvers: Resolvers): Promise<SmallSubgraph> {
  const schema: GraphQLSchema = toSubgraphSchema({ name: 'small', sdl, resolvers });
  const sockets = new Set<Socket>();
  const headers: IncomingMessage['headers'][] = [];
  const running = new Set<unknown>();
  const http = createServer((request, response) => {
    headers.push(request.headers);
    running.add(request);
    response.on('close', () => running.delete(request));
    const answer = async (): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { query, variables } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        query: string;
        variables?: Record<string, unknown>;
      };
      const result = await graphql({ schema, source: query, variableValues: variables, contextValue: { headers: request.headers } });
      response.setHeader('content-type', 'application/json').end(JSON.stringify(result));
    };
    answer().catch(() => response.destroy());
  });
  const webSockets = new WebSocketServer({ server: http, path: '/graphql', handleProtocols: () => 'graphql-transport-ws' });
  const graphqlWs = makeServer({ schema });
  webSockets.on('connection', (socket, request) => {
    headers.push(request.headers);
    const send = (text: string): Promise<void> => new Promise((resolve) => socket.send(text, () => resolve()));
    const onMessage = (handle: (text: string) => Promise<void>): void =>
      void socket.on('message', (data) => void handle(data.toString()).catch(() => socket.terminate()));
    const onClosed = graphqlWs.opened(
      { protocol: socket.protocol, send, close: (code, reason) => socket.close(code, reason), onMessage },
      undefined,
    );
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => void onClosed(code, reason.toString()).catch(() => undefined));
  });
  http.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
  const actualPort = (http.address() as AddressInfo).port;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: actualPort,
    url: `http://127.0.0.1:${actualPort}/graphql`,
    headers,
    running,
    cut,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => http.close(resolve));
      cut();
      await closed;
      webSockets.close();
    },
  };
}

/** A `supergraph.yaml` over both, in a folder of its own; their addresses come from PEOPLE and NOTES of the environment. */
export async function writeSupergraph(): Promise<AsyncDisposable & { readonly file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'small-graph-'));
  const file = join(folder, 'supergraph.yaml');
  await writeFile(join(folder, 'people.graphql'), PEOPLE_SDL);
  await writeFile(join(folder, 'notes.graphql'), NOTES_SDL);
  await writeFile(
    file,
    `federation_version: =2.14.0
subgraphs:
  people: { routing_url: "\${env.PEOPLE}", schema: { file: ./people.graphql } }
  notes: { routing_url: "\${env.NOTES:-http://127.0.0.1:9/graphql}", schema: { file: ./notes.graphql } }
`,
  );
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
