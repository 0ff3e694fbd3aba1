import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface AmqpImpostor {
  readonly port: number;
  readonly connections: number;
  /** Told of what a client sends; when it gives bytes back, the client gets these, and the server hears nothing. */
  intercept(hook: ((bytes: Buffer) => Buffer | undefined) | undefined): void;
  /** Sends a frame to all clients as if the server had. */
  sayToClients(frame: Buffer): void;
  stop(): Promise<void>;
}

/** Stands before a RabbitMQ and says things in its place that it says only when it is in trouble. */
export async function startAmqpImpostor(target: { host: string; port: number }): Promise<AmqpImpostor> {
  const clients = new Set<Socket>();
  let hook: ((bytes: Buffer) => Buffer | undefined) | undefined;
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ ...target, noDelay: true });
    clients.add(client);
    client.on('data', (bytes: Buffer) => {
      const answer = hook?.(bytes);
      if (answer) client.write(answer);
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes: Buffer) => client.write(bytes));
    client.on('error', () => undefined); // 'close' follows
    upstream.on('error', () => undefined);
    client.on('close', () => {
      clients.delete(client);
      upstream.destroy();
    });
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return clients.size;
    },
    intercept(newHook) {
      hook = newHook;
    },
    sayToClients(frame) {
      for (const client of clients) client.write(frame);
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}
