import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental';
import { describe, expect, it } from '@jest/globals';
import { createMaskedEngine } from '../../gateway/transports/masked-engine.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { eventually } from '../support/eventually.ts';
import { createInProcessClient } from '../support/fake-subgraph.ts';
import { createFederatedGraph } from '../support/federated-graph.ts';
import { holdBack, shelf, stockSource, type HeldClient } from '../support/fixtures/shelf.ts';
import { openHttpStream } from '../support/raw-http-stream.ts';
import { startTransports, type TransportServer } from '../support/transport-server.ts';

/** As Apollo Client 4.3 sends them with its two handlers. */
const DEFER_SPEC = 'multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9';
const INCREMENTAL_SPEC = 'multipart/mixed;incrementalSpec=v0.2,application/graphql-response+json,application/json;q=0.9';
const QUERY = '{ items { id ... @defer(label: "stock") { count note } } }';
const part = (body: object): string => `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${JSON.stringify(body)}\r\n--graphql`;

/** The transports over the engine and the shelf's subgraphs; what is asked of `stock` waits until it is released. */
async function startShelf(): Promise<{ server: TransportServer; stock: HeldClient } & AsyncDisposable> {
  const stock = holdBack(createInProcessClient(stockSource));
  const { engine } = createFederatedGraph(shelf.subgraphs, { replace: { stock } });
  const server = await startTransports({ engine: createMaskedEngine(engine, silentLogger) });
  return { server, stock, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe('an answer in parts', () => {
  it('is written as `deferSpec=20220824` says, each delimiter together with the part before it', async () => {
    await using running = await startShelf();
    await using stream = await openHttpStream(running.server.url, DEFER_SPEC, { query: QUERY });
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'multipart/mixed;boundary="graphql";deferSpec=20220824',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });

    const first = part({ data: { items: [{ id: '1' }, { id: '2' }, { id: '3' }] }, hasNext: true });
    expect(await stream.readUntil(first)).toBe(`\r\n--graphql${first}`);
    running.stock.release();

    expect(await stream.readAll()).toBe(
      `${part({
        incremental: [
          { label: 'stock', path: ['items', 0], data: { count: 10, note: 'note 1' } },
          {
            label: 'stock',
            path: ['items', 1],
            data: null,
            errors: [
              {
                message: 'nobody counted 2',
                extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', serviceName: 'stock' },
                path: ['items', 1, 'count'],
              },
            ],
          },
          { label: 'stock', path: ['items', 2], data: { count: 30, note: 'note 3' } },
        ],
        hasNext: false,
      })}--\r\n`,
    );
  });

  it('is written as `incrementalSpec=v0.2` says: announced, delivered piece by piece, completed', async () => {
    await using running = await startShelf();
    const query = '{ item(id: 1) { id shelf { row } ... @defer(label: "a") { note shelf { label } ... @defer { count } } } }';
    running.stock.release();
    await using stream = await openHttpStream(running.server.url, INCREMENTAL_SPEC, { query });
    expect(stream.response.headers['content-type']).toBe('multipart/mixed;boundary="graphql";incrementalSpec=v0.2');

    expect(await stream.readAll()).toBe(
      [
        '\r\n--graphql',
        part({ data: { item: { id: '1', shelf: { row: 1 } } }, pending: [{ id: '0', path: ['item'], label: 'a' }], hasNext: true }),
        part({
          pending: [{ id: '1', path: ['item'] }],
          incremental: [
            { id: '0', data: { note: 'note 1' } },
            { id: '0', subPath: ['shelf'], data: { label: 'shelf 1' } },
          ],
          completed: [{ id: '0' }],
          hasNext: true,
        }),
        part({ incremental: [{ id: '1', data: { count: 10 } }], completed: [{ id: '1' }], hasNext: false }),
        '--\r\n',
      ].join(''),
    );
  });

  it('tells in `incrementalSpec=v0.2` with its completion why a part failed, and with its first fields what is null in it', async () => {
    await using running = await startShelf();
    running.stock.release();
    const query = '{ item(id: 2) { id ... @defer(label: "c") { count } ... @defer(label: "n") { note } } }';
    await using stream = await openHttpStream(running.server.url, INCREMENTAL_SPEC, { query });

    const bodies = (await stream.readAll()).split('\r\n').filter((line) => line.startsWith('{'));
    const updates = bodies.slice(1).map((body) => JSON.parse(body) as { incremental?: object[]; completed: { id: string }[] });

    expect(updates.flatMap(({ incremental = [] }) => incremental)).toEqual([
      { id: '1', data: { note: null }, errors: [expect.objectContaining({ message: 'no note for 2', path: ['item', 'note'] })] },
    ]);
    expect(updates.flatMap(({ completed }) => completed).sort((a, b) => Number(a.id) - Number(b.id))).toEqual([
      { id: '0', errors: [expect.objectContaining({ message: 'nobody counted 2', path: ['item', 'count'] })] },
      { id: '1' },
    ]);
  });

  it.each([
    ['asks for JSON', 'application/json'],
    ['has no Accept header of its own', '*/*'],
    ['likes JSON better', `application/json,multipart/mixed;deferSpec=20220824;q=0.5`],
    ['knows another multipart format', 'multipart/mixed;subscriptionSpec=1.0,application/json'],
  ])('comes at once to a client that %s', async (_title, accept) => {
    await using running = await startShelf();
    running.stock.release();

    const response = await fetch(running.server.url, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ item(id: 1) { id ... @defer { count } } }' }),
    });

    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual({ data: { item: { id: '1', count: 10 } } });
  });

  it('is one part, to a client that reads nothing else, when nothing is deferred after all', async () => {
    await using running = await startShelf();
    await using stream = await openHttpStream(running.server.url, 'multipart/mixed;deferSpec=20220824', {
      query: '{ item(id: 9) { id ... @defer { count } } }',
    });

    expect(await stream.readAll()).toBe(`\r\n--graphql${part({ data: { item: null }, hasNext: false })}--\r\n`);
  });

  it('is refused as JSON with 400 when the request is', async () => {
    await using running = await startShelf();
    const response = await fetch(running.server.url, {
      method: 'POST',
      headers: { accept: DEFER_SPEC, 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'query ($id: ID!) { item(id: $id) { id ... @defer { count } } }' }),
    });

    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/graphql-response+json; charset=utf-8']);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('is given up at the subgraphs when its client leaves', async () => {
    await using running = await startShelf();
    const stream = await openHttpStream(running.server.url, DEFER_SPEC, { query: QUERY });
    await stream.readUntil('--graphql\r\n');
    await eventually(() => running.stock.signals.length === 1);

    await stream[Symbol.asyncDispose]();

    await eventually(() => running.stock.signals.every(({ aborted }) => aborted));
  });

  it('is waited for when the gateway stops', async () => {
    await using running = await startShelf();
    await using stream = await openHttpStream(running.server.url, DEFER_SPEC, { query: QUERY });
    await stream.readUntil('"hasNext":true}');

    const stopped = running.server.stop();
    running.stock.release();

    expect(await stream.readAll()).toMatch(/"hasNext":false\}\r\n--graphql--\r\n$/);
    await stopped;
  });
});

