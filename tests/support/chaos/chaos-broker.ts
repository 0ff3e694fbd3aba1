import { startPrivateRabbitmq } from '../rabbitmq.ts';

/** A RabbitMQ, or a cluster of them, to be killed node by node. */
export interface ChaosBroker {
  /** One for each node. */
  readonly urls: readonly string[];
  /** Of a node that runs, past the proxies. */
  directUrl(): string;
  readonly nodes: readonly ChaosNode[];
  /** The node that this queue's messages go through. */
  leaderOf(queue: string): Promise<ChaosNode>;
  /** Deletes everything that is on all nodes, and starts them again. */
  wipe(): Promise<void>;
  stop(): Promise<void>;
}

export interface ChaosNode {
  readonly pid: number | undefined;
  start(): Promise<void>;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** rabbitmqctl, at this node. */
  control(...args: string[]): Promise<string>;
}

/** One node. */
export async function startChaosRabbitmq(): Promise<ChaosBroker> {
  const server = await startPrivateRabbitmq();
  return {
    urls: [server.url],
    directUrl: () => server.url,
    nodes: [server],
    leaderOf: () => Promise.resolve(server),
    async wipe() {
      await server.wipe();
      await server.start();
    },
    stop: () => server.stop(),
  };
}
