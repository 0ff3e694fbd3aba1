import { sql } from '../../platform/storage/database.ts';
import type { LoyaltyDatabase } from './loyalty-database.ts';

/** What one payment earned. Never changes. */
export interface EarnedPointsRow {
  /** UUID in lower case. */
  readonly paymentId: string;
  readonly userId: string;
  /** 0 when the payment was too small. */
  readonly points: number;
  readonly earnedAt: Date;
  /** Its place in the stream of events. */
  readonly position: bigint;
}

const columns = sql`payment_id::text as "paymentId", user_id as "userId", points, earned_at as "earnedAt", position`;

/** Newest first: by when they were earned, then by payment. */
export interface HistoryPage {
  readonly limit: number;
  readonly after?: { readonly earnedAt: Date; readonly paymentId: string } | undefined;
}

/** The largest number that a GraphQL Int can hold. */
const MAX_INT = 2_147_483_647n;

export async function findPointsOfPayments(db: LoyaltyDatabase, paymentIds: readonly string[]): Promise<readonly EarnedPointsRow[]> {
  const { rows } = await sql<EarnedPointsRow>`select ${columns} from earned_points where payment_id = any(${paymentIds}::uuid[])`.execute(
    db,
  );
  return rows;
}

/** All points of each user; at most MAX_INT. A user who earned none is left out. They are added up each time: a sum that is kept can be wrong. */
export async function sumPointsOfUsers(db: LoyaltyDatabase, userIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ userId: string; points: number }>`
    select user_id as "userId", least(sum(points), ${MAX_INT})::integer as points
    from earned_points where user_id = any(${userIds}::text[]) group by user_id`.execute(db);
  return new Map(rows.map(({ userId, points }) => [userId, points]));
}

/** The same page of several users' histories, in one statement. Payments that earned nothing are left out. */
export async function listHistoryOfUsers(
  db: LoyaltyDatabase,
  userIds: readonly string[],
  { limit, after }: HistoryPage,
): Promise<readonly EarnedPointsRow[]> {
  const behind = after ? sql`(earned_at, payment_id) < (${after.earnedAt}::timestamptz, ${after.paymentId}::uuid)` : sql`true`;
  const { rows } = await sql<EarnedPointsRow>`
    select page.*
    from unnest(${userIds}::text[]) as payer (id)
    cross join lateral (
      select ${columns} from earned_points where user_id = payer.id and points > 0 and ${behind} order by earned_at desc, payment_id desc limit ${limit}
    ) page`.execute(db);
  return rows;
}

/** Events behind a position, in their order. */
export async function readEvents(
  db: LoyaltyDatabase,
  { after, userId, limit }: { readonly after: bigint; readonly userId: string | undefined; readonly limit: number },
): Promise<readonly EarnedPointsRow[]> {
  const { rows } = await sql<EarnedPointsRow>`
    select ${columns} from earned_points
    where position > ${after} and points > 0 and ${userId === undefined ? sql`true` : sql`user_id = ${userId}`}
    order by position limit ${limit}`.execute(db);
  return rows;
}

/** Position of the newest row; 0 while there is none. */
export async function readNewestPosition(db: LoyaltyDatabase): Promise<bigint> {
  const { rows } = await sql<{ newest: bigint }>`select coalesce(max(position), 0) as newest from earned_points`.execute(db);
  return rows[0]?.newest ?? 0n;
}
