import { sql } from '../../platform/storage/database.ts';
import { paymentColumns, type PaymentRow } from './payment-store.ts';
import type { PaymentsDatabase } from './payments-database.ts';

/** The outcome of a payment, at its place among all outcomes. */
export interface LoggedEvent {
  /** 1, 2, 3 … in the order in which they became visible. Given by the relay. */
  readonly position: bigint;
  readonly payment: PaymentRow;
}

/** Events behind a position, in order. Only those that have a position: a payment that is committed a moment before it gets one appears a moment later. */
export async function readEvents(
  db: PaymentsDatabase,
  { after, upTo, userId, limit }: { after: bigint; upTo?: bigint; userId?: string | undefined; limit: number },
): Promise<readonly LoggedEvent[]> {
  const { rows } = await sql<PaymentRow & { position: bigint }>`
    select outbox.position, ${paymentColumns}
    from outbox join payments on payments.id = outbox.id
    where outbox.position > ${after}
      and ${upTo === undefined ? sql`true` : sql`outbox.position <= ${upTo}`}
      and ${userId === undefined ? sql`true` : sql`outbox.user_id = ${userId}`}
    order by outbox.position
    limit ${limit}`.execute(db);
  return rows.map(({ position, ...payment }) => ({ position, payment }));
}

/** The first and the last position that are kept; both 0 while there are none. */
export async function readBounds(db: PaymentsDatabase): Promise<{ readonly oldest: bigint; readonly newest: bigint }> {
  const { rows } = await sql<{ oldest: bigint; newest: bigint }>`
    select coalesce(min(position), 0) as oldest, coalesce(max(position), 0) as newest from outbox`.execute(db);
  return rows[0] ?? { oldest: 0n, newest: 0n };
}

/** UUID made when the database was. */
export async function readSystemId(db: PaymentsDatabase): Promise<string> {
  const { rows } = await sql<{ id: string }>`select id::text as id from system_identity`.execute(db);
  if (!rows[0]) throw new Error('the payments database has lost its identity: system_identity is empty');
  return rows[0].id;
}
