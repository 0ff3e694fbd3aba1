import { describe, expect, it } from '@jest/globals';
import type { GatewayResult } from '../../gateway/engine.ts';
import type { SubgraphClient, SubgraphRequest, SubgraphResponse, SubscribeContext } from '../../gateway/subgraphs/subgraph-client.ts';
import { AsyncQueue } from '../../platform/foundation/async-queue.ts';
import { DependencyError } from '../../platform/foundation/errors.ts';
import { callContext, createFederatedGraph } from '../support/federated-graph.ts';
import { createScriptedClient, type SubgraphSource } from '../support/fake-subgraph.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n';

const graph: readonly SubgraphSource[] = [
  {
    name: 'payments',
    sdl: `${link}
      type Query { ping: Int }
      type User @key(fields: "id") { id: ID! }
      type Event { cursor: String! amount: Int! user: User! }
      type Tick { n: Int! user: User }
      type Subscription { paid(userId: ID, after: String): Event! ticks: Tick! numbered(after: Int): Event }`,
    resolvers: {},
  },
  {
    name: 'users',
    sdl: `${link} type User @key(fields: "id") { id: ID! name: String! nick: String }`,
    resolvers: { User: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `user ${id}`, nick: null }) } },
  },
];

/** The upstream as a test drives it: push events, break the stream, look at what was asked. */
class Upstream {
  readonly events = new AsyncQueue<SubgraphResponse>({ bound: 100, onReturn: () => (this.ended = true) });
  ended = false;
  request: SubgraphRequest | undefined;
  context: SubscribeContext | undefined;

  client(): SubgraphClient {
    return {
      name: 'payments',
      execute: () => Promise.reject(new Error('not expected')),
      subscribe: (request, context) => {
        this.request = request;
        this.context = context;
        return this.events;
      },
      stop() {},
    };
  }

  paid(n: number): void {
    this.events.push({
      data: { paid: { cursor: `c${n}`, resumeCursor: `c${n}`, amount: n, user: { __typename: 'User', id: String(n) } } },
    });
  }
}

async function open(query: string, options: { variables?: Record<string, unknown>; users?: SubgraphClient; signal?: AbortSignal } = {}) {
  const upstream = new Upstream();
  const { engine } = createFederatedGraph(graph, {
    replace: { payments: upstream.client(), ...(options.users && { users: options.users }) },
  });
  const prepared = engine.prepare({ query });
  if ('refusal' in prepared) throw new Error(JSON.stringify(prepared.refusal));
  const opened = await engine.subscribe(prepared.operation, options.variables, callContext(options.signal));
  if (!(Symbol.asyncIterator in opened)) throw new Error(`refused: ${JSON.stringify(opened)}`);
  return { upstream, stream: opened };
}

async function take(stream: AsyncIterableIterator<GatewayResult>, count: number): Promise<GatewayResult[]> {
  const results: GatewayResult[] = [];
  while (results.length < count) {
    const { value, done } = await stream.next();
    if (done) break;
    results.push(value);
  }
  return results;
}