type Handler = NonNullable<ApolloClient.Options['incrementalHandler']>;
const handlers: readonly (readonly [string, () => Handler])[] = [
  ['Defer20220824Handler', () => new Defer20220824Handler()],
  ['GraphQL17Alpha9Handler', () => new GraphQL17Alpha9Handler() as Handler],
];

describe.each(handlers)('Apollo Client 4 with %s', (_name, createHandler) => {
  it('shows what is there, then what was deferred: nested, in a list, and merged with what it had', async () => {
    await using running = await startShelf();
    const client = new ApolloClient({
      link: new HttpLink({ uri: running.server.url }),
      cache: new InMemoryCache(),
      incrementalHandler: createHandler(),
    });
    const query = gql`
      query Items($d: Boolean!) {
        items {
          id
          ...Name @defer(if: $d)
          maker {
            name
          }
          ... @defer(label: "stock") {
            shelf {
              row
            }
            maker {
              city
            }
            ... @defer(label: "note") {
              note
            }
          }
        }
      }
      fragment Name on Item {
        name
      }
    `;
    const seen: unknown[] = [];
    const subscription = client
      .watchQuery({ query, variables: { d: true }, errorPolicy: 'all' })
      .subscribe(({ data }) => void seen.push(data));
    const shows = (text: string): boolean => JSON.stringify(seen.at(-1) ?? null).includes(text);
    await eventually(() => shows('maker of 3') && shows('item 3'));
    expect(shows('row')).toBe(false);
    running.stock.release();
    await eventually(() => shows('note 3'));

    expect(seen.at(-1)).toEqual({
      items: [1, 2, 3].map((id) => ({
        __typename: 'Item',
        id: String(id),
        name: `item ${id}`,
        maker: { __typename: 'Maker', name: `maker of ${id}`, city: 'Ulm' },
        shelf: { __typename: 'Shelf', row: id },
        note: id === 2 ? null : `note ${id}`,
      })),
    });
    subscription.unsubscribe();
    client.stop();
  });

  it('gets the errors of a part that failed', async () => {
    await using running = await startShelf();
    running.stock.release();
    const client = new ApolloClient({
      link: new HttpLink({ uri: running.server.url }),
      cache: new InMemoryCache(),
      incrementalHandler: createHandler(),
    });

    const { error } = await client.query({
      query: gql`
        {
          items {
            id
            ... @defer(label: "count") {
              count
            }
          }
        }
      `,
      errorPolicy: 'all',
    });

    expect(error?.message).toContain('nobody counted 2');
    client.stop();
  });
});
