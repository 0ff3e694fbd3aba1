import type { ReceivedMessage } from '../../platform/messaging/broker.ts';
import { toDeadLetter } from '../../platform/messaging/dead-letter.ts';
import { toSafeText } from '../../platform/messaging/safe-text.ts';
import { sql } from '../../platform/storage/database.ts';
import { parseCursor, toConnection, type Connection } from '../connections.ts';
import type { PaymentsDatabase } from './payments-database.ts';

/** Who throws a message away, and why. */
export interface Discard {
  readonly reason: string;
  /** As they call themselves; null when they did not say. */
  readonly by: string | null;
  readonly requestId: string;
}

/** A message that was thrown away, as it is shown. */
export interface DiscardedLetter {
  readonly id: string;
  readonly discardedAt: Date;
  readonly discardedBy: string | null;
  readonly reason: string;
  readonly queue: string;
  readonly parkedReason: string;
  readonly attempts: number;
  readonly type: string | null;
  readonly subject: string | null;
  readonly payloadPreview: string;
  readonly payloadBytes: number;
}

export interface DiscardedPage {
  /** Continue behind this row. */
  readonly after: string | undefined;
  readonly limit: number;
}

const KIND = 'discarded-dead-letters';
const MAX_PREVIEW_CHARACTERS = 1_000;

/** Keeps the whole message, with everything that is known of it. Has committed when it resolves. */
export async function recordDiscarded(
  db: PaymentsDatabase,
  { message, id, queue }: { readonly message: ReceivedMessage; readonly id: string; readonly queue: string },
  { reason, by, requestId }: Discard,
): Promise<void> {
  const { body, headers, ...properties } = message;
  const letter = toDeadLetter(message, id, queue);
  await sql`
    insert into discarded_dead_letters
      (discarded_by, reason, request_id, letter_id, queue, parked_reason, attempts, first_failed_at, last_failed_at, type, subject, body, properties, headers)
    values (${by}, ${reason}, ${requestId}, ${id}, ${queue}, ${letter.reason}, ${letter.attempts}, ${letter.firstFailedAt}, ${letter.lastFailedAt},
      ${letter.type}, ${letter.subject}, ${body}, ${JSON.stringify(properties)}::json, ${JSON.stringify(headers)}::json)`.execute(db);
}

/** Newest first. */
export async function listDiscarded(db: PaymentsDatabase, { after, limit }: DiscardedPage): Promise<readonly DiscardedLetter[]> {
  const { rows } = await sql<DiscardedLetter & { preview: Buffer }>`
    select id::text as id, discarded_at as "discardedAt", discarded_by as "discardedBy", reason, queue, parked_reason as "parkedReason", attempts, type, subject,
      substring(body for ${4 * MAX_PREVIEW_CHARACTERS + 4}) as preview, octet_length(body) as "payloadBytes"
    from discarded_dead_letters
    where ${after === undefined ? sql`true` : sql`id < ${after}::bigint`}
    order by discarded_dead_letters.id desc limit ${limit}`.execute(db);
  return rows.map(({ preview, ...row }) => ({ ...row, payloadPreview: toSafeText(preview, MAX_PREVIEW_CHARACTERS) }));
}

/** @throws DomainError BAD_USER_INPUT */
export function parseDiscardedCursor(cursor: string): string {
  return parseCursor(cursor, KIND, ([id, ...others]) => others.length === 0 && /^[1-9][0-9]{0,17}$/.test(id ?? ''))[0] ?? '';
}

/** @param rows one more than the page holds when there is a next page */
export function toDiscardedConnection(rows: readonly DiscardedLetter[], { limit, after }: DiscardedPage): Connection<DiscardedLetter> {
  return toConnection(rows, { size: limit - 1, after: after !== undefined, cursorOf: ({ id }) => ({ kind: KIND, key: [id] }) });
}
