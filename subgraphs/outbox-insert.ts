import type { OutboxMessage } from '../platform/messaging/outbox.ts';
import { sql } from '../platform/storage/database.ts';

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

/** Has the relay publish these messages once more, under the positions they have; those that wait to be published anyway are left alone. */
export function republish(ids: readonly string[]) {
  return sql`update outbox set published_at = null, retry_at = now() where id = any(${ids}::uuid[]) and published_at is not null`;
}
