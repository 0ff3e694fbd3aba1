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
  /** Redeliveries before the broker dead-letters a message; undefined: no limit. Always give `deadLetter` with it: the broker drops the message otherwise. */
  readonly deliveryLimit?: number;
  /** Where dead letters go, at least once. Exchange `''` with a queue's name as the routing key is that queue. */
  readonly deadLetter?: { readonly exchange: string; readonly routingKey: string };
  /** Messages leave to `deadLetter` after this time, milliseconds: a delay queue. */
  readonly messageTtlMs?: number;
}
