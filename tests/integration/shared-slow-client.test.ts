import { describe, expect, it } from '@jest/globals';
import type { SubgraphClient, SubgraphResponse } from '../../gateway/subgraphs/subgraph-client.ts';
import { createGatewayMetrics } from '../../gateway/gateway-metrics.ts';
import { createMaskedEngine } from '../../gateway/transports/masked-engine.ts';
import { AsyncQueue } from '../../platform/foundation/async-queue.ts';
import { silentLogger } from '../../platform/foundation/logger.ts';
import { createMetrics } from '../../platform/foundation/metrics.ts';
import { eventually } from '../support/eventually.ts';
import { createFederatedGraph } from '../support/federated-graph.ts';
import { openHttpStream } from '../support/raw-http-stream.ts';
import { openWebSocket } from '../support/raw-websocket.ts';
import { SUBSCRIPTION_CLIENTS } from '../support/subscription-clients.ts';
import { startTransports, type TransportServer } from '../support/transport-server.ts';

const EVENTS = 200;
/** Together far more than a socket and our buffers hold. */
const TEXT = 'x'.repeat(100_000);
const query = 'subscription ($after: String) { paid(after: $after) { cursor text } }';
const toEvent = (n: number): SubgraphResponse => ({ data: { paid: { cursor: String(n), resumeCursor: String(n), text: TEXT } } });

/** A log of numbered events; each stream upstream gets those behind its cursor, or those from now on. */
class Log {
  written = 0;
  readonly streams = new Set<AsyncQueue<SubgraphResponse>>();

  write(): void {
    this.written += 1;
    for (const stream of this.streams) stream.push(toEvent(this.written));
  }

  client(): SubgraphClient {
    return {
      name: 'payments',
      execute: () => Promise.reject(new Error('not expected')),
      subscribe: ({ variables }) => {
        const stream: AsyncQueue<SubgraphResponse> = new AsyncQueue({ bound: 10_000, onReturn: () => this.streams.delete(stream) });
        const after = variables?.['resumeAfter'];
        if (typeof after === 'string') for (let n = Number(after) + 1; n <= this.written; n += 1) stream.push(toEvent(n));
        this.streams.add(stream);
        return stream;
      },
      stop() {},
    };
  }
}

/** @returns `subscribed` tells how many clients have a subscription now */
async function start(): Promise<{ log: Log; server: TransportServer; subscribed: () => Promise<number> }> {
  const log = new Log();
  const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")
    type Query { ping: Int }
    type Event { cursor: String! text: String! }
    type Subscription { paid(after: String): Event! }`;
  const graph = [{ name: 'payments', sdl, resolvers: {} }];
  const { engine } = createFederatedGraph(graph, { replace: { payments: log.client() }, sharing: 'resumable', bufferedEvents: 20 });
  const registry = createMetrics('test');
  const observed = createGatewayMetrics(registry).observeEngine(createMaskedEngine(engine, silentLogger));
  return {
    log,
    server: await startTransports({ engine: observed, stallMs: 1_000, graceMs: 60_000 }), // time to read on is what this is not about
    subscribed: async () => Number(/^paygraph_gateway_subscriptions(?:\{.*\})? (\d+)$/m.exec(await registry.metrics())?.[1]),
  };
}

interface SlowClient extends AsyncDisposable {
  /** Reads all that it was sent, up to the end that the server made. @returns numbers of events, and how it ended, in the transport's words */
  readOn(): Promise<{ readonly events: number[]; readonly end: string }>;
}

const httpStream =
  (accept: string) =>
  async ({ url }: TransportServer): Promise<SlowClient> => {
    const stream = await openHttpStream(url, accept, { query });
    return {
      async readOn() {
        const text = await stream.readAll();
        return { events: [...text.matchAll(/"cursor":"(\d+)"/g)].map(([, n]) => Number(n)), end: text.slice(-400) };
      },
      [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
    };
  };

const webSocket =
  (protocol: string, start: string) =>
  async ({ webSocketUrl }: TransportServer): Promise<SlowClient> => {
    const client = await openWebSocket(webSocketUrl, protocol);
    client.send({ type: 'connection_init' });
    client.send({ id: '1', type: start, payload: { query } });
    client.socket.pause();
    return {
      async readOn() {
        client.socket.resume();
        const events: number[] = [];
        for (;;) {
          const message = await client.next();
          if (Array.isArray(message)) return { events, end: message.join(' ') };
          const { payload } = message as { payload?: { data?: unknown } };
          if (payload?.data) events.push(cursorOf(payload));
        }
      },
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  };
const CLOSED = /^1013 SUBSCRIPTION_TOO_SLOW: subscribe again behind the last event that came$/;

const SLOW = [
  { transport: 'graphql-transport-ws', open: webSocket('graphql-transport-ws', 'subscribe'), says: CLOSED },
  { transport: 'graphql-ws (legacy)', open: webSocket('graphql-ws', 'start'), says: CLOSED },
  {
    transport: 'SSE',
    open: httpStream('text/event-stream'),
    says: /subscribe again behind the last event that came.*SUBSCRIPTION_TOO_SLOW[^]*event: complete/,
  },
  {
    transport: 'multipart',
    open: httpStream('multipart/mixed;subscriptionSpec=1.0'),
    says: /subscribe again behind the last event that came.*SUBSCRIPTION_TOO_SLOW[^]*--graphql--/,
  },
];

describe.each(SLOW)('a client over $transport that stops reading what it shares with others', ({ transport, open, says }) => {
  const client = SUBSCRIPTION_CLIENTS.find((each) => each.transport === transport);
  if (!client) throw new Error(`no client for ${transport}`);

  it('neither slows nor ends them, is closed with a reason that says how to resume, and resumes without a gap or a repeat', async () => {
    const { log, server: started, subscribed } = await start();
    await using server = started;
    await using slow = await open(server);
    const quick = client.open(server, { query });
    const pulls: Promise<unknown>[] = [quick.next()];
    await eventually(() => log.streams.size === 1);
    await eventually(async () => (await subscribed()) === 2);

    const seen: number[] = [];
    const reading = (async () => {
      for (let n = 1; n <= EVENTS; n += 1) {
        log.write();
        seen.push(cursorOf(await pulls.pop()));
        pulls.push(quick.next());
      }
    })();
    await eventually(async () => (await subscribed()) === 1); // the slow one is closed, and may still read what it was sent
    const { events, end } = await slow.readOn();
    await reading;

    expect(seen).toEqual(Array.from({ length: EVENTS }, (_, index) => index + 1));
    expect(end).toMatch(says);
    expect(events.length).toBeLessThan(EVENTS);
    expect(events).toEqual(events.map((_, index) => index + 1));
    const resumed = client.open(server, { query, variables: { after: String(events.length) } });
    const rest: number[] = [];
    while (rest.at(-1) !== EVENTS) rest.push(cursorOf(await resumed.next()));
    expect(rest).toEqual(Array.from({ length: EVENTS - events.length }, (_, index) => events.length + 1 + index));
    log.write();
    expect([cursorOf(await pulls[0]), cursorOf(await resumed.next())]).toEqual([EVENTS + 1, EVENTS + 1]);
    await eventually(() => log.streams.size === 1); // they share again
    await Promise.all([quick.cancel(), resumed.cancel()]);
  });
});

function cursorOf(result: unknown): number {
  return Number((result as { data: { paid: { cursor: string } } }).data.paid.cursor);
}
