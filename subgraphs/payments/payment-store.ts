import { sql } from '../../platform/storage/database.ts';
import type { PaymentFailureReason } from '../payment-messages.ts';
import type { PaymentsDatabase } from './payments-database.ts';

/** A payment whose processing ended. Never changes. */
export interface PaymentRow {
  /** UUID in lower case. */
  readonly id: string;
  readonly userId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly description: string | null;
  readonly status: 'PROCESSED' | 'FAILED';
  readonly failureReason: PaymentFailureReason | null;
  readonly requestedAt: Date;
  readonly processedAt: Date;
}

/** The columns of a PaymentRow. */
export const paymentColumns = sql`
  payments.id::text as id, payments.user_id as "userId", payments.amount_minor as "amountMinor", payments.currency, payments.description, payments.status,
  payments.failure_reason as "failureReason", payments.requested_at as "requestedAt", payments.processed_at as "processedAt"`;

/** Newest first: by when they were requested, then by id. */
export interface PaymentPage {
  readonly limit: number;
  /** Continue behind this payment. */
  readonly after?: { readonly requestedAt: Date; readonly id: string } | undefined;
  readonly status?: string | undefined;
}

export async function findPayments(db: PaymentsDatabase, ids: readonly string[]): Promise<readonly PaymentRow[]> {
  const { rows } = await sql<PaymentRow>`select ${paymentColumns} from payments where id = any(${ids}::uuid[])`.execute(db);
  return rows;
}

export async function findPayment(db: PaymentsDatabase, id: string): Promise<PaymentRow | undefined> {
  const [payment] = await findPayments(db, [id]);
  return payment;
}

export async function listPayments(db: PaymentsDatabase, page: PaymentPage): Promise<readonly PaymentRow[]> {
  if (!isKept(page)) return [];
  const { rows } = await sql<PaymentRow>`select ${paymentColumns} from payments where ${toCondition(page)} ${toOrder(page)}`.execute(db);
  return rows;
}

/** The same page for each of several users, in one statement. */
export async function listPaymentsOfUsers(
  db: PaymentsDatabase,
  userIds: readonly string[],
  page: PaymentPage,
): Promise<readonly PaymentRow[]> {
  if (!isKept(page)) return [];
  const { rows } = await sql<PaymentRow>`
    select page.*
    from unnest(${userIds}::text[]) as payer (id)
    cross join lateral (select ${paymentColumns} from payments where payments.user_id = payer.id and ${toCondition(page)} ${toOrder(page)}) page`.execute(
    db,
  );
  return rows;
}

/** Pending payments are not here: looking for one would go through all that there are. */
function isKept({ status }: PaymentPage): boolean {
  return status !== 'PENDING';
}

/** The status is in the text and not a value, so that a prepared plan can use the index of the few that failed. */
const HAS_STATUS: Readonly<Record<string, ReturnType<typeof sql>>> = {
  PROCESSED: sql`payments.status = 'PROCESSED'`,
  FAILED: sql`payments.status = 'FAILED'`,
};

function toCondition({ after, status }: PaymentPage) {
  const behind = after ? sql`(payments.requested_at, payments.id) < (${after.requestedAt}::timestamptz, ${after.id}::uuid)` : sql`true`;
  return status === undefined ? behind : sql`${behind} and ${HAS_STATUS[status] ?? sql`false`}`;
}

function toOrder({ limit }: PaymentPage) {
  return sql`order by payments.requested_at desc, payments.id desc limit ${limit}`;
}
