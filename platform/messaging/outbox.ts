import { sql, type ColumnType, type Generated, type Kysely, type Transaction } from '../storage/database.ts';
import type { CloudEvent } from './messages.ts';

/** The table of migrations/0000-outbox.sql. Rows stay after they were published: the payments service replays from them. */
export interface OutboxTable {
  /** UUID, the event's id. */
  readonly id: string;
  readonly type: string;
  readonly exchange: string;
  readonly routing_key: string;
  readonly mandatory: Generated<boolean>;
  /** The CloudEvent without `sequence`; written as JSON text. */
  readonly event: ColumnType<unknown, string, never>;
  readonly headers: ColumnType<Record<string, unknown>, string | undefined, never>;
  readonly created_at: Generated<Date>;
  /** Dense and in commit order; null until the relay gave it. A reader that goes by it never finds a lower one later. */
  readonly position: Generated<bigint | null>;
  readonly published_at: Generated<Date | null>;
  readonly attempts: Generated<number>;
  readonly retry_at: Generated<Date>;
  readonly last_error: Generated<string | null>;
}

/** The part of a database that the relay needs; hand in any Kysely whose schema has it. */
export interface OutboxSchema {
  outbox: OutboxTable;
}

export interface OutboxMessage {
  readonly event: CloudEvent<string, unknown>;
  readonly exchange: string;
  readonly routingKey: string;
  /** Whether a queue must take it; false for events that nobody may be interested in. */
  readonly mandatory: boolean;
  /** Such as `traceparent`. */
  readonly headers?: Readonly<Record<string, unknown>>;
}

/**
 * Records messages in the caller's transaction: they are published if and only if it commits. Call the relay's `wake` after the commit.
 */
export async function insertIntoOutbox<Schema extends OutboxSchema>(
  trx: Transaction<Schema> | Kysely<Schema>,
  messages: readonly OutboxMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  const rows = messages.map(
    ({ event, exchange, routingKey, mandatory, headers = {} }) =>
      sql`(${event.id}::uuid, ${event.type}, ${exchange}, ${routingKey}, ${mandatory}, ${JSON.stringify(event)}::jsonb, ${JSON.stringify(headers)}::jsonb)`,
  );
  await sql`insert into outbox (id, type, exchange, routing_key, mandatory, event, headers) values ${sql.join(rows)}`.execute(trx);
}
