import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGateway, type GatewayOptions } from '../../gateway/create-gateway.ts';
import { readGatewayConfig } from '../../gateway/config.ts';
import { composeSupergraph } from '../../gateway/supergraph/compose.ts';
import { startSubgraph, type RunningSubgraph } from '../../gateway/testing/start-subgraph.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { mapAsyncIterable } from '../../platform/foundation/map-async-iterable.ts';
import { eventually } from '../support/eventually.ts';
import { toSubgraphSchema, type Resolvers } from '../support/fake-subgraph.ts';
import { startRawHttpServer, type RawHttpServer } from '../support/raw-http-server.ts';
import { SUBSCRIPTION_CLIENTS, type ClientStream } from '../support/subscription-clients.ts';
import { Feed, SUBSCRIPTION_PEERS, type RunningPeer } from '../support/subscription-peers.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

interface Address {
  readonly url: string;
  readonly webSocketUrl: string;
}

interface Subgraph {
  readonly name: string;
  readonly sdl: string;
  readonly url: string;
}

/** The gateway as a library puts it together, with the defaults of its program. @param options of the gateway whose address is known */
async function startGateway(
  subgraphs: readonly Subgraph[],
  options: (base: string) => Partial<GatewayOptions> = () => ({}),
): Promise<Address & AsyncDisposable> {
  const { sdl } = composeSupergraph(subgraphs.map(({ url, ...rest }) => ({ ...rest, routingUrl: url, from: `${rest.name}.graphql` })));
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const gateway = createGateway({ supergraph: { sdl }, logger: silentLogger, ...options(base) });
  server.on('request', (request, response) => gateway.handle(request, response)).on('upgrade', gateway.upgrade);
  await gateway.start();
  return {
    url: `${base}/graphql`,
    webSocketUrl: `${base.replace('http', 'ws')}/graphql`,
    async [Symbol.asyncDispose]() {
      server.close();
      await gateway.stop({ deadlineMs: 500 });
      server.closeAllConnections();
    },
  };
}

const client = (transport: string): (typeof SUBSCRIPTION_CLIENTS)[0] => {
  const found = SUBSCRIPTION_CLIENTS.find((each) => each.transport === transport);
  if (!found) throw new Error(`no client speaks ${transport}`);
  return found;
};
const over = (transport: string, gateway: Address, query: string): ClientStream => client(transport).open(gateway, { query });

