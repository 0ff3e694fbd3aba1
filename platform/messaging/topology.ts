/** What exists on the broker, as data. Changing a queue's arguments needs a new name: RabbitMQ answers 406 otherwise. */
export interface Topology {
  readonly exchanges: readonly ExchangeSpec[];
  readonly queues: readonly QueueSpec[];
}

export interface ExchangeSpec {
  readonly name: string;
  readonly type: 'topic' | 'direct' | 'fanout';
}

/** A durable quorum queue. */
export interface QueueSpec {
  readonly name: string;
  readonly bindings: readonly { readonly exchange: string; readonly routingKey: string }[];
  /** Deliveries before the broker dead-letters a message; undefined: no limit. */
  readonly deliveryLimit?: number;
  /** Where dead letters go, at least once. */
  readonly deadLetter?: { readonly exchange: string; readonly routingKey: string };
  /** Messages leave to the dead-letter exchange after this time, milliseconds: a delay queue. */
  readonly messageTtlMs?: number;
}
