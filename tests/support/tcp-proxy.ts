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
   */
  hold(on: boolean): void;
  /** Everything takes this much longer in each direction from now on; 0 for no longer. */
  delay(ms: number): void;
  stop(): Promise<void>;
}

interface Faults {
  refusing: boolean;
  holding: boolean;
  delayMs: number;
}

/** A TCP proxy on a loopback port of its own, to put faults between two programs that know nothing of it. It knows no backpressure. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const faults: Faults = { refusing: false, holding: false, delayMs: 0 };
  const connections = new Set<Connection>();
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => undefined);
    if (faults.refusing) resetSocket(client);
    else {
      const upstream = connect({ ...proxy.target, allowHalfOpen: true, noDelay: true });
      const connection: Connection = {
        sockets: [client, upstream],
        flows: [createFlow(client, upstream, faults), createFlow(upstream, client, faults)],
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

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
    hold(on) {
      faults.holding = on;
      if (!on) for (const { flows } of connections) for (const flow of flows) flow.flush();
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
}

/** One direction: carries bytes, the end and a reset, in order, through whatever faults there are. */
function createFlow(from: Socket, to: Socket, faults: Faults): Flow {
  const queue: { readonly dueAt: number; readonly pass: () => void }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    while (queue[0] && !faults.holding && !to.destroyed) {
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
  from.on('data', (bytes: Buffer) => add(() => to.write(bytes)));
  from.on('end', () => add(() => to.end()));
  from.on('error', () => add(() => resetSocket(to))); // it was reset, or could not be reached
  to.on('close', () => clearTimeout(timer));
  return { flush };
}