describe('one gateway over subgraphs that speak different protocols', () => {
  const FOUND_OUT = SUBSCRIPTION_PEERS.filter(({ protocol }) => protocol !== 'callback');
  const elsewhere = 'namedMultipart';
  const fieldOf = (how: string, protocol: string): string =>
    `${how}${protocol.replace(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase())}`;
  const peers = new Map<string, RunningPeer>();
  let gateway: Address & AsyncDisposable;

  beforeAll(async () => {
    for (const peer of SUBSCRIPTION_PEERS) peers.set(fieldOf('named', peer.protocol), await peer.start(fieldOf('named', peer.protocol)));
    for (const peer of FOUND_OUT) peers.set(fieldOf('found', peer.protocol), await peer.start(fieldOf('found', peer.protocol)));
    const [serverSentEvents] = SUBSCRIPTION_PEERS.filter(({ protocol }) => protocol === 'sse');
    if (serverSentEvents) peers.set('wrong', await serverSentEvents.start('wrong'));
    const subgraphs = [...peers].map(([field, { url }]) => ({
      name: field,
      sdl: `type Query { ${field}Ping: Int } type Subscription { ${field}(after: String): Int! }`,
      url: field === elsewhere ? 'http://127.0.0.1:9/graphql' : url, // there it answers nothing: its subscriptions have a place of their own
    }));
    const named = SUBSCRIPTION_PEERS.map(({ protocol }) => `${fieldOf('named', protocol)}=${protocol}`);
    const text = [...named, 'wrong=multipart']
      .join(', ')
      .replace(`${elsewhere}=multipart`, `${elsewhere}=multipart:${peers.get(elsewhere)?.url}`);
    gateway = await startGateway(subgraphs, (base) => {
      const { subscriptions, callbackUrl } = readGatewayConfig({ GATEWAY_SUBSCRIPTIONS: text, GATEWAY_CALLBACK_URL: base });
      return { subscriptions, callbackUrl, callbackHeartbeatMs: 1_000 };
    });
  });
  afterAll(async () => {
    for (const peer of peers.values()) await peer[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  const fields = [
    ...SUBSCRIPTION_PEERS.map(({ protocol }) => fieldOf('named', protocol)),
    ...FOUND_OUT.map(({ protocol }) => fieldOf('found', protocol)),
  ];

  it.each(fields)('%s: its events reach clients in order, and leaving reaches the subgraph', async (field) => {
    const peer = peers.get(field) as RunningPeer;
    const streams = ['graphql-transport-ws', 'SSE'].map((transport) => over(transport, gateway, `subscription { ${field} }`));
    const firsts = streams.map((stream) => stream.next());
    await eventually(() => peer.feed.readers.size === 2, 10_000, 5);

    for (const n of [1, 2, 3]) peer.feed.push(n);

    for (const first of firsts) expect(await first).toEqual({ data: { [field]: 1 } });
    for (const stream of streams)
      expect([await stream.next(), await stream.next()]).toEqual([{ data: { [field]: 2 } }, { data: { [field]: 3 } }]);
    for (const stream of streams) await stream.cancel();
    await eventually(() => peer.feed.readers.size === 0, 10_000, 5);
  });

  it('a subgraph is asked in the protocol that is named for it, also when it speaks another one', async () => {
    const stream = over('SSE', gateway, 'subscription { wrong }');

    expect(await stream.next()).toMatchObject({ errors: [{ extensions: { serviceName: 'wrong' } }] });
    expect(peers.get('wrong')?.feed.readers.size).toBe(0);
  });
});

describe('/callback of a gateway', () => {
  /** The subgraph takes the registration and lets the test say what it sends. */
  interface Registration {
    readonly callbackUrl: string;
    readonly subscriptionId: string;
    readonly verifier: string;
  }
  const registrations: Registration[] = [];
  let subgraph: RawHttpServer;
  let gateway: Address & AsyncDisposable;
  let silent: Address & AsyncDisposable;

  beforeAll(async () => {
    subgraph = await startRawHttpServer((_request, response, body) => {
      const { subscription } = (JSON.parse(body) as { extensions: { subscription: Registration } }).extensions;
      registrations.push(subscription);
      void report({ action: 'check' }, subscription).then(() =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":null}'),
      );
    });
    const feed = { name: 'feed', sdl: 'type Query { ping: Int } type Subscription { tick: Int! }', url: subgraph.url };
    gateway = await startGateway([feed], (callbackUrl) => ({
      callbackUrl,
      subscriptions: { others: { protocol: 'callback' }, named: new Map() },
    }));
    silent = await startGateway([feed]);
  });
  afterAll(async () => {
    await silent[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
    await subgraph[Symbol.asyncDispose]();
  });

  async function report(message: object, { callbackUrl, subscriptionId, verifier }: Registration): Promise<number> {
    const response = await fetch(callbackUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'subscription', id: subscriptionId, verifier, ...message }),
    });
    await response.text();
    return response.status;
  }

  /** The status for a body that is only announced: what is refused by its size is not waited for. */
  async function announce(url: string, bytes: number): Promise<number | undefined> {
    const request = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': bytes } });
    request.on('error', () => undefined);
    request.flushHeaders();
    const [response] = (await once(request, 'response')) as [{ statusCode?: number }];
    request.destroy();
    return response.statusCode;
  }

  it('takes what the subgraph reports, and refuses what strangers could guess or fill the memory with', async () => {
    const stream = over('SSE', gateway, 'subscription { tick }');
    const first = stream.next();
    const mine = await eventually(() => registrations.at(-1), 10_000, 5);
    const next = (tick: unknown): object => ({ action: 'next', payload: { data: { tick } } });

    expect(mine.callbackUrl).toBe(`${new URL('/callback', gateway.url)}/${mine.subscriptionId}`);
    expect(await report({ ...next(0), verifier: 'guessed' }, mine)).toBe(400);
    expect(await report(next(0), { ...mine, callbackUrl: new URL('/callback/unknown', gateway.url).href })).toBe(404);
    expect(await announce(mine.callbackUrl, 64 * 1024 * 1024 + 1)).toBe(413);
    expect((await fetch(mine.callbackUrl)).status).toBe(405);
    expect(await report(next(1), mine)).toBe(204);
    expect(await first).toEqual({ data: { tick: 1 } });

    await stream.cancel();
    expect(await eventually(async () => (await report({ action: 'check' }, mine)) === 404, 10_000, 5)).toBe(true);
  });

  it('is not there when no address is set for it', async () => {
    expect((await fetch(new URL('/callback/unknown', silent.url), { method: 'POST' })).status).toBe(404);
    expect(await (await fetch(new URL('/callback/unknown', silent.url), { method: 'POST' })).text()).not.toBe('');
  });
});

describe('a subgraph whose connection breaks', () => {
  const feed = new Feed();
  let opened = 0;
  let subgraph: RunningSubgraph;
  let proxy: TcpProxy;
  let gateway: Address & AsyncDisposable;

  beforeAll(async () => {
    const sdl = `type Query { ping: Int } type Entry { cursor: String! n: Int! }
      type Subscription { spoken: Int! written(after: String): Entry! }`;
    const open = (after: string | null | undefined, toEvent: (n: number) => object): AsyncIterable<object> => {
      opened += 1;
      return mapAsyncIterable(feed.open(after)[Symbol.asyncIterator]() as AsyncIterableIterator<number>, toEvent);
    };
    const resolvers = {
      Subscription: {
        spoken: { subscribe: () => open(null, (n) => ({ spoken: n })) },
        written: {
          subscribe: (_root: unknown, { after }: { after?: string | null }) => open(after, (n) => ({ written: { cursor: String(n), n } })),
        },
      },
    } as Resolvers;
    subgraph = await startSubgraph({ name: 'log', schema: toSubgraphSchema({ name: 'log', sdl, resolvers }) });
    proxy = await startTcpProxy({ host: '127.0.0.1', port: subgraph.port });
    gateway = await startGateway([{ name: 'log', sdl, url: `http://127.0.0.1:${proxy.port}/graphql` }]);
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await proxy.stop();
    await subgraph[Symbol.asyncDispose]();
  });

  /** A client that has had an event, and the connection to its subgraph that broke and is there again. */
  async function openAndBreak(transport: string, query: string, whileAway: number[]): Promise<ClientStream> {
    const before = opened;
    const stream = over(transport, gateway, query);
    const first = stream.next();
    await eventually(() => feed.readers.size === 1, 10_000, 5);
    feed.push(1);
    expect(await first).toMatchObject({ data: {} });
    proxy.refuse(true);
    proxy.reset();
    await eventually(() => feed.readers.size === 0, 10_000, 5);
    for (const n of whileAway) feed.push(n);
    proxy.refuse(false);
    await eventually(() => opened === before + 2 && feed.readers.size === 1, 10_000, 5);
    return stream;
  }

  it.each(SUBSCRIPTION_CLIENTS.map(({ transport }) => transport))(
    '%s: without a cursor the next event says that others may be missing, and only that one',
    async (transport) => {
      const stream = await openAndBreak(transport, 'subscription { spoken }', [2]);

      feed.push(3);
      feed.push(4);

      expect(await stream.next()).toEqual({ data: { spoken: 3 }, extensions: { eventsMayBeMissing: true } });
      expect(await stream.next()).toEqual({ data: { spoken: 4 } });
      await stream.cancel();
      await eventually(() => feed.readers.size === 0, 10_000, 5);
    },
  );

  it.each(SUBSCRIPTION_CLIENTS.map(({ transport }) => transport))(
    '%s: with a cursor nothing is missing, and nothing says so',
    async (transport) => {
      feed.events.length = 0;
      const stream = await openAndBreak(transport, 'subscription { written { n } }', [2]);

      feed.push(3);

      expect([await stream.next(), await stream.next()]).toEqual([{ data: { written: { n: 2 } } }, { data: { written: { n: 3 } } }]);
      await stream.cancel();
      await eventually(() => feed.readers.size === 0, 10_000, 5);
    },
  );
});
