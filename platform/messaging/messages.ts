import * as z from 'zod';
import { toMessage } from '../foundation/errors.ts';
import { messageMalformed } from './broker-errors.ts';
import type { ReceivedMessage, WireMessage } from './broker.ts';

/** The envelope: CloudEvents 1.0 in its JSON format, https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
export interface CloudEvent<Type extends string, Data> {
  readonly specversion: '1.0';
  /** UUID. The same event may arrive more than once, with the same id. */
  readonly id: string;
  /** Who says so: `/paygraph/users`. */
  readonly source: string;
  /** A fact with its version: `payment.requested.v1`. */
  readonly type: Type;
  /** The payment's id. */
  readonly subject: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** The position in the publisher's outbox, a decimal number: https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/sequence.md */
  readonly sequence?: string;
  readonly data: Data;
}

export const CLOUD_EVENT_CONTENT_TYPE = 'application/cloudevents+json';

/** The event as AMQP carries it. `appId` is the last part of the source. @param headers such as `traceparent`, `x-attempt` */
export function toWireMessage(event: CloudEvent<string, unknown>, headers: Readonly<Record<string, unknown>> = {}): WireMessage {
  return {
    body: Buffer.from(JSON.stringify(event)),
    contentType: CLOUD_EVENT_CONTENT_TYPE,
    messageId: event.id,
    correlationId: event.subject,
    type: event.type,
    timestamp: Math.floor(Date.parse(event.time) / 1_000),
    appId: event.source.slice(event.source.lastIndexOf('/') + 1),
    headers,
  };
}

const text = z.string().min(1).max(255);

/** Attributes that we do not know are dropped, as the specification allows. */
const envelope = z.object({
  specversion: z.literal('1.0'),
  id: text,
  source: text,
  type: text,
  subject: text,
  time: z.iso.datetime({ offset: true }),
  datacontenttype: z.literal('application/json').default('application/json'),
  sequence: z.string().max(255).optional(),
  data: z.unknown().refine((data) => data !== undefined, 'is missing'),
});

/**
 * Reads the envelope from the body; the AMQP properties say nothing that the body does not. What `data` holds is for the caller to check.
 * @throws ProtocolError MESSAGE_MALFORMED with the reason: not UTF-8, not JSON, not an envelope
 */
export function parseCloudEvent(message: Pick<ReceivedMessage, 'body'>): CloudEvent<string, unknown> {
  const result = envelope.safeParse(parseJson(message.body));
  if (!result.success)
    throw messageMalformed(`the message is not a CloudEvents 1.0 envelope: ${result.error.issues.map(toProblem).join('; ')}`);
  const { sequence, ...event } = result.data;
  return sequence === undefined ? event : { ...event, sequence };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw messageMalformed(`the message is not JSON in UTF-8: ${toMessage(error)}`, error);
  }
}

function toProblem(issue: z.core.$ZodIssue): string {
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}

/**
 * Headers that a broker adds. A copy that is published anew must not carry them: RabbitMQ takes a message whose `x-death` names the target for a
 * loop and keeps it in the delay queue for ever (seen), and `CC` would send copies elsewhere.
 */
const BROKER_HEADER = /^(x-death|x-(first|last)-death-.*|x-delivery-count|x-acquired-count|CC|BCC)$/i;

/** amqplib encodes headers into 64 kB at most, and a frame of headers cannot be split. */
const MAX_HEADER_BYTES = 20_000; // as JSON, which may be less than half of what AMQP needs

/**
 * The same message to be published anew, with some headers changed (`undefined` removes one). Headers that are too large to be sent again are left out
 * but for the changes, and `x-headers-dropped` says so.
 */
export function toForwardedMessage(message: ReceivedMessage, changes: Readonly<Record<string, unknown>>): WireMessage {
  const own = Object.fromEntries(Object.entries(message.headers).filter(([name]) => !BROKER_HEADER.test(name)));
  const kept = isTooLarge(own) ? { 'x-headers-dropped': true } : own;
  return {
    body: message.body,
    contentType: message.contentType ?? '',
    messageId: message.messageId ?? '',
    correlationId: message.correlationId ?? '',
    type: message.type ?? '',
    timestamp: message.timestamp ?? 0,
    appId: message.appId ?? '',
    headers: Object.fromEntries(Object.entries({ ...kept, ...changes }).filter(([, value]) => value !== undefined)),
  };
}

function isTooLarge(headers: Readonly<Record<string, unknown>>): boolean {
  return Buffer.byteLength(JSON.stringify(headers)) > MAX_HEADER_BYTES;
}
