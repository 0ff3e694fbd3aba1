import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AsyncQueue } from '../../platform/foundation/async-queue.ts';
import { mapAsyncIterable } from '../../platform/foundation/map-async-iterable.ts';
import { startSubgraph, type RunningSubgraph } from '../../gateway/testing/start-subgraph.ts';
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

export type SmallSubgraph = RunningSubgraph;

/** People: `1` Willis and `2` Ana. */
export function startPeople(port = 0): Promise<SmallSubgraph> {
  const names = new Map([
    ['1', 'Willis'],
    ['2', 'Ana'],
  ]);
  const person = (id: string): object | null => (names.has(id) ? { __typename: 'Person', id, name: names.get(id) } : null);
  return start(port, PEOPLE_SDL, {
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

export function startNotes(log: NoteLog, port = 0): Promise<RunningSubgraph> {
  return start(port, NOTES_SDL, {
    Query: { notes: () => log.notes() },
    Person: { notes: () => log.notes() },
    Subscription: { noteWritten: { subscribe: (_parent: unknown, { after }: { after?: string | null }) => log.read(after) } },
  } as Resolvers);
}

function start(port: number, sdl: string, resolvers: Resolvers): Promise<RunningSubgraph> {
  return startSubgraph({ name: 'small', schema: toSubgraphSchema({ name: 'small', sdl, resolvers }), port });
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
