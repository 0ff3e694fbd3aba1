import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as later } from 'node:timers';

export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  /** Connections that are open through it now. */
  readonly connections: number;
  /** Where new connections go; those that are open stay where they are. */
  target: { readonly host: string; readonly port: number };
  /** Cuts every open connection hard, as a machine that lost its memory does: both sides get a reset. */
  reset(): void;
  /** While on, new connections are cut as soon as they are made; open ones stay. */
  refuse(on: boolean): void;
  /** While on, bytes wait here in both directions, as behind a network that swallows packets; switched off, all of them go on, in order. None is ever dropped. */
  hold(on: boolean): void;
  /** Every byte takes this much longer in each direction; 0 again for none. */
  delay(ms: number): void;
  stop(): Promise<void>;
}

/** A TCP proxy on a port of its own on the loopback address, to put faults between two programs that know nothing of it. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const faults = { refusing: false, holding: false, delayMs: 0 };
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (client) => {
    client.on('error', () => undefined);
    if (faults.refusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ ...proxy.target, allowHalfOpen: true });
    const pair: Pair = { client, upstream, flows: [createFlow(client, upstream, faults), createFlow(upstream, client, faults)] };
    pairs.add(pair);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => other.resetAndDestroy());
      socket.on('close', () => {
        pairs.delete(pair);
        if (socket.destroyed && !other.writableEnded) other.destroySoon();
      });
    }
    client.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const proxy: TcpProxy = {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    get connections() {
      return pairs.size;
    },
    target,
    reset() {
      for (const { client, upstream } of pairs) {
        client.resetAndDestroy();
        upstream.resetAndDestroy();
      }
    },
    refuse(on) {
      faults.refusing = on;
    },
    hold(on) {
      faults.holding = on;
      if (!on) for (const { flows } of pairs) for (const flow of flows) flow.flush();
    },
    delay(ms) {
      faults.delayMs = ms;
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      proxy.reset();
      await closed;
    },
  };
  return proxy;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly flows: readonly Flow[];
}

interface Flow {
  flush(): void;
}

/** Carries bytes and the end of one direction, in order, through whatever faults there are. */
function createFlow(from: Socket, to: Socket, faults: { holding: boolean; delayMs: number }): Flow {
  const queue: { bytes: Buffer | undefined; dueAt: number }[] = []; // no bytes: the end
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (faults.holding) return;
    for (let next = queue[0]; next; next = queue[0]) {
      const waitMs = next.dueAt - Date.now();
      if (waitMs > 0) {
        timer = later(flush, waitMs);
        return;
      }
      queue.shift();
      if (next.bytes) to.write(next.bytes);
      else to.end();
    }
  };
  const add = (bytes: Buffer | undefined): void => {
    queue.push({ bytes, dueAt: Date.now() + faults.delayMs });
    if (!timer) flush();
  };
  from.on('data', add);
  from.on('end', () => add(undefined));
  from.on('close', () => clearTimeout(timer));
  return { flush };
}
