import { toMessage } from '../foundation/errors.ts';
import { brokerRefused, brokerUnavailable, MEMORY_BROKER, messageMalformed, messageUnroutable, queueNotFound } from './broker-errors.ts';
import type { Broker, Browsing, Delivery, ReceivedMessage, WireMessage } from './broker.ts';
import { DeliveriesInHand } from './deliveries-in-hand.ts';
import { copyMessage, type MemoryQueue } from './memory-queue.ts';
import { MemoryServer } from './memory-server.ts';
import type { Topology } from './topology.ts';

export interface MemoryBroker extends Broker {
  /** Another client of the same broker, as another connection to RabbitMQ would be. Each is stopped by its owner; the queues live on. */
  connect(): MemoryBroker;
  /** For tests: the connection breaks. What was in hand goes back, publishing is refused. */
  disconnect(): void;
  /** For tests: the connection is there again; what was declared and consumed comes back. */
  reconnect(): void;
}

/**
 * A broker inside this process, for `npm start` without RabbitMQ and for tests. It passes the contract suite of RabbitMQ, and differs in this:
 * it is volatile, all of it is gone when the process ends (the outboxes send again what was lost, see docs/messages.md); a confirm means
 * "in memory", not "on the disks of a majority"; a queue is bounded; a message that is given back to a delay queue waits the whole delay again.
 */
export function createMemoryBroker(): MemoryBroker {
  return connectTo(new MemoryServer());
}

/** Something that comes to life with every connection and dies with it. */
interface Attachment {
  /** May be called again while attached. */
  attach(): void;
  detach(): void;
}

function connectTo(server: MemoryServer): MemoryBroker {
  const attachments = new Set<Attachment>();
  const topologies: Topology[] = [];
  const listeners: (() => void)[] = [];
  const problems = new Set<string>();
  let state: 'connected' | 'disconnected' | 'stopped' = 'connected';
  const browsed = new Set<DeliveriesInHand>();
  let taken = new DeliveriesInHand();

  const requireConnection = (): void => {
    if (state !== 'connected') throw brokerUnavailable(MEMORY_BROKER, state === 'stopped' ? 'it was stopped' : 'the connection is lost');
  };
  const requireQueue = (name: string): MemoryQueue => {
    requireConnection();
    const queue = server.findQueue(name);
    if (!queue) throw queueNotFound(MEMORY_BROKER, name);
    return queue;
  };
  const declare = (topology: Topology): void => {
    for (const problem of server.declare(topology)) problems.add(`TOPOLOGY_MISMATCH: ${problem}`);
  };
  const attachAll = (): void => {
    for (const attachment of attachments) attachment.attach();
  };
  const disconnect = (): void => {
    if (state !== 'connected') return;
    state = 'disconnected';
    for (const attachment of attachments) attachment.detach();
    taken.lose();
    for (const inHand of browsed) inHand.lose();
    taken = new DeliveriesInHand();
  };
  const use = (attachment: Attachment): void => {
    attachments.add(attachment);
    if (state === 'connected') attachment.attach();
  };

  return {
    kind: 'memory',
    get connected() {
      return state === 'connected';
    },
    get problem() {
      return problems.size === 0 ? undefined : [...problems].join('; ');
    },
    onConnected(listener) {
      listeners.push(listener);
      if (state === 'connected') queueMicrotask(listener);
    },
    async declare(topology) {
      topologies.push(topology);
      if (state !== 'connected') return;
      declare(topology);
      attachAll();
    },
    async publish(exchange, routingKey, message, { mandatory }) {
      requireConnection();
      const queues = server.route(exchange, routingKey);
      if (!queues) throw messageUnroutable(MEMORY_BROKER, exchange, routingKey, 'no such exchange was declared');
      if (mandatory && queues.length === 0) throw messageUnroutable(MEMORY_BROKER, exchange, routingKey);
      const stored = { message: copyIn(message), exchange, routingKey, returns: 0 };
      const accepted = queues.map((queue) => queue.push(stored));
      if (accepted.includes(false)) throw brokerRefused(MEMORY_BROKER, exchange, routingKey);
    },
    async consume(name, { prefetch, onDelivery }) {
      const consumer = createConsumer(server, name, prefetch, onDelivery);
      use(consumer);
      return {
        async stop(deadlineAt) {
          attachments.delete(consumer);
          await consumer.drain(deadlineAt);
          consumer.detach();
        },
      };
    },
    async consumeBroadcast(exchange, routingKeys, onMessage) {
      const broadcast = createBroadcast(server, exchange, routingKeys, onMessage);
      use(broadcast);
      return {
        async stop() {
          attachments.delete(broadcast);
          broadcast.detach();
        },
      };
    },
    async take(queue) {
      return requireQueue(queue).take(taken);
    },
    async browse(name, { limit, visit, settle }: Browsing) {
      const queue = requireQueue(name);
      const inHand = new DeliveriesInHand();
      browsed.add(inHand);
      try {
        for (let left = Math.min(limit, queue.size); left > 0; left -= 1) {
          const delivery = queue.take(inHand);
          if (delivery) visit(delivery);
        }
        await settle?.();
      } finally {
        browsed.delete(inHand);
        inHand.lose(); // what was not acked goes back, oldest first
      }
    },
    async countMessages(queue) {
      return requireQueue(queue).size;
    },
    stop() {
      disconnect();
      state = 'stopped';
    },
    connect: () => connectTo(server),
    disconnect,
    reconnect() {
      if (state !== 'disconnected') return;
      state = 'connected';
      topologies.forEach(declare);
      attachAll();
      for (const listener of listeners) listener();
    },
  };
}

function createConsumer(
  server: MemoryServer,
  name: string,
  prefetch: number,
  onDelivery: (delivery: Delivery) => void,
): Attachment & { drain(deadlineAt: number): Promise<void> } {
  let attached: { inHand: DeliveriesInHand; leave: () => void } | undefined;
  return {
    attach() {
      const queue = server.findQueue(name);
      if (attached || !queue) return; // a queue that is not there yet: the declaration attaches again
      const consumer = { prefetch, inHand: new DeliveriesInHand(), onDelivery };
      queue.addConsumer(consumer);
      attached = { inHand: consumer.inHand, leave: () => queue.removeConsumer(consumer) };
    },
    async drain(deadlineAt) {
      attached?.leave();
      await attached?.inHand.whenIdle(deadlineAt);
    },
    detach() {
      attached?.leave();
      attached?.inHand.lose();
      attached = undefined;
    },
  };
}

function createBroadcast(
  server: MemoryServer,
  exchange: string,
  routingKeys: readonly string[],
  onMessage: (message: ReceivedMessage) => void,
): Attachment {
  let queue: MemoryQueue | undefined;
  const onDelivery = (delivery: Delivery): void => {
    delivery.ack();
    if (queue) onMessage(delivery.message);
  };
  return {
    attach() {
      if (queue || !server.hasExchange(exchange)) return;
      queue = server.createBroadcastQueue();
      for (const routingKey of routingKeys) server.bind(exchange, routingKey, queue);
      queue.addConsumer({ prefetch: Infinity, inHand: new DeliveriesInHand(), onDelivery });
    },
    detach() {
      if (queue) server.unbind(exchange, queue);
      queue = undefined;
    },
  };
}

function copyIn(message: WireMessage): WireMessage {
  try {
    return copyMessage(message);
  } catch (error) {
    throw messageMalformed(`a header cannot be put on the wire: ${toMessage(error)}`, error);
  }
}
