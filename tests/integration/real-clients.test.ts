import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { startTestGraph, type TestGraph } from '../../gateway/testing/start-test-graph.ts';
import { AsyncQueue } from '../../platform/foundation/async-queue.ts';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { REAL_CLIENTS, type RealClient, type Seen } from '../support/real-clients.ts';

const TICKS_SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { hello: String! }
  type Mutation { add(by: Int!): Int! }
  type Subscription { tick: Tick! refused: Int! }
  type Tick @key(fields: "n") { n: Int! odd: Int }
`;
const NAMES_SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Tick @key(fields: "n") { n: Int! name: String! }
`;
const TICK = 'subscription { tick { n odd name } }';

const readers = new Set<AsyncQueue<object>>();
let sum = 0;
let graph: TestGraph;
beforeAll(async () => {
  Object.assign(globalThis, { WebSocket }); // GraphQLWsLink looks for it when an operation is refused; Node has it from 22 on
  graph = await startTestGraph({
    subgraphs: {
      ticks: {
        sdl: TICKS_SDL,
        resolvers: {
          Query: { hello: () => 'hello' },
          Mutation: { add: (_parent: unknown, { by }: { by: number }) => (sum += by) },
          Subscription: {
            tick: {
              subscribe() {
                const reader: AsyncQueue<object> = new AsyncQueue({ bound: 1_000, onReturn: () => readers.delete(reader) });
                readers.add(reader);
                return reader;
              },
            },
            refused: {
              subscribe() {
                throw new GraphQLError('not today', { extensions: { code: 'CLOSED' } });
              },
            },
          },
          Tick: {
            odd({ n }: { n: number }) {
              if (n % 2 === 0) throw new GraphQLError('it is even', { extensions: { code: 'EVEN' } });
              return n;
            },
          },
        },
      },
      names: {
        sdl: NAMES_SDL,
        resolvers: { Tick: { __resolveReference: ({ n }: { n: number }) => ({ n, name: `tick ${n}` }) } },
      },
    },
  });
});
afterAll(async () => graph.stop());

const push = (n: number): void => [...readers].forEach((reader) => reader.push({ tick: { n } }));
const end = (): void => [...readers].forEach((reader) => reader.end());

/** Clients that people use, against the gateway as it is, over subgraphs. */
describe.each(REAL_CLIENTS)('$name', ({ name, connect }) => {
  const first = async (query: string): Promise<Seen> => ((await client.open(query).seen.next()) as IteratorResult<Seen, Seen>).value;
  let client: RealClient;
  beforeEach(() => {
    client = connect(graph.url);
  });
  afterEach(() => {
    end(); // what a test that failed left
    client.close();
  });

  it('queries', async () => {
    expect(await first('query { hello }')).toEqual({ data: { hello: 'hello' }, codes: [] });
  });

  it('changes something, once', async () => {
    const before = sum;

    expect(await first('mutation { add(by: 5) }')).toEqual({ data: { add: before + 5 }, codes: [] });
    expect(sum).toBe(before + 5);
  });

  it('gets events as they come, an error in one of them beside its data, and the end', async () => {
    const { seen } = client.open(TICK);
    await eventually(() => readers.size === 1, 5_000);

    for (const n of [1, 2, 3]) {
      push(n);
      const failed = n % 2 === 0;
      expect((await seen.next()).value).toEqual({
        data: { tick: withTypes(n, failed ? null : n) },
        codes: failed || (n > 2 && name.startsWith('urql')) ? ['EVEN'] : [], // urql keeps errors of earlier events
      });
    }
    end();

    for await (const again of seen) expect(again).toMatchObject({ data: { tick: { n: 3 } } }); // urql shows the last one again
  });

  it('unsubscribes, and the subgraph is left', async () => {
    const { seen, unsubscribe } = client.open(TICK);
    await eventually(() => readers.size === 1, 5_000);
    push(1);
    await seen.next();

    unsubscribe();

    await eventually(() => readers.size === 0, 5_000);
  });

  it('is told the code when a document is refused, and nothing else', async () => {
    const { data, codes } = await first('query { nothing }');

    expect(data ?? undefined).toBeUndefined();
    expect(codes).toEqual([name.includes('single connection') ? 400 : 'GRAPHQL_VALIDATION_FAILED']);
  });

  it('is told the code when a subscription is refused by the subgraph', async () => {
    const { data, codes } = await first('subscription { refused }');

    expect([data ?? undefined, codes]).toEqual([undefined, ['CLOSED']]);
  });
});

/** Some clients ask for the types of objects besides. */
function withTypes(n: number, odd: number | null): object {
  return expect.objectContaining({ n, odd, name: `tick ${n}` }) as object;
}