describe('a subscriber gets', () => {
  it('each event in order, completed by another subgraph', async () => {
    const { upstream, stream } = await open('subscription { paid { amount user { name } } }');
    for (const n of [1, 2, 3]) upstream.paid(n);

    expect(await take(stream, 3)).toEqual([1, 2, 3].map((n) => ({ data: { paid: { amount: n, user: { name: `user ${n}` } } } })));
  });

  it('events in order also when it pulls several at once and the first takes longest', async () => {
    const users = createScriptedClient('users', async ({ variables }: SubgraphRequest) => {
      const [{ id }] = variables?.['representations'] as [{ id: string }];
      await new Promise((resolve) => setTimeout(resolve, id === '1' ? 30 : 0));
      return { data: { _entities: [{ name: id }] } };
    });
    const { upstream, stream } = await open('subscription { paid { user { name } } }', { users });
    upstream.paid(1);
    upstream.paid(2);

    const results = await Promise.all([stream.next(), stream.next()]);

    expect(results.map(({ value }) => value as unknown)).toEqual(['1', '2'].map((name) => ({ data: { paid: { user: { name } } } })));
  });

  it('partial data for an event whose completion fails, and the next event whole', async () => {
    const users = createScriptedClient('users', new DependencyError('SUBGRAPH_UNAVAILABLE', 'subgraph users', 'down'), {
      data: { _entities: [{ nick: 'two' }] },
    });
    const { upstream, stream } = await open('subscription { ticks { n user { nick } } }', { users });
    for (const n of [1, 2]) upstream.events.push({ data: { ticks: { n, user: { __typename: 'User', id: String(n) } } } });

    const [first, second] = await take(stream, 2);

    expect(first).toEqual({
      data: { ticks: { n: 1, user: { nick: null } } },
      errors: [
        {
          message: 'Subgraph users cannot be reached.',
          path: ['ticks', 'user'],
          extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'users' },
        },
      ],
    });
    expect(second).toEqual({ data: { ticks: { n: 2, user: { nick: 'two' } } } });
  });

  it("a subgraph's errors in an event, and goes on", async () => {
    const { upstream, stream } = await open('subscription { t: ticks { n } }');
    upstream.events.push({ data: null, errors: [{ message: 'odd', path: ['t', 'n'], extensions: { code: 'ODD' } }] });
    upstream.events.push({ data: { t: { n: 2 } } });

    expect(await take(stream, 2)).toEqual([
      { data: null, errors: [{ message: 'odd', path: ['t', 'n'], extensions: { code: 'ODD', serviceName: 'payments' } }] },
      { data: { t: { n: 2 } } },
    ]);
  });

  it('one last result that says why when the stream breaks for good, and then the end', async () => {
    const { upstream, stream } = await open('subscription { ticks { n } }');
    upstream.events.push({ data: { ticks: { n: 1 } } });
    upstream.events.fail(new DependencyError('SUBGRAPH_UNAVAILABLE', 'subgraph payments', 'ECONNRESET'));

    expect(await take(stream, 5)).toEqual([
      { data: { ticks: { n: 1 } } },
      {
        errors: [
          { message: 'Subgraph payments cannot be reached.', extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'payments' } },
        ],
      },
    ]);
  });

  it('the end when the subgraph ends the stream', async () => {
    const { upstream, stream } = await open('subscription { ticks { n } }');
    upstream.events.end();

    expect(await stream.next()).toEqual({ value: undefined, done: true });
  });

  it('one refusal instead of a stream when a variable does not fit', async () => {
    const { engine } = createFederatedGraph(graph, {});
    const prepared = engine.prepare({ query: 'subscription ($u: ID!) { paid(userId: $u) { amount } }' });

    const result = 'operation' in prepared && (await engine.subscribe(prepared.operation, {}, callContext()));

    expect(result).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });
});

describe('leaving', () => {
  it('ends the stream upstream, also while an event is awaited', async () => {
    const { upstream, stream } = await open('subscription { ticks { n } }');
    const pending = stream.next();

    await stream.return?.();

    expect(upstream.ended).toBe(true);
    expect(await pending).toEqual({ value: undefined, done: true });
    expect(await stream.next()).toEqual({ value: undefined, done: true });
  });

  it('ends the completion of an event that is under way', async () => {
    let signal: AbortSignal | undefined;
    const users = createScriptedClient('users', (_request: unknown, context: { signal: AbortSignal }) => {
      signal = context.signal;
      return new Promise((_resolve, reject) =>
        context.signal.addEventListener('abort', () => reject(new DependencyError('REQUEST_ABORTED', 'subgraph users', 'left'))),
      );
    });
    const { upstream, stream } = await open('subscription { paid { user { name } } }', { users });
    upstream.paid(1);
    const pending = stream.next();
    while (!signal) await new Promise(setImmediate);

    await stream.return?.();

    expect(signal.aborted).toBe(true);
    await pending;
  });

  it("by the caller's signal reaches the client of the subgraph", async () => {
    const leaving = new AbortController();
    const { upstream } = await open('subscription { ticks { n } }', { signal: leaving.signal });

    leaving.abort();

    expect(upstream.context?.signal.aborted).toBe(true);
  });
});

