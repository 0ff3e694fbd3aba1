import { describe, expect, it } from '@jest/globals';
import type { SubgraphRequest, SubgraphResponse, SubscribeContext } from '../../gateway/subgraphs/subgraph-client.ts';
import { createCallbackRegistry } from '../../gateway/subgraphs/callback-registry.ts';
import {
  createSubscriptionClient,
  type SubscriptionClient,
  type SubscriptionClientOptions,
} from '../../gateway/subgraphs/subscription-client.ts';
import type { SubscriptionProtocol } from '../../gateway/subgraphs/subscription-protocol.ts';
import { createCallbackOverHttp } from '../../gateway/transports/callback-over-http.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { startHttpServer } from '../../platform/foundation/http-server.ts';
import { eventually } from '../support/eventually.ts';
import { SUBSCRIPTION_PEERS, type RunningPeer } from '../support/subscription-peers.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const PATIENCE_MS = 10_000;

const ticks = (after?: unknown): SubgraphRequest => ({
  query: 'subscription ($after: String) { tick(after: $after) }',
  variables: after === undefined ? {} : { after: String(after) },
});

function context(over: Partial<SubscribeContext> = {}): SubscribeContext {
  const resume: SubscribeContext['resume'] = (last) => ticks(last?.data?.['tick'] ?? 0);
  return { headers: {}, signal: new AbortController().signal, resume, continuesExactly: true, ...over };
}

/** Our client of one peer, with what the callback protocol needs, and a proxy between the two where bytes can be cut. */
interface Bench extends AsyncDisposable {
  readonly peer: RunningPeer;
  readonly client: SubscriptionClient;
  /** Cuts what the protocol has open: the connection, or for callbacks what the subgraph calls. */
  readonly proxy: TcpProxy;
}

async function start(
  protocol: SubscriptionProtocol,
  startPeer: () => Promise<RunningPeer>,
  over: Partial<SubscriptionClientOptions> = {},
): Promise<Bench> {
  const stack = new AsyncDisposableStackLike();
  const registry = createCallbackRegistry();
  const onCallback = createCallbackOverHttp({ mount: '/callback', registry, maxBytes: 1_000_000, logger: silentLogger });
  const gateway = await startHttpServer({
    name: 'callbacks',
    host: '127.0.0.1',
    port: 0,
    onRequest: (...both) => void onCallback(...both),
  });
  stack.defer(() => gateway.stop(Date.now() + 600));
  const peer = await startPeer();
  const isCallback = protocol === 'callback';
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: isCallback ? gateway.port : peer.port });
  stack.defer(() => proxy.stop());
  stack.defer(async () => peer[Symbol.asyncDispose]()); // Apollo Server says goodbye through the proxy
  const client = createSubscriptionClient({
    name: 'feed',
    url: isCallback ? peer.url : `http://127.0.0.1:${proxy.port}/graphql`,
    protocol,
    logger: silentLogger,
    connectTimeoutMs: 5_000,
    backoff: { initialMs: 10, maxMs: 50 },
    idleMs: 200,
    callback: { registry, url: `http://127.0.0.1:${proxy.port}/callback`, heartbeatMs: 200 },
    ...over,
  });
  stack.defer(async () => client.stop(Date.now() + 100));
  return { peer, client, proxy, [Symbol.asyncDispose]: () => stack.dispose() };
}

