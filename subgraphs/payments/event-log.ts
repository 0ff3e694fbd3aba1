import { sql } from '../../platform/storage/database.ts';
import { paymentColumns, type PaymentRow } from './payment-store.ts';
import type { PaymentsDatabase } from './payments-database.ts';

/** The outcome of a payment, at its place among all outcomes. */
export interface LoggedEvent {
  /** 1, 2, 3 … in the order in which they became visible. Given by the relay. */
  readonly position: bigint;
  readonly payment: PaymentRow;
}

export interface EventPage {
  /** Only events behind this position. */
  readonly after: bigint;
  /** Only events up to this position. */
  readonly upTo?: bigint;
  /** Only events of this user's payments. */
  readonly userId?: string | undefined;
  readonly limit: number;
}

/** All outcomes, in the order in which they became visible. A payment that was just committed appears once the relay has given its event a position. */
export interface EventLog {
  /** UUID made when the database was: tells positions of this log from those of another. */
  readonly systemId: string;
  /** In order of position. @throws DependencyError DATABASE_UNAVAILABLE */
  read(page: EventPage): Promise<readonly LoggedEvent[]>;
  bounds(): Promise<Bounds>;
}

/** The first position that is kept, and that of the newest outcome (the one before the first that is kept, when no outcome is); both 0 while there are none. */
export interface Bounds {
  readonly oldest: bigint;
  readonly newest: bigint;
}

/** The log is the outbox, where the event of a payment has the payment's id. */
export async function openEventLog(db: PaymentsDatabase): Promise<EventLog> {
  const { rows } = await sql<{ id: string }>`select id::text as id from system_identity`.execute(db);
  if (!rows[0]) throw new Error('the payments database has lost its identity: system_identity is empty');
  return { systemId: rows[0].id, read: (page) => readEvents(db, page), bounds: () => readBounds(db) };
}

async function readEvents(db: PaymentsDatabase, { after, upTo, userId, limit }: EventPage): Promise<readonly LoggedEvent[]> {
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

async function readBounds(db: PaymentsDatabase): Promise<Bounds> {
  const { rows } = await sql<Bounds>`
    select
      coalesce((select min(position) from outbox), 0) as oldest,
      coalesce((
        select position from outbox
        where position is not null and exists (select from payments where payments.id = outbox.id) -- not an outcome that is only told again
        order by position desc limit 1
      ), (select min(position) - 1 from outbox), 0) as newest`.execute(db);
  return rows[0] ?? { oldest: 0n, newest: 0n };
}
