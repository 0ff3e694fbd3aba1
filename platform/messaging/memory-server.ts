import { MemoryQueue, type StoredMessage } from './memory-queue.ts';
import { matchesTopic } from './topic-pattern.ts';
import type { ExchangeSpec, QueueSpec, Topology } from './topology.ts';

/** Most messages a queue holds; more are refused (BROKER_REFUSED) and wait in the outbox. */
const QUEUE_BOUND = 100_000;
/** Most messages a queue of one's own holds; more push out the oldest. */
const BROADCAST_BOUND = 1_000;

interface Exchange {
  readonly type: ExchangeSpec['type'];
  bindings: { readonly queue: MemoryQueue; readonly routingKey: string }[];
}

/** The exchanges and queues of a memory broker, shared by all its clients. */
export class MemoryServer {
  readonly #exchanges = new Map<string, Exchange>();
  readonly #queues = new Map<string, { spec: QueueSpec; queue: MemoryQueue }>();

  findQueue(name: string): MemoryQueue | undefined {
    return this.#queues.get(name)?.queue;
  }

  hasExchange(name: string): boolean {
    return this.#exchanges.has(name);
  }

  /** @returns a sentence for each thing that exists with other arguments */
  declare(topology: Topology): string[] {
    const problems: string[] = [];
    for (const { name, type } of topology.exchanges) {
      const exchange = this.#exchanges.get(name);
      if (!exchange) this.#exchanges.set(name, { type, bindings: [] });
      else if (exchange.type !== type) problems.push(`exchange ${name} exists as ${exchange.type}, not ${type}`);
    }
    for (const spec of topology.queues) {
      const known = this.#queues.get(spec.name);
      if (known && toArguments(known.spec) !== toArguments(spec)) problems.push(`queue ${spec.name} exists with other arguments`);
      const queue = known?.queue ?? this.#createQueue(spec);
      for (const { exchange, routingKey } of spec.bindings) this.bind(exchange, routingKey, queue);
    }
    return problems;
  }

  /** A bounded queue that nobody else sees. */
  createBroadcastQueue(): MemoryQueue {
    return new MemoryQueue({ name: '', bound: BROADCAST_BOUND, dropOldest: true, onDead: () => true });
  }

  bind(exchange: string, routingKey: string, queue: MemoryQueue): void {
    const bindings = this.#exchanges.get(exchange)?.bindings;
    if (bindings?.some((binding) => binding.queue === queue && binding.routingKey === routingKey)) return;
    bindings?.push({ queue, routingKey });
  }

  unbind(exchange: string, queue: MemoryQueue): void {
    const entry = this.#exchanges.get(exchange);
    if (entry) entry.bindings = entry.bindings.filter((binding) => binding.queue !== queue);
  }

  /** The queues that take it, each once; undefined when there is no such exchange. */
  route(exchange: string, routingKey: string): MemoryQueue[] | undefined {
    if (exchange === '') return this.#routeDirectly(routingKey);
    const entry = this.#exchanges.get(exchange);
    if (!entry) return undefined;
    return [...new Set(entry.bindings.filter((binding) => isMatch(entry.type, binding.routingKey, routingKey)).map(({ queue }) => queue))];
  }

  #routeDirectly(name: string): MemoryQueue[] {
    const queue = this.findQueue(name);
    return queue ? [queue] : [];
  }

  #createQueue(spec: QueueSpec): MemoryQueue {
    const { name, deliveryLimit, messageTtlMs } = spec;
    const queue = new MemoryQueue({
      name,
      deliveryLimit,
      messageTtlMs,
      bound: QUEUE_BOUND,
      dropOldest: false,
      onDead: (stored, reason) => this.#sendToDeadLetters(spec, stored, reason),
    });
    this.#queues.set(name, { spec, queue });
    return queue;
  }

  #sendToDeadLetters({ name, deadLetter }: QueueSpec, stored: StoredMessage, reason: string): boolean {
    if (!deadLetter) return true; // dropped, as RabbitMQ does
    const queues = this.route(deadLetter.exchange, deadLetter.routingKey) ?? [];
    if (queues.length === 0 || queues.some((queue) => queue.isFull)) return false;
    const time = { '!': 'timestamp', value: Math.floor(Date.now() / 1_000) };
    const death = { reason, queue: name, time, count: 1, exchange: stored.exchange, 'routing-keys': [stored.routingKey] };
    const earlier: unknown = stored.message.headers['x-death'];
    const headers = { ...stored.message.headers, 'x-death': [death, ...(Array.isArray(earlier) ? earlier : [])] };
    for (const queue of queues) queue.push({ message: { ...stored.message, headers }, ...deadLetter, returns: 0 });
    return true;
  }
}

function toArguments({ deliveryLimit, deadLetter, messageTtlMs }: QueueSpec): string {
  return JSON.stringify([deliveryLimit ?? null, deadLetter?.exchange ?? null, deadLetter?.routingKey ?? null, messageTtlMs ?? null]);
}

function isMatch(type: ExchangeSpec['type'], pattern: string, routingKey: string): boolean {
  if (type === 'fanout') return true;
  return type === 'direct' ? pattern === routingKey : matchesTopic(pattern, routingKey);
}
