import type { Stoppable } from '../foundation/lifecycle.ts';
import type { Topology } from './topology.ts';

/** A message on the wire. `body` is bytes: nothing is parsed below the consumer. */
export interface WireMessage {
  readonly body: Buffer;
  readonly contentType: string;
  readonly messageId: string;
  readonly correlationId: string;
  readonly type: string;
  /** Seconds since the epoch, as AMQP has it. */
  readonly timestamp: number;
  readonly appId: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A message handed to a consumer; exactly one of `ack` and `requeue` is called, once. After the channel is lost both do nothing: the broker delivers again. */
export interface Delivery {
  /** Properties may be missing or of any kind when a stranger published it. */
  readonly message: Partial<WireMessage> & Pick<WireMessage, 'body' | 'headers'>;
  readonly exchange: string;
  readonly routingKey: string;
  readonly redelivered: boolean;
  ack(): void;
  /** Gives it back to the queue; counts towards the queue's delivery limit. */
  requeue(): void;
}

export interface BrokerConsumer extends Stoppable {
  /** Takes no new messages, waits for running handlers until the deadline; what is unacknowledged goes back to the queue. */
  stop(deadlineAt: number): Promise<void>;
}

/**
 * A message broker as we need it. Two implementations pass one contract suite: `amqp-broker` (RabbitMQ) and `memory-broker` (in process, volatile).
 * After a lost connection everything declared and consumed comes back by itself; what was in flight is rejected (publish) or delivered again (consume).
 */
export interface Broker extends Stoppable {
  readonly kind: 'rabbitmq' | 'memory';
  /** Whether it could publish now. */
  readonly connected: boolean;
  /** One sentence for logs and health when something needs a person, such as a queue that exists with other arguments. */
  readonly problem: string | undefined;
  /** Called after every (re)connection, the first included, with everything declared. */
  onConnected(listener: () => void): void;
  /** Declares exchanges, queues and bindings now and after every reconnection. @throws DependencyError TOPOLOGY_MISMATCH: exists with other arguments */
  declare(topology: Topology): Promise<void>;
  /**
   * Publishes persistent; resolves when the broker confirmed it.
   * @param options.mandatory rejects with MESSAGE_UNROUTABLE when no queue takes it
   * @throws DependencyError BROKER_UNAVAILABLE (no connection, connection lost, no confirm in time) | BROKER_REFUSED (nack) | MESSAGE_UNROUTABLE
   */
  publish(exchange: string, routingKey: string, message: WireMessage, options: { mandatory: boolean }): Promise<void>;
  /** @param options.prefetch most unacknowledged deliveries at once */
  consume(queue: string, options: { prefetch: number; onDelivery: (delivery: Delivery) => void }): Promise<BrokerConsumer>;
  /** A queue of one's own that lives as long as the connection (server-named, exclusive, auto-delete, bounded). Messages may be missed: use it to wake up, never as a log. */
  consumeBroadcast(exchange: string, routingKeys: readonly string[], onMessage: (message: Delivery['message']) => void): Promise<BrokerConsumer>;
  /** Takes one message out of a queue to look at it or move it; null when the queue is empty. */
  take(queue: string): Promise<Delivery | null>;
  /** Messages ready in a queue. @throws DependencyError BROKER_UNAVAILABLE */
  countMessages(queue: string): Promise<number>;
}
