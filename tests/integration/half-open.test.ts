import { describe, expect, it } from '@jest/globals';
import type { ClientLoss } from '../../gateway/transports/stream-options.ts';
import { eventually } from '../support/eventually.ts';
import { openHttpStream } from '../support/raw-http-stream.ts';
import { openWebSocket } from '../support/raw-websocket.ts';
import { SUBSCRIPTION_CLIENTS } from '../support/subscription-clients.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { startTransports, type TransportServer } from '../support/transport-server.ts';

const query = 'subscription { topic(name: "a") }';

/** A client that has subscribed and from then on does nothing at all, as a process that was stopped: its system still acknowledges what it has room for. */
type OpenFrozen = (server: TransportServer) => Promise<AsyncDisposable>;

const overWebSocket =
  (protocol: string, start: string): OpenFrozen =>
  async ({ webSocketUrl }) => {
    const client = await openWebSocket(webSocketUrl, protocol);
    client.send({ type: 'connection_init' });
    client.send({ id: '1', type: start, payload: { query } });
    client.socket.pause();
    return client;
  };
const overHttp =
  (accept: string): OpenFrozen =>
  async ({ url }) =>
    openHttpStream(url, accept, { query });

const FROZEN: Readonly<Record<string, { open: OpenFrozen; loss: ClientLoss }>> = {
  'graphql-transport-ws': { open: overWebSocket('graphql-transport-ws', 'subscribe'), loss: 'no-answer' },
  'graphql-ws (legacy)': { open: overWebSocket('graphql-ws', 'start'), loss: 'no-answer' },
  SSE: { open: overHttp('text/event-stream'), loss: 'too-slow' },
  multipart: { open: overHttp('multipart/mixed;subscriptionSpec=1.0'), loss: 'too-slow' },
};
/** Only Linux tells what a client has not acknowledged. */
const itWhereToldBySystem = process.platform === 'linux' ? it : it.skip;
/** Nothing comes back over these: only their age can tell that nobody may be there behind something that takes their bytes. */
const ONE_WAY = ['SSE', 'multipart'];

describe.each(SUBSCRIPTION_CLIENTS)('a connection over $transport whose client is there no more', (client) => {
  it('is noticed when a network takes all that is sent and brings nothing, and what ran for it ends', async () => {
    const lost: ClientLoss[] = [];
    await using server = await startTransports({ keepAliveMs: 150, maxAgeMs: 500, onClientLost: (loss) => lost.push(loss) });
    const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    const through = (url: string): string => url.replace(/:\d+\//, `:${proxy.port}/`);
    const stream = client.open({ url: through(server.url), webSocketUrl: through(server.webSocketUrl) }, { query });
    const pending = stream.next();
    await eventually(() => server.engine.running.size === 1, 2_000, 5);

    proxy.hold(true);

    await eventually(async () => server.engine.running.size === 0 && (await server.connections()) === 0, 5_000, 10);
    expect(lost).toEqual(ONE_WAY.includes(client.transport) ? [] : ['no-answer']);
    proxy.hold(false);
    expect(await pending).toBe('broken');
    await proxy.stop();
  });

  itWhereToldBySystem('is noticed when it froze with less unread than makes a sender wait, and what ran for it ends', async () => {
    const frozen = FROZEN[client.transport];
    if (!frozen) throw new Error(`no frozen client for ${client.transport}`);
    const lost: ClientLoss[] = [];
    await using server = await startTransports({ keepAliveMs: 150, stallMs: 400, onClientLost: (loss) => lost.push(loss) });
    await using _frozen = await frozen.open(server);
    await eventually(() => server.engine.running.size === 1, 2_000, 5);

    for (let n = 0; n < 5; n += 1) server.engine.push('a', 'x'.repeat(100_000));

    await eventually(async () => server.engine.running.size === 0 && (await server.connections()) === 0, 5_000, 10);
    expect(lost).toEqual([frozen.loss]);
  });

  it('is not mistaken for one whose client is quiet', async () => {
    const lost: ClientLoss[] = [];
    await using server = await startTransports({ keepAliveMs: 50, stallMs: 100, onClientLost: (loss) => lost.push(loss) });
    const stream = client.open(server, { query });
    const first = stream.next();
    await eventually(() => server.engine.running.size === 1, 2_000, 5);
    const openedAt = Date.now();
    await eventually(() => Date.now() - openedAt > 400, 1_000, 50); // several signs of life and looks

    server.engine.push('a', 'still here');

    expect(await first).toEqual({ data: { topic: 'still here' } });
    expect(lost).toEqual([]);
    await stream.cancel();
  });
});
