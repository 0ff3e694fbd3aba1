import { toCode, toMessage } from '../foundation/errors.ts';
import type { Delivery, WireMessage } from './broker.ts';
import { toForwardedMessage } from './messages.ts';

const MAX_REASON_CHARACTERS = 1_000;

/** The number of the attempt that a delivery is, from its `x-attempt`; 1 when it says nothing sensible. */
export function readAttempt({ 'x-attempt': attempt }: Readonly<Record<string, unknown>>): number {
  return typeof attempt === 'number' && Number.isInteger(attempt) && attempt >= 1 && attempt <= 1_000 ? attempt : 1;
}

/** The message for a retry queue: its next attempt, why this one failed, and where it first came from. */
export function toRetriedMessage(delivery: Delivery, attempt: number, error: unknown): WireMessage {
  return forward(delivery, { 'x-attempt': attempt + 1, 'x-reason': toReason(error) });
}

/** The message for the parking queue, with everything a person wants to know in its headers. */
export function toParkedMessage(delivery: Delivery, attempt: number, error: unknown): WireMessage {
  return forward(delivery, { 'x-attempt': attempt, 'x-reason': toReason(error), 'x-parked-at': new Date().toISOString() });
}

/** The message as new: its attempts count from 1 again. */
export function toRedrivenMessage({ message }: Delivery): WireMessage {
  return toForwardedMessage(message, { 'x-attempt': 1, 'x-reason': undefined, 'x-first-failed-at': undefined, 'x-parked-at': undefined });
}

/** Where it came from and when it first failed is said once, at the first failure. */
function forward({ message, exchange, routingKey }: Delivery, changes: Readonly<Record<string, unknown>>): WireMessage {
  const orEarlier = (name: string, value: string): unknown => (isShortText(message.headers[name]) ? message.headers[name] : value);
  return toForwardedMessage(message, {
    'x-original-exchange': orEarlier('x-original-exchange', exchange),
    'x-original-routing-key': orEarlier('x-original-routing-key', routingKey),
    'x-first-failed-at': orEarlier('x-first-failed-at', new Date().toISOString()),
    ...changes,
  });
}

function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 255;
}

/** `MESSAGE_MALFORMED: the message is not JSON …`; a bug has no code of ours and is INTERNAL_SERVER_ERROR. */
function toReason(error: unknown): string {
  return `${toCode(error) ?? 'INTERNAL_SERVER_ERROR'}: ${toMessage(error)}`.slice(0, MAX_REASON_CHARACTERS);
}
