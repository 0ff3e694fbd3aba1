import { sql } from '../../platform/storage/database.ts';
import type { PaymentFailureReason } from '../payment-messages.ts';
import type { UsersDatabase } from './users-database.ts';

/** An accepted payment as users knows it. */
export interface PaymentRequestRow {
  /** UUID, version 7. */
  readonly id: string;
  readonly userId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly description: string | null;
  readonly status: 'PENDING' | 'PROCESSED' | 'FAILED';
  readonly failureReason: PaymentFailureReason | null;
  readonly requestedAt: Date;
  /** When its processing ended, as payments told. */
  readonly processedAt: Date | null;
}

const columns = sql`
  id::text as id, user_id::text as "userId", amount_minor as "amountMinor", currency, description, status,
  failure_reason as "failureReason", requested_at as "requestedAt", processed_at as "processedAt"`;

export async function findRequests(db: UsersDatabase, ids: readonly string[]): Promise<readonly PaymentRequestRow[]> {
  const { rows } = await sql<PaymentRequestRow>`select ${columns} from payment_requests where id = any(${ids}::uuid[])`.execute(db);
  return rows;
}

/** Those of these requests whose message the outbox does not keep any more. */
export async function findRequestsWithoutMessage(db: UsersDatabase, ids: readonly string[]): Promise<readonly PaymentRequestRow[]> {
  const { rows } = await sql<PaymentRequestRow>`
    select ${columns} from payment_requests
    where id = any(${ids}::uuid[]) and not exists (select from outbox where outbox.id = payment_requests.id)`.execute(db);
  return rows;
}

/** The request that this user made with this key. */
export async function findRequestByKey(db: UsersDatabase, userId: string, idempotencyKey: string): Promise<PaymentRequestRow | undefined> {
  const { rows } = await sql<PaymentRequestRow>`
    select ${columns} from payment_requests where user_id = ${userId}::bigint and idempotency_key = ${idempotencyKey}`.execute(db);
  return rows[0];
}

/** For each user the requests whose outcome is unknown, newest first, at most `limit` each, in one statement. */
export async function listPendingRequests(
  db: UsersDatabase,
  userIds: readonly string[],
  limit: number,
): Promise<readonly PaymentRequestRow[]> {
  const { rows } = await sql<PaymentRequestRow>`
    select pending.*
    from unnest(${userIds}::bigint[]) as payer (id)
    cross join lateral (
      select ${columns} from payment_requests
      where user_id = payer.id and status = 'PENDING'
      order by payment_requests.requested_at desc, payment_requests.id desc
      limit ${limit}
    ) pending`.execute(db);
  return rows;
}
