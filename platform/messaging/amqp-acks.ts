import type { Channel, Message } from 'amqplib';

/**
 * The acks of one channel's deliveries. What is acknowledged in one turn of the event loop goes as one ack as far as everything before it is answered too: to a
 * quorum queue each ack is a command of its own in its log. What comes behind a delivery that is still in hand is acknowledged by itself: nothing waits for it.
 */
export class AmqpAcks implements Pick<Channel, 'ack' | 'nack'> {
  readonly #channel: Channel;
  /** Deliveries without an answer, in the order in which they came, which is that of their tags. */
  readonly #open = new Set<Message>();
  #acked = new Set<Message>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Each delivery, when it comes. */
  add(message: Message): void {
    this.#open.add(message);
  }

  /** Is on its way when the turn ends, or with `flush`. */
  ack(message: Message): void {
    if (this.#acked.size === 0) setImmediate(() => this.flush());
    this.#acked.add(message);
  }

  /** At once. */
  nack(message: Message, allUpTo?: boolean, requeue?: boolean): void {
    this.#open.delete(message);
    this.#channel.nack(message, allUpTo, requeue);
  }

  /** Sends the acks that wait. On a closed channel nothing happens: the broker delivers again. */
  flush(): void {
    const acked = this.#acked;
    if (acked.size === 0) return;
    this.#acked = new Set();
    let last: Message | undefined;
    for (const message of this.#open) {
      if (!acked.delete(message)) break;
      this.#open.delete(message);
      last = message;
    }
    try {
      if (last) this.#channel.ack(last, true);
      for (const message of acked) {
        this.#open.delete(message);
        this.#channel.ack(message);
      }
    } catch {
      // amqplib throws on a closed channel, a moment before we hear of it
    }
  }
}
