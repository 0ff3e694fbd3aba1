import { IllegalOperationError, type ConfirmChannel, type Message, type Options } from 'amqplib';
import { toMessage } from '../foundation/errors.ts';
import { withDeadline } from '../foundation/lifecycle.ts';
import { brokerRefused, brokerUnavailable, messageMalformed, messageUnroutable, RABBITMQ } from './broker-errors.ts';
import type { WireMessage } from './broker.ts';

export interface AmqpPublisherOptions {
  readonly confirmTimeoutMs: number;
  /** Most messages without a confirm, those whose publisher gave up included. */
  readonly maxUnconfirmed: number;
  /** Told when the bound is reached because confirms stay away: only a new channel helps. */
  readonly onStuck: () => void;
  /** Told when a message came back because no queue takes it. */
  readonly onReturned: () => void;
}

interface Unconfirmed {
  /** RabbitMQ returns a message before it confirms it. */
  returned: boolean;
  readonly reject: (error: Error) => void;
}

/** Publishes with confirms over one channel, as long as the channel lives. */
export class AmqpPublisher {
  readonly #channel: ConfirmChannel;
  readonly #options: AmqpPublisherOptions;
  readonly #unconfirmed = new Map<string, Set<Unconfirmed>>();
  #waiting: (() => void)[] = [];
  #count = 0;
  #late = 0;

  constructor(channel: ConfirmChannel, options: AmqpPublisherOptions) {
    this.#channel = channel;
    this.#options = options;
    channel.on('return', (message: Message) => this.#onReturn(message));
  }

  publish(exchange: string, routingKey: string, message: WireMessage, mandatory: boolean): Promise<void> {
    const { confirmTimeoutMs, maxUnconfirmed, onStuck } = this.#options;
    if (this.#count >= maxUnconfirmed) {
      if (this.#late > 0) onStuck();
      return Promise.reject(brokerUnavailable(RABBITMQ, `${this.#count} messages wait for their confirms already`));
    }
    return new Promise((resolve, reject) => {
      const key = toKey(exchange, routingKey, message.messageId);
      const entry: Unconfirmed = { returned: false, reject };
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        this.#late += 1;
        reject(brokerUnavailable(RABBITMQ, `no confirm within ${confirmTimeoutMs} ms`));
      }, confirmTimeoutMs);
      const onConfirm = (error: unknown): void => {
        clearTimeout(timer);
        this.#remove(key, entry);
        if (late) this.#late -= 1;
        if (entry.returned) reject(messageUnroutable(RABBITMQ, exchange, routingKey));
        else if (!error) resolve();
        else if (toMessage(error) === 'message nacked') reject(brokerRefused(RABBITMQ, exchange, routingKey));
        else reject(brokerUnavailable(RABBITMQ, 'the connection was lost before the confirm', error));
      };
      this.#add(key, entry);
      try {
        this.#channel.publish(exchange, routingKey, message.body, { ...toProperties(message), mandatory }, onConfirm);
      } catch (error) {
        clearTimeout(timer);
        this.#remove(key, entry);
        reject(
          error instanceof IllegalOperationError
            ? brokerUnavailable(RABBITMQ, 'the connection is lost', error)
            : messageMalformed(`the message cannot be put on the wire: ${toMessage(error)}`, error),
        );
      }
    });
  }

  /** Rejects all that waits for its confirm: it may come, but not soon. */
  giveUp(reason: string): void {
    for (const entries of this.#unconfirmed.values()) for (const { reject } of entries) reject(brokerUnavailable(RABBITMQ, reason));
  }

  /** Resolves when nothing waits for its confirm any more, or at the deadline. */
  async whenIdle(deadlineAt: number): Promise<void> {
    if (this.#count === 0) return;
    const idle = new Promise<void>((resolve) => this.#waiting.push(resolve));
    await withDeadline(idle, deadlineAt).catch(() => undefined);
  }

  #onReturn({ fields, properties }: Message): void {
    // Messages of one key share their fate, so it does not matter which of them came back.
    const entries = this.#unconfirmed.get(toKey(fields.exchange, fields.routingKey, String(properties.messageId ?? '')));
    for (const entry of entries ?? []) {
      if (entry.returned) continue;
      entry.returned = true;
      break;
    }
    this.#options.onReturned();
  }

  #add(key: string, entry: Unconfirmed): void {
    const entries = this.#unconfirmed.get(key) ?? new Set();
    this.#unconfirmed.set(key, entries.add(entry));
    this.#count += 1;
  }

  #remove(key: string, entry: Unconfirmed): void {
    const entries = this.#unconfirmed.get(key);
    entries?.delete(entry);
    if (entries?.size === 0) this.#unconfirmed.delete(key);
    this.#count -= 1;
    if (this.#count === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function toKey(exchange: string, routingKey: string, messageId: string): string {
  return JSON.stringify([exchange, routingKey, messageId]);
}

/** A property that is empty is left out. */
function toProperties(message: WireMessage): Options.Publish {
  const { contentType, messageId, correlationId, type, timestamp, appId, headers } = message;
  return {
    persistent: true,
    headers,
    ...(contentType && { contentType }),
    ...(messageId && { messageId }),
    ...(correlationId && { correlationId }),
    ...(type && { type }),
    ...(timestamp && { timestamp }),
    ...(appId && { appId }),
  };
}