describe('after a broken connection', () => {
  const events = 'subscription ($after: String) { paid(userId: 1, after: $after) { amount } }';

  it('the stream continues behind the last event, although the client selected no cursor', async () => {
    const { upstream, stream } = await open('subscription { paid { amount } }');
    expect(upstream.request?.variables).toEqual({});
    upstream.paid(1);
    const [first] = await take(stream, 1);

    const resumed = upstream.context?.resume({ data: { paid: { resumeCursor: 'c1' } } });

    expect(first).toEqual({ data: { paid: { amount: 1 } } });
    expect(resumed?.variables).toEqual({ resumeAfter: 'c1' });
    expect(resumed?.query).toBe('subscription($resumeAfter:String){paid(after:$resumeAfter){amount resumeCursor:cursor}}');
  });

  it('events that arrived and wait for the client are not asked for again', async () => {
    const { upstream } = await open('subscription { paid { amount } }');

    const resumed = upstream.context?.resume({ data: { paid: { resumeCursor: 'c9' } } });

    expect(resumed?.variables).toEqual({ resumeAfter: 'c9' });
  });

  it("it starts at the client's own cursor when no event has come", async () => {
    const { upstream, stream } = await open(events, { variables: { after: 'c5' } });
    expect(upstream.request?.variables).toEqual({ resumeAfter: 'c5' });

    const resumed = upstream.context?.resume(undefined);
    upstream.paid(6);

    expect(resumed?.variables).toEqual({ resumeAfter: 'c5' });
    expect(await take(stream, 1)).toEqual([{ data: { paid: { amount: 6 } } }]);
  });

  it.each([
    ['a literal', 'subscription { paid(after: "c5") { amount } }', undefined, 'c5'],
    ['a default', 'subscription ($a: String = "c6") { paid(after: $a) { amount } }', undefined, 'c6'],
    ['a variable that beats its default', 'subscription ($a: String = "c6") { paid(after: $a) { amount } }', { a: 'c7' }, 'c7'],
    [
      'a variable that is used twice',
      'subscription ($a: String = "c6") { paid(after: $a, userId: $u) { amount } }'.replace('$u', '"1"'),
      { a: 'c8' },
      'c8',
    ],
  ])('the client may have given its cursor as %s', async (_title, query, variables, expected) => {
    const { upstream } = await open(query, variables ? { variables } : {});

    expect(upstream.request?.variables).toEqual({ resumeAfter: expected });
    expect(upstream.context?.resume(undefined)?.variables).toEqual({ resumeAfter: expected });
  });

  it('the client is told that events may be missing when nothing says where it was', async () => {
    const { upstream, stream } = await open('subscription { paid { amount } }');

    expect(upstream.context?.resume(undefined)).toEqual(upstream.request);
    upstream.paid(1);
    upstream.paid(2);

    expect(await take(stream, 2)).toEqual([
      { data: { paid: { amount: 1 } }, extensions: { eventsMayBeMissing: true } },
      { data: { paid: { amount: 2 } } },
    ]);
  });

  it.each([['ticks { n }'], ['numbered(after: 3) { amount }']])(
    'the client is told so when the field cannot be continued: %s',
    async (selection) => {
      const { upstream, stream } = await open(`subscription { e: ${selection} }`);
      upstream.events.push({ data: { e: { n: 1, amount: 1 } } });
      await take(stream, 1);

      expect(upstream.context?.resume({ data: { e: { n: 1 } } })).toEqual(upstream.request);
      upstream.events.push({ data: { e: { n: 2, amount: 2 } } });

      expect((await take(stream, 1))[0]?.extensions).toEqual({ eventsMayBeMissing: true });
    },
  );

  it('an alias and a cursor of its own do not get in the way', async () => {
    const { upstream, stream } = await open('subscription { p: paid { resumeCursor: amount cursor: amount c: cursor } }');
    upstream.events.push({ data: { p: { resumeCursor: 5, cursor: 5, c: 'c1', resumeCursor_: 'c1' } } });

    expect(await take(stream, 1)).toEqual([{ data: { p: { resumeCursor: 5, cursor: 5, c: 'c1' } } }]);
    expect(upstream.context?.resume(undefined)?.variables).toEqual({ resumeAfter: 'c1' });
  });
});
