import { DependencyError, ProtocolError } from '../foundation/errors.ts';

export const RABBITMQ = 'RabbitMQ';
export const MEMORY_BROKER = 'in-process broker';

/** No connection, a lost connection, or no answer in time: whether the broker has the message is unknown. */
export function brokerUnavailable(broker: string, reason: string, cause?: unknown): DependencyError {
  return new DependencyError('BROKER_UNAVAILABLE', broker, `${broker} cannot be used now: ${reason}`, { cause });
}

/** The broker said no to this message: a full queue, a queue without a leader. */
export function brokerRefused(broker: string, exchange: string, routingKey: string): DependencyError {
  return new DependencyError('BROKER_REFUSED', broker, `${broker} did not accept a message for ${toTarget(exchange, routingKey)}`);
}

export function messageUnroutable(broker: string, exchange: string, routingKey: string, reason = 'no queue takes it'): DependencyError {
  return new DependencyError(
    'MESSAGE_UNROUTABLE',
    broker,
    `a message for ${toTarget(exchange, routingKey)} cannot be delivered: ${reason}`,
  );
}

export function queueNotFound(broker: string, queue: string): DependencyError {
  return new DependencyError('QUEUE_NOT_FOUND', broker, `${broker} has no queue ${queue}`);
}

export function messageMalformed(reason: string, cause?: unknown): ProtocolError {
  return new ProtocolError('MESSAGE_MALFORMED', reason, { cause });
}

function toTarget(exchange: string, routingKey: string): string {
  return exchange === '' ? `queue ${routingKey}` : `exchange ${exchange} with key ${routingKey}`;
}
