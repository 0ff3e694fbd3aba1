import { sql, type RawBuilder } from '../../platform/storage/database.ts';
import type { Money } from '../../subgraphs/money.ts';
import type { LoyaltyDatabase } from './loyalty-database.ts';
import { toPoints } from './points.ts';

/** A payment that was processed, wherever we heard of it. */
export interface ProcessedPayment extends Money {
  /** UUID. */
  readonly paymentId: string;
  readonly userId: string;
  readonly processedAt: Date;
}

/** One counts at a time, so that positions become visible in their order. Any number that nobody else in this database uses. */
const COUNTING_LOCK = 7_368_564;

/**
 * Counts the points of payments, each payment once: it may be told of any number of times, by any number of replicas. One statement, all or nothing.
 * @param moving records in the same statement how far we have read, so that neither is ever true without the other
 * @returns what was new
 * @throws DependencyError DATABASE_UNAVAILABLE
 */
export async function countPoints(
  db: LoyaltyDatabase,
  payments: readonly ProcessedPayment[],
  moving: RawBuilder<unknown> = sql`select`,
): Promise<{ readonly payments: number; readonly points: number }> {
  const { rows } = await sql<{ points: number }>`
    with locked as materialized (
      select pg_advisory_xact_lock(${COUNTING_LOCK})
    ), counted as (
      insert into earned_points (payment_id, user_id, points, earned_at, position)
      select payment.*, nextval('earned_points_position')
      from locked, unnest(
        ${payments.map(({ paymentId }) => paymentId)}::uuid[], ${payments.map(({ userId }) => userId)}::text[],
        ${payments.map(toPoints)}::integer[], ${payments.map(({ processedAt }) => processedAt)}::timestamptz[]
      ) as payment
      on conflict (payment_id) do nothing
      returning points
    ), moved as (
      ${moving}
    )
    select points from counted`.execute(db);
  return { payments: rows.length, points: rows.reduce((sum, { points }) => sum + points, 0) };
}
