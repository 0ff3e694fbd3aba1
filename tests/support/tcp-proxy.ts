import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that are open now. */
  readonly connections: number;
  /** Resets all connections; new ones are welcome. */
  reset(): void;
  /** Resets all connections and each new one, until `welcome`. */
  refuse(): void;
  welcome(): void;
  /** Passes nothing on, in both directions, as a frozen peer; the bytes wait for `release`. */
  hold(): void;
  release(): void;
  /** Told of what clients send, before it is passed on; answers with bytes for that client, and the server gets nothing then. */
  intercept(hook: ((bytes: Buffer) => Buffer | undefined) | undefined): void;
  /** Sends bytes to all clients as if the server had. */
  sayToClients(bytes: Buffer): void;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** A small proxy on a port of its own that does to connections what networks do. It holds bytes and never drops them: a broken stream would fake losses. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let refusing = false;
  let holding = false;
  let hook: ((bytes: Buffer) => Buffer | undefined) | undefined;

  const server = createServer((client) => {
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ ...target, noDelay: true });
    const pair: Pair = { client, server: upstream };
    pairs.add(pair);
    client.setNoDelay(true);
    if (holding) pauseBoth(pair);
    client.on('data', (bytes: Buffer) => {
      const answer = hook?.(bytes);
      if (answer) client.write(answer);
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes: Buffer) => client.write(bytes));
    for (const [side, other] of [[client, upstream], [upstream, client]] as const) {
      side.on('error', () => undefined); // 'close' follows
      side.on('end', () => other.end());
      side.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const reset = (): void => {
    for (const { client, server: upstream } of pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return pairs.size;
    },
    reset,
    refuse() {
      refusing = true;
      reset();
    },
    welcome() {
      refusing = false;
    },
    hold() {
      holding = true;
      pairs.forEach(pauseBoth);
    },
    release() {
      holding = false;
      for (const { client, server: upstream } of pairs) {
        client.resume();
        upstream.resume();
      }
    },
    intercept(newHook) {
      hook = newHook;
    },
    sayToClients(bytes) {
      for (const { client } of pairs) client.write(bytes);
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      reset();
      await closed;
    },
  };
}

function pauseBoth({ client, server }: Pair): void {
  client.pause();
  server.pause();
}
