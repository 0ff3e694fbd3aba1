import type { Channel, Message, MessageProperties } from 'amqplib';
import type { Delivery, ReceivedMessage } from './broker.ts';

/** What a stranger left out is absent. amqplib decodes the property fields by the protocol's types, so texts are texts. */
export function toReceivedMessage({ content, properties }: Message): ReceivedMessage {
  const { contentType, messageId, correlationId, type, timestamp, appId } = properties as MessageProperties & Record<string, unknown>;
  return {
    body: content,
    headers: properties.headers ?? {},
    ...(typeof contentType === 'string' && { contentType }),
    ...(typeof messageId === 'string' && { messageId }),
    ...(typeof correlationId === 'string' && { correlationId }),
    ...(typeof type === 'string' && { type }),
    ...(typeof timestamp === 'number' && { timestamp }),
    ...(typeof appId === 'string' && { appId }),
  };
}

/** @param channel answers to deliveries go here */
export function toDelivery(channel: Pick<Channel, 'ack' | 'nack'>, message: Message): Omit<Delivery, 'lost'> {
  const { exchange, routingKey, redelivered } = message.fields;
  return {
    message: toReceivedMessage(message),
    exchange,
    routingKey,
    redelivered,
    ack: () => unlessClosed(() => channel.ack(message)),
    requeue: () => unlessClosed(() => channel.nack(message, false, true)),
  };
}

/** amqplib throws on a closed channel, a moment before we hear of it; the broker delivers again then. */
function unlessClosed(send: () => void): void {
  try {
    send();
  } catch {
    // nothing to undo
  }
}
