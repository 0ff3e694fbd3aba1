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

/** A message that somebody published, perhaps a stranger: properties may be missing. */
export type ReceivedMessage = Partial<WireMessage> & Pick<WireMessage, 'body' | 'headers'>;

/** A message handed to a consumer; exactly one of `ack` and `requeue` is called, once. A second call does nothing. */
export interface Delivery {
  readonly message: ReceivedMessage;
  readonly exchange: string;
  readonly routingKey: string;
  readonly redelivered: boolean;
  /** Aborts when the channel is lost: the broker delivers the message again, and `ack` and `requeue` do nothing any more. */
  readonly lost: AbortSignal;
  ack(): void;
  /** Gives it back to the queue; counts towards the queue's delivery limit. */
  requeue(): void;
}

export interface BrokerConsumer extends Stoppable {
  /** Takes no new messages, waits until all deliveries are settled or the deadline is reached (`Infinity`: no deadline); what is unsettled goes back to the queue. */
  stop(deadlineAt: number): Promise<void>;
}

export interface Browsing {
  /** Most messages to look at. */
  readonly limit: number;
  /** Called with each message, oldest first. May keep a delivery for `settle`, and neither acks nor requeues it. */
  readonly visit: (delivery: Delivery) => void;
  /** Called once all were visited: acks what shall leave the queue. */
  readonly settle?: () => Promise<void>;
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
  /** Called after every (re)connection of a part of it, with everything declared; soon, when it is connected already. Use it to look for work again. */
  onConnected(listener: () => void): void;
  /**
   * Declares exchanges, queues and bindings now and after every reconnection. Resolves when that is done, or at once while there is no connection.
   * Never fails: what the broker refuses (TOPOLOGY_MISMATCH: it exists with other arguments) stands in `problem` and in the log, and is tried again;
   * everything else is declared all the same.
   */
  declare(topology: Topology): Promise<void>;
  /**
   * Publishes persistent; resolves when the broker confirmed it. Never waits for a connection.
   * @param options.mandatory rejects with MESSAGE_UNROUTABLE when no queue takes it
   * @throws DependencyError BROKER_UNAVAILABLE (no connection, connection lost, publishing blocked, no confirm in time) | BROKER_REFUSED (nack) |
   *   MESSAGE_UNROUTABLE (also: an exchange that was not declared here)
   * @throws ProtocolError MESSAGE_MALFORMED what the protocol cannot carry, such as a routing key of more than 255 bytes
   */
  publish(exchange: string, routingKey: string, message: WireMessage, options: { mandatory: boolean }): Promise<void>;
  /** Resolves at once; deliveries start when there is a connection. @param options.prefetch most unsettled deliveries at once */
  consume(queue: string, options: { prefetch: number; onDelivery: (delivery: Delivery) => void }): Promise<BrokerConsumer>;
  /**
   * A queue of one's own that lives as long as the connection (server-named, exclusive, auto-delete, bounded: the oldest go first).
   * Messages may be missed: use it to wake up, never as a log.
   */
  consumeBroadcast(
    exchange: string,
    routingKeys: readonly string[],
    onMessage: (message: ReceivedMessage) => void,
  ): Promise<BrokerConsumer>;
  /** Takes one message out of a queue to look at it or move it; null when the queue is empty. @throws DependencyError BROKER_UNAVAILABLE | QUEUE_NOT_FOUND */
  take(queue: string): Promise<Delivery | null>;
  /**
   * Looks at the messages that are in a queue now. They are out of it meanwhile, so others neither count nor get them; when it resolves, all that was not
   * acked is back, in its order when `limit` covered the queue, and one delivery older. Stops after 5 s with what it has seen by then. Holds no body but
   * those that `visit` keeps.
   * @throws DependencyError BROKER_UNAVAILABLE | QUEUE_NOT_FOUND, and what `visit` and `settle` throw: nothing that was not acked is lost
   */
  browse(queue: string, browsing: Browsing): Promise<void>;
  /** Messages ready in a queue. @throws DependencyError BROKER_UNAVAILABLE | QUEUE_NOT_FOUND */
  countMessages(queue: string): Promise<number>;
}