/** Node 20 has no AsyncDisposableStack. */
class AsyncDisposableStackLike {
  readonly #releases: (() => Promise<void> | void)[] = [];
  defer(release: () => Promise<void> | void): void {
    this.#releases.push(release);
  }
  async dispose(): Promise<void> {
    for (const release of this.#releases.reverse()) await release();
  }
}

const pull = async (stream: AsyncIterator<SubgraphResponse>): Promise<unknown> => {
  const { value, done } = (await stream.next()) as IteratorResult<SubgraphResponse>;
  return done ? 'end' : (value.data?.['tick'] ?? plain(value));
};
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const subscribed = (peer: RunningPeer, count = 1): Promise<unknown> => eventually(() => peer.feed.readers.size === count, PATIENCE_MS, 5);

const cases = [
  ...SUBSCRIPTION_PEERS.map((peer) => ({
    title: peer.protocol as string,
    protocol: peer.protocol as SubscriptionProtocol,
    start: () => peer.start(),
  })),
  ...SUBSCRIPTION_PEERS.filter(({ protocol }) => protocol !== 'callback').map((peer) => ({
    title: `auto, where the subgraph speaks ${peer.protocol}`,
    protocol: 'auto' as const,
    start: () => peer.start(),
  })),
];

/** What holds for subscriptions at a subgraph, whatever carries them. */
describe.each(cases)('upstream over $title', ({ protocol, start: startPeer }) => {
  it('events come in order and when they happen, then the end', async () => {
    await using bench = await start(protocol, startPeer);
    const stream = bench.client.subscribe(ticks(), context());
    const first = pull(stream);
    await subscribed(bench.peer);

    bench.peer.feed.push(1);
    expect(await first).toBe(1);
    for (let n = 2; n <= 100; n += 1) bench.peer.feed.push(n);
    const seen: unknown[] = [];
    while (seen.length < 99) seen.push(await pull(stream));
    bench.peer.feed.end();

    expect(seen).toEqual(Array.from({ length: 99 }, (_, index) => index + 2));
    expect(await pull(stream)).toBe('end');
  });

  it('what the subgraph refuses comes as errors without data, and is the end', async () => {
    await using bench = await start(protocol, startPeer);
    const stream = bench.client.subscribe({ query: 'subscription { nothing }' }, context());

    const refusal = (await pull(stream)) as SubgraphResponse;

    expect(refusal.data ?? undefined).toBeUndefined();
    expect(refusal.errors?.[0]?.message).toContain('Cannot query field "nothing"');
    expect(await pull(stream)).toBe('end');
  });

  it('an event with errors is an event, and the stream goes on', async () => {
    await using bench = await start(protocol, startPeer);
    const stream = bench.client.subscribe({ query: 'subscription { odd }' }, context());
    const first = pull(stream);
    await subscribed(bench.peer);

    bench.peer.feed.push(2);
    bench.peer.feed.push(3);

    expect(await first).toMatchObject({
      data: { odd: null },
      errors: [{ message: 'it is even', path: ['odd'], extensions: { code: 'EVEN' } }],
    });
    expect(await pull(stream)).toEqual({ data: { odd: 3 } });
  });

  it('leaving ends the operation at the subgraph', async () => {
    await using bench = await start(protocol, startPeer);
    const stream = bench.client.subscribe(ticks(), context());
    const pending = pull(stream);
    await subscribed(bench.peer);

    await stream.return?.();

    expect(await pending).toBe('end');
    // Over callbacks it hears of it with its next message, at the latest its next heartbeat.
    await eventually(() => bench.peer.feed.readers.size === 0, protocol === 'callback' ? PATIENCE_MS : 100, 5);
  });

  it('a broken connection costs no event and repeats none, where there is a cursor', async () => {
    await using bench = await start(protocol, startPeer);
    const stream = bench.client.subscribe(ticks(0), context());
    bench.peer.feed.push(1);
    expect(await pull(stream)).toBe(1);

    bench.proxy.refuse(true);
    bench.proxy.reset();
    for (const n of [2, 3, 4]) bench.peer.feed.push(n);
    bench.proxy.refuse(false);

    expect([await pull(stream), await pull(stream), await pull(stream)]).toEqual([2, 3, 4]);
    bench.peer.feed.push(5);
    expect(await pull(stream)).toBe(5);
  });

  it("the caller's headers reach the subgraph, each caller's their own", async () => {
    await using bench = await start(protocol, startPeer);
    const open = (authorization: string): Promise<unknown> =>
      pull(bench.client.subscribe(ticks(), context({ headers: { authorization } })));
    const both = [open('ana'), open('willis')];
    await subscribed(bench.peer, 2);

    bench.peer.feed.push(7);

    expect(await Promise.all(both)).toEqual([7, 7]);
    expect(bench.peer.feed.authorizations.toSorted()).toEqual(['ana', 'willis']);
  });

  it('characters of several bytes and large events arrive whole', async () => {
    await using bench = await start(protocol, startPeer);
    const stream = bench.client.subscribe({ query: 'subscription { text(length: 30000) }' }, context());
    const first = pull(stream);
    await subscribed(bench.peer);

    bench.peer.feed.push(1);

    expect(await first).toEqual({ data: { text: '🎉é'.repeat(30_000) } });
  });

  it('a reader that does not read costs a bounded number of events and learns of it', async () => {
    await using bench = await start(protocol, startPeer, { bufferedEvents: 10 });
    const stream = bench.client.subscribe(ticks(), context({ continuesExactly: false }));
    await subscribed(bench.peer);

    for (let n = 1; n <= 30; n += 1) bench.peer.feed.push(n);
    await eventually(() => bench.peer.feed.readers.size === 0, PATIENCE_MS);

    for (let n = 1; n <= 10; n += 1) expect(await pull(stream)).toBe(n);
    await expect(stream.next()).rejects.toMatchObject({ code: 'SUBSCRIPTION_TOO_SLOW' });
    expect(await pull(stream)).toBe('end');
  });

  it('fails at once when the subgraph is not there', async () => {
    await using bench = await start(protocol, startPeer);
    await bench.peer[Symbol.asyncDispose]();

    await expect(bench.client.subscribe(ticks(), context()).next()).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
  });

  it('stopping ends every stream', async () => {
    await using bench = await start(protocol, startPeer);
    const pending = bench.client.subscribe(ticks(), context()).next();
    const failure = pending.catch((error: unknown) => error);
    await subscribed(bench.peer);

    await bench.client.stop(Date.now() + 100);

    expect(await failure).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE' });
  });

  it('30 subscriptions that came and went leave nothing', async () => {
    await using bench = await start(protocol, startPeer);

    for (let count = 0; count < 30; count += 1) {
      const stream = bench.client.subscribe(ticks(0), context());
      if (count % 2 === 0) await eventually(() => bench.peer.feed.readers.size >= 1, PATIENCE_MS, 2);
      await stream.return?.();
    }

    await eventually(() => bench.peer.feed.readers.size === 0, PATIENCE_MS);
  });
});
