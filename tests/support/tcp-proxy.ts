import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  /** Connections through it that are open on one side at least. */
  readonly connections: number;
  /** Where new connections go; those that are open stay where they are. */
  target: { readonly host: string; readonly port: number };
  /** Cuts every open connection hard: both sides get a reset. */
  reset(): void;
  /** While on, new connections are cut as soon as they are made; open ones stay. */
  refuse(on: boolean): void;
  /**
   * While on, everything waits here in both directions, as behind a network that swallows packets: bytes, and the news that one side is gone.
   * Switched off, all of it goes on in order. Nothing is ever dropped, which would break the protocol rather than the network.
   * @param direction only the bytes that go there wait; default both
   */
  hold(on: boolean, direction?: 'both' | 'to target' | 'to client'): void;
  /** Everything takes this much longer in each direction from now on; 0 for no longer. */
  delay(ms: number): void;
  /** While set, a connection is reset once so many more bytes have passed in one direction, in the middle of whatever they say. */
  cutAfter(bytes: number | undefined): void;
  stop(): Promise<void>;
}

interface Faults {
  refusing: boolean;
  holding: { toTarget: boolean; toClient: boolean };
  delayMs: number;
  cutAfterBytes: number | undefined;
}

/** A TCP proxy on a loopback port of its own, to put faults between two programs that know nothing of it. It knows no backpressure. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const faults: Faults = {
    refusing: false,
    holding: { toTarget: false, toClient: false },
    delayMs: 0,
    cutAfterBytes: undefined,
  };
  const connections = new Set<Connection>();
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => undefined);
    if (faults.refusing) resetSocket(client);
    else {
      const upstream = connect({ ...proxy.target, allowHalfOpen: true, noDelay: true });
      const connection: Connection = {
        sockets: [client, upstream],
        flows: [createFlow(client, upstream, faults, 'toTarget'), createFlow(upstream, client, faults, 'toClient')],
      };
      connections.add(connection);
      for (const socket of connection.sockets) {
        socket.on('close', () => {
          if (connection.sockets.every(({ destroyed }) => destroyed)) connections.delete(connection);
        });
      }
      client.resume();
    }
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve));

  const proxy: TcpProxy = {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections.size;
    },
    target,
    reset() {
      for (const { sockets } of connections) for (const socket of sockets) resetSocket(socket);
    },
    refuse(on) {
      faults.refusing = on;
    },
    hold(on, direction = 'both') {
      if (direction !== 'to client') faults.holding.toTarget = on;
      if (direction !== 'to target') faults.holding.toClient = on;
      if (!on) for (const { flows } of connections) for (const flow of flows) flow.flush();
    },
    delay(ms) {
      faults.delayMs = ms;
    },
    cutAfter(bytes) {
      faults.cutAfterBytes = bytes;
      for (const { flows } of connections) for (const flow of flows) flow.countAnew();
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      proxy.reset();
      await closed;
    },
  };
  return proxy;
}

/** Node cannot reset a socket whose shutdown is under way: that socket never closes, and the process spins when it should end (Node 20). */
function resetSocket(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}

interface Connection {
  readonly sockets: readonly Socket[];
  readonly flows: readonly Flow[];
}

interface Flow {
  /** Passes on what is due. */
  flush(): void;
  /** Bytes that have passed do not count for `cutAfterBytes`. */
  countAnew(): void;
}

/** One direction: carries bytes, the end and a reset, in order, through whatever faults there are. */
function createFlow(from: Socket, to: Socket, faults: Faults, direction: keyof Faults['holding']): Flow {
  const queue: { readonly dueAt: number; readonly pass: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let passed = 0;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    while (queue[0] && !faults.holding[direction] && !to.destroyed) {
      const waitMs = queue[0].dueAt - Date.now();
      if (waitMs > 0) {
        timer = setTimeout(flush, waitMs);
        return;
      }
      queue.shift()?.pass();
    }
  };
  const add = (pass: () => void): void => {
    queue.push({ dueAt: Date.now() + faults.delayMs, pass });
    if (!timer) flush();
  };
  const passOn = (bytes: Buffer): void => {
    const left = faults.cutAfterBytes === undefined ? Infinity : faults.cutAfterBytes - passed;
    passed += bytes.length;
    if (bytes.length <= left) return void to.write(bytes);
    to.write(bytes.subarray(0, Math.max(0, left)), () => resetSocket(to));
    resetSocket(from);
  };
  from.on('data', (bytes: Buffer) => add(() => passOn(bytes)));
  from.on('end', () => add(() => to.end()));
  from.on('error', () => add(() => resetSocket(to))); // it was reset, or could not be reached
  to.on('close', () => clearTimeout(timer));
  return { flush, countAnew: () => (passed = 0) };
}
