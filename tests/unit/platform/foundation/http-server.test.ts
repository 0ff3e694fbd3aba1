import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { startHttpServer, type HttpServer, type HttpServerOptions } from '../../../../platform/foundation/http-server.ts';
import { eventually } from '../../../support/eventually.ts';

describe('an HTTP server', () => {
  it('listens on a port that the system chooses, and says where', async () => {
    await using server = await start();

    expect(server.port).toBeGreaterThan(0);
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(await (await fetch(`${server.url}/path`)).text()).toBe('hello');
  });

  it('gives a URL that works from this machine when it listens everywhere', async () => {
    await using server = await start({ host: '0.0.0.0' });

    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(await (await fetch(server.url)).text()).toBe('hello');
  });

  // Who finds the queue of new connections full asks again after a second, then after three, seven, fifteen …
  it('lets nobody wait who comes back at the same moment as seven hundred others', async () => {
    await using server = await start();
    const most = Number(await readFile('/proc/sys/net/core/somaxconn', 'utf8').catch(() => 128)); // what the system allows

    await eventually(async () => (await longestConnectMs(server.port, Math.min(700, most))) < 1_000);
  });

  it('says that a port is taken, and what to do', async () => {
    await using first = await start();

    await expect(start({ port: first.port, name: 'users' })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: `users cannot listen on 127.0.0.1:${first.port}: the port is taken by another program; choose another port or stop that program`,
    });
  });

  it('says that this machine has no such address', async () => {
    await expect(start({ host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'HOST_UNKNOWN',
      message: expect.stringContaining('this machine has no such address'),
    });
  });

  (process.platform === 'linux' ? it : it.skip)('has the system ask whether the host of a silent connection is there', async () => {
    await using server = await start();
    const socket = await dial(server);
    const port = server.port.toString(16).toUpperCase().padStart(4, '0');
    const accepted = new RegExp(`: 0100007F:${port} 0100007F:[0-9A-F]{4} 01 00000000:00000000 (..):`); // the timer: 02 is that of the probes

    await eventually(async () => accepted.exec(await readFile('/proc/self/net/tcp', 'latin1'))?.[1] === '02', 2_000, 20);

    socket.destroy();
  });

  it('answers an upgrade with 404 when nobody handles it', async () => {
    await using server = await start();
    const socket = await dial(server);

    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];

    expect(answer.toString()).toMatch(/^HTTP\/1\.1 404 /);
    await once(socket, 'close');
  });
});

describe('stopping an HTTP server', () => {
  it('ends at once when nothing is in flight, also with a connection that is kept alive and one that carried nothing', async () => {
    const server = await start();
    const agent = new Agent({ keepAlive: true });
    await get(server, agent);
    await dial(server);

    const tookMs = await measureStop(server);

    expect(tookMs).toBeLessThan(3_000);
    agent.destroy();
  });

  it('refuses new connections and lets a request in flight finish, on a connection that is kept alive', async () => {
    const pending: ServerResponse[] = [];
    const server = await start({ onRequest: (_request, response) => void pending.push(response) });
    const agent = new Agent({ keepAlive: true });
    const answer = get(server, agent);
    await eventually(() => pending.length === 1);

    const stopping = measureStop(server);
    await expect(dial(server)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    pending[0]?.end('late but here');

    expect(await answer).toBe('late but here');
    expect(await stopping).toBeLessThan(3_000);
    agent.destroy();
  });

  it('cuts a request that does not finish by half a second before the deadline', async () => {
    let arrived = false;
    const server = await start({ onRequest: () => (arrived = true) });
    const answer = get(server).catch((error: unknown) => error);
    await eventually(() => arrived);

    const tookMs = await measureStop(server, 700);

    expect(tookMs).toBeGreaterThanOrEqual(190);
    expect(tookMs).toBeLessThan(700);
    expect(await answer).toMatchObject({ code: 'ECONNRESET' });
  });

  it('cuts a connection that became a WebSocket and that nobody closed', async () => {
    const server = await start({
      onUpgrade: (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    });
    const socket = await dial(server);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    await once(socket, 'data');

    const tookMs = await measureStop(server, 600);

    expect(tookMs).toBeLessThan(600);
    await eventually(() => socket.destroyed);
  });

  it('may be asked twice, and both wait', async () => {
    const pending: ServerResponse[] = [];
    const server = await start({ onRequest: (_request, response) => void pending.push(response) });
    const answer = get(server);
    await eventually(() => pending.length === 1);
    let stopped = 0;

    const both = Promise.all([1, 2].map(async () => server.stop(Date.now() + 5_000)?.then(() => (stopped += 1))));
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(0);
    pending[0]?.end();

    await both;
    expect(stopped).toBe(2);
    await answer;
  });
});

type Started = HttpServer & AsyncDisposable;

async function start(options: Partial<HttpServerOptions> = {}): Promise<Started> {
  const hello = (_request: IncomingMessage, response: ServerResponse): void => void response.end('hello');
  const server = await startHttpServer({ name: 'test', host: '127.0.0.1', port: 0, onRequest: hello, ...options });
  return { ...server, [Symbol.asyncDispose]: async () => server.stop(Date.now()) };
}

async function measureStop(server: HttpServer, deadlineMs = 5_000): Promise<number> {
  const startedAt = performance.now();
  await server.stop(Date.now() + deadlineMs);
  return performance.now() - startedAt;
}

async function get(server: HttpServer, agent?: Agent): Promise<string> {
  const sent = request(server.url, agent ? { agent } : {});
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return body;
}

async function dial(server: HttpServer): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

/** All at once; the sockets are gone when it resolves. */
async function longestConnectMs(port: number, connections: number): Promise<number> {
  const startedAt = performance.now();
  const sockets = Array.from({ length: connections }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const tookMs = performance.now() - startedAt;
  await Promise.all(sockets.map((socket) => once(socket.destroy(), 'close')));
  return tookMs;
}
