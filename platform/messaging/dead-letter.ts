import { createHash } from 'node:crypto';
import type { ReceivedMessage } from './broker.ts';
import { readAttempt } from './failure-headers.ts';
import { parseCloudEvent } from './messages.ts';
import { toSafeText } from './safe-text.ts';

/** A message that was set aside, for a person to judge. Texts are safe to show and bounded; what nobody said is null. */
export interface DeadLetter {
  /** The same for as long as it lies there. */
  readonly id: string;
  /** The queue whose consumer could not handle it. */
  readonly queue: string;
  /** `CODE: sentence`. */
  readonly reason: string;
  /** How often its handling was tried, from 1; of one that RabbitMQ set aside, as far as its consumer could count. */
  readonly attempts: number;
  readonly firstFailedAt: Date | null;
  /** When it failed last and was set aside. */
  readonly lastFailedAt: Date | null;
  /** Such as `payment.requested.v1`. */
  readonly type: string | null;
  /** What it is about: the `subject` of its envelope, else its correlation id. */
  readonly subject: string | null;
  /** The beginning of its body. */
  readonly payloadPreview: string;
  readonly payloadBytes: number;
}

const MAX_PREVIEW_CHARACTERS = 1_000;
const MAX_REASON_CHARACTERS = 1_000;
const MAX_NAME_CHARACTERS = 255;
/** A larger body is not parsed to find what it is about. */
const MAX_PARSED_BYTES = 64_000;

/**
 * Tells one message from another by what does not change while it lies there. RabbitMQ gives no identity to a message, and a publisher's may be missing or
 * not its own. Two that are the same in all of this have the same fingerprint; see `createNumbering`.
 */
export function toFingerprint({ body, messageId, correlationId, type, timestamp, headers }: ReceivedMessage): string {
  const facts = ['x-attempt', 'x-reason', 'x-first-failed-at', 'x-parked-at', 'x-death'].map((name) => headers[name] ?? null);
  const properties = [messageId, correlationId, type, timestamp].map((property) => property ?? null);
  return createHash('sha256')
    .update(JSON.stringify([...properties, ...facts]))
    .update(body)
    .digest('base64url')
    .slice(0, 22); // 132 bits
}

/** Numbers those that are the same, in their order: `abc`, `abc~2`, `abc~3`. */
export function createNumbering(): (fingerprint: string) => string {
  const seen = new Map<string, number>();
  return (fingerprint) => {
    const count = (seen.get(fingerprint) ?? 0) + 1;
    seen.set(fingerprint, count);
    return count === 1 ? fingerprint : `${fingerprint}~${count}`;
  };
}

export function toDeadLetter(message: ReceivedMessage, id: string, queue: string): DeadLetter {
  const { body, headers } = message;
  const death = headers['x-parked-at'] === undefined ? readDeath(headers) : undefined; // RabbitMQ's own account, when no consumer gave one
  const lastFailedAt = readMoment(headers['x-parked-at']) ?? death?.at ?? null;
  const envelope = readEnvelope(message);
  return {
    id,
    queue,
    reason: death ? death.reason : (readText(headers['x-reason'], MAX_REASON_CHARACTERS) ?? 'UNKNOWN: whoever put it here did not say why'),
    attempts: readAttempt(headers),
    firstFailedAt: readMoment(headers['x-first-failed-at']) ?? lastFailedAt,
    lastFailedAt,
    type: readText(envelope?.type ?? message.type, MAX_NAME_CHARACTERS),
    subject: readText(envelope?.subject ?? message.correlationId, MAX_NAME_CHARACTERS),
    payloadPreview: toSafeText(body, MAX_PREVIEW_CHARACTERS),
    payloadBytes: body.length,
  };
}

/** Only the time, for sorting. */
export function readLastFailure({ headers }: ReceivedMessage): number {
  return (readMoment(headers['x-parked-at']) ?? readDeath(headers)?.at ?? new Date(0)).getTime();
}

function readEnvelope(message: ReceivedMessage): { type: string; subject: string } | undefined {
  if (message.body.length > MAX_PARSED_BYTES) return undefined;
  try {
    return parseCloudEvent(message);
  } catch {
    return undefined; // then its properties must do
  }
}

const DEATHS: Readonly<Record<string, string>> = {
  delivery_limit:
    'DELIVERY_LIMIT: RabbitMQ set it aside, since it was delivered too often and never acknowledged: whoever handled it died of it each time',
  expired: 'EXPIRED: RabbitMQ set it aside, since it waited too long',
  rejected: 'REJECTED: RabbitMQ set it aside, since a consumer rejected it',
  maxlen: 'QUEUE_FULL: RabbitMQ set it aside, since its queue was full',
};

/** The newest entry of `x-death`, https://www.rabbitmq.com/docs/dlx#effects */
function readDeath({ 'x-death': deaths }: ReceivedMessage['headers']): { reason: string; at: Date | null } | undefined {
  const [death] = Array.isArray(deaths) ? (deaths as unknown[]) : [];
  if (typeof death !== 'object' || death === null) return undefined;
  const { reason, time } = death as { reason?: unknown; time?: { '!'?: unknown; value?: unknown } };
  const known = typeof reason === 'string' && Object.hasOwn(DEATHS, reason) ? DEATHS[reason] : undefined;
  const seconds = typeof time === 'object' && time !== null ? time.value : undefined;
  return { reason: known ?? 'UNKNOWN: RabbitMQ set it aside', at: typeof seconds === 'number' ? toMoment(seconds * 1_000) : null };
}

function readMoment(value: unknown): Date | null {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]{8,20}(Z|[+-]\d\d:\d\d)$/.test(value) ? toMoment(Date.parse(value)) : null;
}

function toMoment(ms: number): Date | null {
  const moment = new Date(ms);
  return Number.isNaN(moment.getTime()) || ms < 0 || ms > 253_402_300_799_999 ? null : moment; // up to the year 9999
}

function readText(value: unknown, maxCharacters: number): string | null {
  return typeof value === 'string' && value !== '' ? toSafeText(value, maxCharacters) : null;
}
