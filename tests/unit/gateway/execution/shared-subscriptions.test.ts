import { describe, expect, it } from '@jest/globals';
import type { GatewayResult } from '../../../../gateway/engine.ts';
import type { Sharing } from '../../../../gateway/execution/sharing.ts';
import type { SubgraphClient, SubgraphRequest, SubgraphResponse, SubscribeContext } from '../../../../gateway/subgraphs/subgraph-client.ts';
import { AsyncQueue } from '../../../../platform/foundation/async-queue.ts';
import { createFederatedGraph } from '../../../support/federated-graph.ts';
import { createScriptedClient, type SubgraphSource } from '../../../support/fake-subgraph.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n';
const graph: readonly SubgraphSource[] = [
  {
    name: 'payments',
    sdl: `${link}
      type Query { ping: Int }
      type User @key(fields: "id") { id: ID! }
      type Event { cursor: String! n: Int! user: User! }
      type Tick { n: Int! }
      type Subscription { paid(userId: ID, after: String): Event! fromStart(after: String = "0"): Event! ticks: Tick! }`,
    resolvers: {},
  },
  { name: 'users', sdl: `${link} type User @key(fields: "id") { id: ID! name: String! }`, resolvers: {} },
];

/** A log of numbered events, of which each stream upstream gets those behind its cursor, or those from now on, each at its own pace. */
class Log {
  readonly events: number[] = [];
  readonly open = new Set<{
    deliver: (n: number) => void;
    request: SubgraphRequest;
    context: SubscribeContext;
    queue: AsyncQueue<SubgraphResponse>;
  }>();
  opened = 0;
  /** Events pass as they come; a test may hold some back. */
  pace: () => Promise<void> | undefined = () => undefined;

  client(): SubgraphClient {
    return {
      name: 'payments',
      execute: () => Promise.reject(new Error('not expected')),
      subscribe: (request, context) => {
        this.opened += 1;
        let chain: Promise<void> | undefined;
        const queue: AsyncQueue<SubgraphResponse> = new AsyncQueue({ bound: 100_000, onReturn: () => this.open.delete(stream) });
        const put = (n: number): void => void queue.push(toEvent(n));
        const deliver = (n: number): void => {
          const wait = this.pace();
          if (!wait && !chain) return put(n);
          const mine = Promise.all([chain, wait]).then(() => put(n));
          chain = mine;
        };
        const stream = { deliver, request, context, queue };
        this.open.add(stream);
        const after = request.variables?.['resumeAfter'];
        if (typeof after === 'string') for (const n of this.events.filter((event) => event > Number(after))) deliver(n);
        return queue;
      },
      stop() {},
    };
  }

  push(n: number): void {
    this.events.push(n);
    for (const { deliver } of this.open) deliver(n);
  }

  endAll(): void {
    for (const { queue } of [...this.open]) queue.end();
  }
}

const toEvent = (n: number): SubgraphResponse => ({
  data: {
    paid: { cursor: String(n), resumeCursor: String(n), n, user: { __typename: 'User', id: String(n) } },
    fromStart: { resumeCursor: String(n), n },
    ticks: { n },
  },
});

interface Client {
  next(): Promise<number | 'end' | string>;
  leave(): Promise<void>;
}

