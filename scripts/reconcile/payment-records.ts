import { sql } from '../../platform/storage/database.ts';
import type { PaymentsDatabase } from '../../subgraphs/payments/payments-database.ts';
import type { UsersDatabase } from '../../subgraphs/users/users-database.ts';

interface PaymentFacts {
  /** UUID in lower case. */
  readonly id: string;
  readonly userId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly failureReason: string | null;
}

/** A payment as users knows it. */
export interface AcceptedRecord extends PaymentFacts {
  readonly status: 'PENDING' | 'PROCESSED' | 'FAILED';
  /** Since it was accepted, by the database's clock. */
  readonly ageSeconds: number;
}

/** A payment as payments knows it, with what the ledger holds for it. */
export interface DecidedRecord extends PaymentFacts {
  readonly status: 'PROCESSED' | 'FAILED';
  /** Since it was decided, by the database's clock. */
  readonly ageSeconds: number;
  readonly entries: number;
  /** Of the entries' amounts. */
  readonly sumMinor: bigint;
  readonly largestMinor: bigint;
  /** Whether all entries are in the payment's currency. */
  readonly sameCurrency: boolean;
}

export interface RecordPage {
  /** Only ids behind this one. */
  readonly after: string;
  readonly limit: number;
}

/** In the order of their ids. */
export function readAccepted(db: UsersDatabase, page: RecordPage | readonly string[]): Promise<readonly AcceptedRecord[]> {
  return rowsOf(
    sql<AcceptedRecord>`
      select id::text as id, user_id::text as "userId", amount_minor as "amountMinor", currency, failure_reason as "failureReason", status,
        extract(epoch from now() - requested_at)::float8 as "ageSeconds"
      from payment_requests where ${toCondition('payment_requests', page)}`.execute(db),
  );
}

/** In the order of their ids. */
export function readDecided(db: PaymentsDatabase, page: RecordPage | readonly string[]): Promise<readonly DecidedRecord[]> {
  return rowsOf(
    sql<DecidedRecord>`
      select decided.id::text as id, user_id as "userId", amount_minor as "amountMinor", currency, failure_reason as "failureReason", status,
        extract(epoch from now() - processed_at)::float8 as "ageSeconds", entries, "sumMinor", "largestMinor", "sameCurrency"
      from (select * from payments where ${toCondition('payments', page)}) as decided
      cross join lateral (
        select count(*)::int as entries, coalesce(sum(ledger_entries.amount_minor), 0)::bigint as "sumMinor",
          coalesce(max(ledger_entries.amount_minor), 0)::bigint as "largestMinor", coalesce(bool_and(ledger_entries.currency = decided.currency), true) as "sameCurrency"
        from ledger_entries where payment_id = decided.id
      ) as booked
      order by decided.id`.execute(db),
  );
}

function toCondition(table: string, page: RecordPage | readonly string[]) {
  const id = sql.id(table, 'id'); // a bare `id` would be the text of the result
  if (!('after' in page)) return sql`${id} = any(${page}::uuid[]) order by ${id}`;
  return sql`${id} > ${page.after}::uuid order by ${id} limit ${page.limit}`;
}

async function rowsOf<Row>(result: Promise<{ readonly rows: readonly Row[] }>): Promise<readonly Row[]> {
  return (await result).rows;
}
