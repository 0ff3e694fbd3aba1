import type { DeliveriesInHand } from './deliveries-in-hand.ts';
import type { Delivery, WireMessage } from './broker.ts';

/** A message inside the memory broker. Nobody outside ever holds the same body or headers: they are copied on the way in and on the way out. */
export interface StoredMessage {
  readonly message: WireMessage;
  readonly exchange: string;
  readonly routingKey: string;
  /** How often it was given back. */
  readonly returns: number;
}

export interface MemoryQueueOptions {
  readonly name: string;
  readonly deliveryLimit?: number | undefined;
  readonly messageTtlMs?: number | undefined;
  /** Most messages that wait; undefined: no bound. When it is full the oldest goes (`dropOldest`) or the publisher is refused. */
  readonly bound: number;
  readonly dropOldest: boolean;
  /** Takes what expired or was given back too often. @returns false when no queue takes it: the message stays and is offered again later */
  readonly onDead: (stored: StoredMessage, reason: 'expired' | 'delivery_limit') => boolean;
}

export interface MemoryQueueConsumer {
  readonly prefetch: number;
  readonly inHand: DeliveriesInHand;
  readonly onDelivery: (delivery: Delivery) => void;
}

const OFFER_AGAIN_MS = 1_000;

/** One queue of the memory broker: first in, first out; what is given back comes first again; consumers take turns. */
export class MemoryQueue {
  readonly name: string;
  readonly #options: MemoryQueueOptions;
  readonly #returned: StoredMessage[] = [];
  readonly #ready: StoredMessage[] = [];
  #consumers: MemoryQueueConsumer[] = [];
  #dispatching = false;

  constructor(options: MemoryQueueOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get size(): number {
    return this.#returned.length + this.#ready.length;
  }

  get isFull(): boolean {
    return this.size >= this.#options.bound;
  }

  /** @returns false when it is full and refuses */
  push(stored: StoredMessage): boolean {
    if (this.isFull) {
      if (!this.#options.dropOldest) return false;
      this.#shift();
    }
    this.#ready.push(stored);
    this.#expireLater(stored);
    this.#dispatchSoon();
    return true;
  }

  /** Takes the next message out for `inHand`. */
  take(inHand: DeliveriesInHand): Delivery | null {
    const stored = this.#shift();
    return stored ? this.#hand(stored, inHand) : null;
  }

  addConsumer(consumer: MemoryQueueConsumer): void {
    this.#consumers.push(consumer);
    this.#dispatchSoon();
  }

  removeConsumer(consumer: MemoryQueueConsumer): void {
    this.#consumers = this.#consumers.filter((other) => other !== consumer);
  }

  #shift(): StoredMessage | undefined {
    return this.#returned.shift() ?? this.#ready.shift();
  }

  #dispatchSoon(): void {
    if (this.#dispatching) return;
    this.#dispatching = true;
    setImmediate(() => {
      this.#dispatching = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    for (let consumer = this.#nextConsumer(); consumer && this.size > 0; consumer = this.#nextConsumer()) {
      const stored = this.#shift();
      if (stored) consumer.onDelivery(this.#hand(stored, consumer.inHand));
    }
  }

  /** The first with room, which then goes to the end of the line. */
  #nextConsumer(): MemoryQueueConsumer | undefined {
    const index = this.#consumers.findIndex(({ inHand, prefetch }) => inHand.count < prefetch);
    const [consumer] = index < 0 ? [] : this.#consumers.splice(index, 1);
    if (consumer) this.#consumers.push(consumer);
    return consumer;
  }

  #hand(stored: StoredMessage, inHand: DeliveriesInHand): Delivery {
    const { message, exchange, routingKey, returns } = stored;
    const copy = copyMessage(message);
    const delivery = {
      message: returns === 0 ? copy : { ...copy, headers: { ...copy.headers, 'x-delivery-count': returns } },
      exchange,
      routingKey,
      redelivered: returns > 0,
      ack: () => this.#dispatchSoon(), // its consumer has room again
      requeue: () => this.#return(stored),
    };
    return inHand.add(delivery, delivery.requeue);
  }

  #return(stored: StoredMessage): void {
    const again = { ...stored, returns: stored.returns + 1 };
    const { deliveryLimit = Infinity } = this.#options;
    if (again.returns > deliveryLimit) this.#bury(again, 'delivery_limit');
    else {
      this.#returned.push(again);
      this.#expireLater(again);
    }
    this.#dispatchSoon();
  }

  /** The time starts anew for a message that was given back; in RabbitMQ it goes on. */
  #expireLater(stored: StoredMessage): void {
    const { messageTtlMs } = this.#options;
    if (messageTtlMs !== undefined) setTimeout(() => this.#expire(stored), messageTtlMs).unref();
  }

  #expire(stored: StoredMessage): void {
    for (const messages of [this.#ready, this.#returned]) {
      const index = messages.indexOf(stored);
      if (index < 0) continue; // somebody took it
      messages.splice(index, 1);
      this.#bury(stored, 'expired');
    }
  }

  #bury(stored: StoredMessage, reason: 'expired' | 'delivery_limit'): void {
    if (!this.#options.onDead(stored, reason)) setTimeout(() => this.#bury(stored, reason), OFFER_AGAIN_MS).unref();
  }
}

/** @throws DataCloneError headers hold what no message can carry, such as a function */
export function copyMessage(message: WireMessage): WireMessage {
  return { ...message, body: Buffer.from(message.body), headers: structuredClone(message.headers) };
}