function start(sharing: Sharing = 'resumable', bufferedEvents = 1_000) {
  const log = new Log();
  let enrichments = 0;
  const users = createScriptedClient('users', ({ variables }: SubgraphRequest) => {
    enrichments += 1;
    const representations = variables?.['representations'] as { id: string }[];
    return { data: { _entities: representations.map(({ id }) => ({ name: `user ${id}` })) } };
  });
  const { engine } = createFederatedGraph(graph, { replace: { payments: log.client(), users }, sharing, bufferedEvents });
  const subscribe = async (
    query: string,
    {
      variables,
      headers = {},
      signal,
    }: { variables?: Record<string, unknown>; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Client & { stream: AsyncIterableIterator<GatewayResult> }> => {
    const prepared = engine.prepare({ query });
    if ('refusal' in prepared) throw new Error(JSON.stringify(prepared.refusal));
    const stream = await engine.subscribe(prepared.operation, variables, { headers, signal: signal ?? new AbortController().signal });
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
    return {
      stream,
      async next() {
        const { value, done } = (await stream.next()) as IteratorResult<GatewayResult>;
        if (done) return 'end';
        const root = Object.values(value.data ?? {})[0] as { n: number } | undefined;
        return root?.n ?? String(value.errors?.[0]?.extensions?.['code']);
      },
      async leave() {
        await stream.return?.();
      },
    };
  };
  return { log, subscribe, enrichments: () => enrichments };
}

const PAID = 'subscription ($after: String, $user: ID) { paid(after: $after, userId: $user) { n user { name } } }';
const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};

describe('identical subscriptions', () => {
  it('share one stream upstream, one completion of each event, and the very result', async () => {
    const { log, subscribe, enrichments } = start();
    const clients = await Promise.all(Array.from({ length: 100 }, () => subscribe(PAID)));
    const pulls = clients.map(({ stream }) => stream.next());

    log.push(1);
    const results = await Promise.all(pulls);

    expect(log.opened).toBe(1);
    expect(enrichments()).toBe(1);
    expect(results[0]?.value).toEqual({ data: { paid: { n: 1, user: { name: 'user 1' } } } });
    expect(new Set(results.map(({ value }) => value as unknown)).size).toBe(1);
  });

  it('end upstream with the last one that leaves, however it leaves', async () => {
    const { log, subscribe } = start();
    const leaving = new AbortController();
    const [one, two] = [await subscribe(PAID), await subscribe(PAID, { signal: leaving.signal })];
    const pending = two.next();

    await one.leave();
    expect(log.open.size).toBe(1);
    leaving.abort();

    expect(await pending).toBe('end');
    expect(log.open.size).toBe(0);
    expect(await (await subscribe(PAID)).leave()).toBeUndefined();
    expect([log.opened, log.open.size]).toEqual([2, 0]);
  });

  it.each([
    ['other variables', { variables: { user: '1' } }, { variables: { user: '2' } }],
    ['other forwarded headers', { headers: { authorization: 'ana' } }, { headers: { authorization: 'willis' } }],
    ['a header that one of them lacks', { headers: { authorization: 'ana' } }, {}],
  ])('are those with nothing of their own: %s part them', async (_what, a, b) => {
    const { log, subscribe } = start();
    const clients = [await subscribe(PAID, a), await subscribe(PAID, b)];

    expect(log.opened).toBe(2);
    for (const client of clients) await client.leave();
  });

  it('do not differ by request ids and traces, and hand on an id of their own and no trace', async () => {
    const { log, subscribe } = start();
    const ana = { authorization: 'ana' };
    await subscribe(PAID, { headers: { ...ana, 'x-request-id': 'one', traceparent: '00-1' } });
    await subscribe(PAID, { headers: { ...ana, 'x-request-id': 'two', traceparent: '00-2' } });

    const [stream] = log.open;

    expect(log.opened).toBe(1);
    expect(stream?.context.headers).toEqual({ ...ana, 'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(stream?.context.requestId).toBe(stream?.context.headers['x-request-id']);
  });

  it('do not end with the one that came first', async () => {
    const { log, subscribe } = start();
    const leaving = new AbortController();
    await subscribe(PAID, { signal: leaving.signal });
    const second = await subscribe(PAID);

    leaving.abort();
    log.push(1);

    expect(await second.next()).toBe(1);
    expect(log.opened).toBe(1);
  });

  it('all hear of the end, and a new one begins anew', async () => {
    const { log, subscribe } = start();
    const clients = [await subscribe(PAID), await subscribe(PAID)];
    log.push(1);
    await turns();
    log.endAll();
    await turns();
    const late = await subscribe(PAID);
    log.push(2);

    for (const client of clients) expect([await client.next(), await client.next()]).toEqual([1, 'end']);
    expect(await late.next()).toBe(2);
    expect(log.opened).toBe(2);
  });
});

describe('who comes with a cursor', () => {
  it('replays alone, then joins without gap or repeat, and ends the stream of its own', async () => {
    const { log, subscribe, enrichments } = start();
    const live = await subscribe(PAID);
    for (const n of [1, 2, 3]) log.push(n);
    for (const n of [1, 2, 3]) expect(await live.next()).toBe(n);
    const late = await subscribe(PAID, { variables: { after: '1' } });

    expect([await late.next(), await late.next()]).toEqual([2, 3]);
    expect(log.open.size).toBe(2);
    log.push(4);
    expect(await late.next()).toBe(4);
    await turns();

    expect(log.open.size).toBe(1);
    const before = enrichments();
    log.push(5);
    expect([await late.next(), await live.next()]).toEqual([5, 4]);
    expect(enrichments()).toBe(before + 1);
  });

  it('alone has one stream, its own', async () => {
    const { log, subscribe } = start();
    log.push(1);
    const client = await subscribe(PAID, { variables: { after: '0' } });
    log.push(2);

    expect([await client.next(), await client.next()]).toEqual([1, 2]);
    expect(log.opened).toBe(1);
  });

  it('may come in company: all of them share from the first event that their streams carry together', async () => {
    const { log, subscribe } = start();
    for (let n = 1; n <= 9; n += 1) log.push(n);
    const clients = await Promise.all(Array.from({ length: 10 }, (_, index) => subscribe(PAID, { variables: { after: String(index) } })));
    const seen = clients.map(() => [] as unknown[]);
    const read = async (index: number, upTo: number): Promise<void> => {
      while (seen[index]?.at(-1) !== upTo) seen[index]?.push(await clients[index]?.next());
    };
    log.push(10);
    await Promise.all(clients.map((_, index) => read(index, 10)));
    await turns();

    expect(log.open.size).toBe(1);
    log.push(11);
    await Promise.all(clients.map((_, index) => read(index, 11)));
    expect(seen).toEqual(clients.map((_, index) => Array.from({ length: 11 - index }, (_n, at) => index + 1 + at)));
  });

  it.each([
    ['a literal', 'subscription { paid(after: "0") { n } }'],
    ['a variable that serves for something else too', 'subscription ($a: ID = "0") { paid(after: "0", userId: $a) { n } }'],
  ])('as %s is served as well', async (_what, query) => {
    const { log, subscribe } = start();
    log.push(1);
    const clients = [await subscribe(query), await subscribe(query)];
    log.push(2);
    log.push(3);

    for (const client of clients) expect([await client.next(), await client.next(), await client.next()]).toEqual([1, 2, 3]);
  });
});

describe('a slow reader', () => {
  it('does not hold the others, and gets every event later, where there is a cursor', async () => {
    const { log, subscribe } = start('resumable', 5);
    const [slow, quick] = [await subscribe(PAID), await subscribe(PAID)];

    for (let n = 1; n <= 40; n += 1) {
      log.push(n);
      expect(await quick.next()).toBe(n);
    }
    const seen = [];
    for (let n = 1; n <= 40; n += 1) seen.push(await slow.next());

    expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    log.push(41);
    expect([await slow.next(), await quick.next()]).toEqual([41, 41]);
    await turns();
    expect(log.open.size).toBe(1);
  });

  it('fails alone, behind what was kept for it, where there is none', async () => {
    const { log, subscribe } = start('all', 5);
    const query = 'subscription { ticks { n } }';
    const [slow, quick] = [await subscribe(query), await subscribe(query)];

    for (let n = 1; n <= 10; n += 1) {
      log.push(n);
      expect(await quick.next()).toBe(n);
    }

    for (let n = 1; n <= 5; n += 1) expect(await slow.next()).toBe(n);
    expect([await slow.next(), await slow.next()]).toEqual(['SUBSCRIPTION_TOO_SLOW', 'end']);
    log.push(11);
    expect(await quick.next()).toBe(11);
  });
});

describe('what shares', () => {
  it.each([
    ['resumable', 'subscription { paid { n } }', 1],
    ['resumable', 'subscription { ticks { n } }', 2], // a subgraph may greet each subscriber with an event of its own
    ['resumable', 'subscription { fromStart { n } }', 2], // so does this one: with all there ever was
    ['all', 'subscription { ticks { n } }', 1],
    ['none', 'subscription { paid { n } }', 2],
  ] as const)('%s: two times "%s" are %d streams upstream', async (sharing, query, streams) => {
    const { log, subscribe } = start(sharing);
    await subscribe(query).then(({ stream }) => void stream.next());
    await subscribe(query).then(({ stream }) => void stream.next());
    await turns();

    expect(log.opened).toBe(streams);
  });
});

describe('whatever happens', () => {
  it.each([1, 2, 3])('everybody sees every event behind their start once and in order (seed %d)', async (seed) => {
    let state = seed * 7919;
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    const { log, subscribe } = start('resumable', 4);
    log.pace = () => (random(3) === 0 ? turns(random(4)) : undefined);
    const readers: { from: number | undefined; seen: number[]; client: Client; reading: boolean }[] = [];
    const read = async (reader: (typeof readers)[0]): Promise<void> => {
      reader.reading = true;
      const n = await reader.client.next();
      if (typeof n === 'number') reader.seen.push(n);
      reader.reading = false;
    };
    const readUpTo = async (reader: (typeof readers)[0], last: number): Promise<void> => {
      for (const endsAt = Date.now() + 10_000; reader.seen.at(-1) !== last; await turns()) {
        if (Date.now() > endsAt) throw new Error(`a reader never saw ${last}, only ${reader.seen.join()}`);
        if (!reader.reading) void read(reader);
      }
    };
    let n = 0;
    for (let step = 0; step < 400; step += 1) {
      switch (random(6)) {
        case 0:
        case 1:
          log.push((n += 1));
          break;
        case 2: {
          if (readers.length >= 12) break;
          const from = random(2) === 0 ? undefined : random(n + 1);
          readers.push({
            from,
            seen: [],
            reading: false,
            client: await subscribe(PAID, from === undefined ? {} : { variables: { after: String(from) } }),
          });
          break;
        }
        case 3:
          await turns(random(3));
          break;
        default: {
          const reader = readers[random(readers.length)];
          if (reader && !reader.reading) void read(reader);
        }
      }
    }
    log.push((n += 1));
    await turns();
    for (const reader of readers) {
      await readUpTo(reader, n);
      const first = reader.from === undefined ? (reader.seen[0] ?? 0) : reader.from + 1;
      expect(reader.seen).toEqual(Array.from({ length: n - first + 1 }, (_, index) => first + index));
    }

    log.push((n += 1));
    await Promise.all(readers.map((reader) => readUpTo(reader, n)));
    await turns(60);
    expect(log.open.size).toBe(1);
    for (const { client } of readers) await client.leave();
    expect(log.open.size).toBe(0);
  });
});
