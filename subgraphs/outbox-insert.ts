import type { OutboxMessage, OutboxSchema } from '../platform/messaging/outbox.ts';
import { sql, type Kysely } from '../platform/storage/database.ts';

/**
 * The part of one large statement that records a message: `insert into outbox … select … from <part>`. One row of that part, one message; no row, none.
 * It saves `pay` and `processPayment` the round trips of a transaction.
 * @param part the name of the `with` part that did the work
 */
export function insertIntoOutboxFrom(part: string, { event, exchange, routingKey, mandatory, headers = {} }: OutboxMessage) {
  return sql`
    insert into outbox (id, type, exchange, routing_key, mandatory, event, headers)
    select ${event.id}::uuid, ${event.type}::text, ${exchange}::text, ${routingKey}::text, ${mandatory}::boolean,
      ${JSON.stringify(event)}::jsonb, ${JSON.stringify(headers)}::jsonb
    from ${sql.id(part)}`;
}

/**
 * The same for many: those messages are recorded whose event's id is among the ids of that part.
 * @param part the name of the `with` part that did the work; its column `id` holds what was done
 */
export function insertManyIntoOutboxFrom(part: string, messages: readonly OutboxMessage[]) {
  return sql`
    insert into outbox (id, type, exchange, routing_key, mandatory, event, headers)
    select message.* from unnest(
      ${messages.map(({ event }) => event.id)}::uuid[], ${messages.map(({ event }) => event.type)}::text[], ${messages.map(({ exchange }) => exchange)}::text[],
      ${messages.map(({ routingKey }) => routingKey)}::text[], ${messages.map(({ mandatory }) => mandatory)}::boolean[],
      ${messages.map(({ event }) => JSON.stringify(event))}::jsonb[], ${messages.map(({ headers = {} }) => JSON.stringify(headers))}::jsonb[]
    ) as message (id, type, exchange, routing_key, mandatory, event, headers)
    join ${sql.id(part)} as done on done.id = message.id`;
}

/** Has the relay publish these messages once more, under the positions they have; those that wait to be published anyway are left alone. */
export function republish(ids: readonly string[]) {
  return sql`update outbox set published_at = null, retry_at = now() where id = any(${ids}::uuid[]) and published_at is not null`;
}

export interface MessageAgain {
  /** UUID; a row of this id that is there already is published once more instead. */
  readonly rowId: string;
  readonly message: OutboxMessage;
}

/** Writes messages into the outbox whose rows are not kept any more, so that they are published once more. */
export async function insertIntoOutboxAgain(db: Kysely<OutboxSchema>, messages: readonly MessageAgain[]): Promise<void> {
  if (messages.length === 0) return;
  const rows = messages.map(
    ({ rowId, message: { event, exchange, routingKey, mandatory } }) =>
      sql`(${rowId}::uuid, ${event.type}, ${exchange}, ${routingKey}, ${mandatory}, ${JSON.stringify(event)}::jsonb)`,
  );
  await sql`
    insert into outbox (id, type, exchange, routing_key, mandatory, event) values ${sql.join(rows)}
    on conflict (id) do update set published_at = null, retry_at = now() where outbox.published_at is not null`.execute(db);
}
