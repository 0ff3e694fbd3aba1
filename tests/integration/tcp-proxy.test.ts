import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { toCode } from '../../platform/foundation/errors.ts';
import { eventually } from '../support/eventually.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** Tests of a tool that other tests rely on: what it holds it must not lose. */
describe('the TCP proxy', () => {
  let echo: Server;
  let proxy: TcpProxy;

  beforeEach(async () => {
    echo = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    proxy = await startTcpProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
  });
  afterEach(async () => {
    await proxy.stop();
    await new Promise((resolve) => echo.close(resolve));
  });

  it('carries a megabyte there and back, and the end of the connection', async () => {
    const client = open();
    const sent = Buffer.alloc(1_000_000, 'abcdefghij');

    client.socket.end(sent);
    await once(client.socket, 'close');

    expect(client.received().equals(sent)).toBe(true);
    await eventually(() => proxy.connections === 0);
  });

  it('holds bytes and lets all of them go on, in order', async () => {
    const client = open();
    client.socket.write('one ');
    await eventually(() => client.received().toString() === 'one ');

    proxy.hold(true);
    client.socket.write('two ');
    client.socket.end('three');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(client.received().toString()).toBe('one ');
    proxy.hold(false);

    await once(client.socket, 'close');
    expect(client.received().toString()).toBe('one two three');
  });

  it('holds the news that the other side is gone', async () => {
    const accepted = once(echo, 'connection') as Promise<[Socket]>;
    const client = open();
    const [atServer] = await accepted;

    proxy.hold(true);
    atServer.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(client.socket.destroyed).toBe(false);
    proxy.hold(false);

    await eventually(() => client.error() === 'ECONNRESET');
  });

  it('holds one direction and lets the other pass', async () => {
    const atServer: string[] = [];
    echo.on('connection', (socket) => socket.on('data', (bytes) => atServer.push(String(bytes))));
    const client = open();

    proxy.hold(true, 'to client');
    client.socket.write('there');
    await eventually(() => atServer.join('') === 'there');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.received().length).toBe(0);
    proxy.hold(false);

    await eventually(() => client.received().toString() === 'there');
  });

  it('cuts a connection after so many bytes, in the middle of a message', async () => {
    const client = open();
    client.socket.write('before');
    await eventually(() => client.received().length === 6);

    proxy.cutAfter(4);
    client.socket.write('twelve bytes');

    await eventually(() => client.error() === 'ECONNRESET');
    expect(client.received().toString().length).toBeLessThanOrEqual(10);
    await eventually(() => proxy.connections === 0);
  });

  it('delays bytes, and loses none when the connection ends meanwhile', async () => {
    proxy.delay(150);
    const client = open();
    const startedAt = Date.now();

    client.socket.end('late');
    await once(client.socket, 'close');

    expect(client.received().toString()).toBe('late');
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(295);
  });

  it('resets open connections', async () => {
    const client = open();
    client.socket.write('x');
    await eventually(() => client.received().length === 1);

    proxy.reset();

    await eventually(() => client.error() === 'ECONNRESET');
    expect(proxy.connections).toBe(0);
  });

  it('refuses new connections and keeps the open ones', async () => {
    const old = open();
    old.socket.write('a');
    await eventually(() => old.received().length === 1);

    proxy.refuse(true);
    const fresh = open();
    await eventually(() => fresh.error() === 'ECONNRESET');
    old.socket.write('b');

    await eventually(() => old.received().toString() === 'ab');
  });

  it('cuts the client when nothing listens at the target', async () => {
    const { port } = proxy.target;
    proxy.target = { host: '127.0.0.1', port: 1 };

    const client = open();

    await eventually(() => client.error() === 'ECONNRESET');
    proxy.target = { host: '127.0.0.1', port };
    const other = open();
    other.socket.write('back');
    await eventually(() => other.received().toString() === 'back');
  });

  function open(): { socket: Socket; received(): Buffer; error(): string | undefined } {
    const socket = connect(proxy.port, proxy.host);
    const chunks: Buffer[] = [];
    let code: string | undefined;
    socket.on('data', (bytes: Buffer) => chunks.push(bytes));
    socket.on('error', (error) => (code = toCode(error)));
    return { socket, received: () => Buffer.concat(chunks), error: () => code };
  }
});
