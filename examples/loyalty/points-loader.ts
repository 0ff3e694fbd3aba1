import DataLoader from 'dataloader';
import { groupBy } from '../../subgraphs/group-by.ts';
import { isUuid } from '../../subgraphs/uuid.ts';
import type { LoyaltyDatabase } from './loyalty-database.ts';
import { findPointsOfPayments, listHistoryOfUsers, sumPointsOfUsers, type EarnedPointsRow, type HistoryPage } from './points-store.ts';

/** What payments earned, by payment; one statement for all that are asked for in one tick. Null: we have not heard of it, or it failed. */
export type PointsOfPaymentLoader = DataLoader<string, EarnedPointsRow | null>;

export function createPointsOfPaymentLoader(db: LoyaltyDatabase): PointsOfPaymentLoader {
  return new DataLoader(async (paymentIds) => {
    const possible = paymentIds.filter(isUuid);
    const rows = new Map(possible.length === 0 ? [] : (await findPointsOfPayments(db, possible)).map((row) => [row.paymentId, row]));
    return paymentIds.map((paymentId) => rows.get(paymentId.toLowerCase()) ?? null);
  });
}

/** All points of a user, one statement for all users; 0 for anybody we have not heard of. */
export type TotalLoader = DataLoader<string, number>;

export function createTotalLoader(db: LoyaltyDatabase): TotalLoader {
  return new DataLoader(async (userIds) => {
    const totals = await sumPointsOfUsers(db, userIds);
    return userIds.map((userId) => totals.get(userId) ?? 0);
  });
}

/** One page of a user's history; one statement for all users that are asked for the same page. */
export type HistoryLoader = DataLoader<{ readonly userId: string; readonly page: HistoryPage }, readonly EarnedPointsRow[], string>;

export function createHistoryLoader(db: LoyaltyDatabase): HistoryLoader {
  const toKey = ({ limit, after }: HistoryPage): string => JSON.stringify([limit, after?.earnedAt.getTime(), after?.paymentId]);
  const load: DataLoader.BatchLoadFn<{ userId: string; page: HistoryPage }, readonly EarnedPointsRow[]> = async (keys) => {
    const pages = groupBy(keys, ({ page }) => toKey(page));
    const rows = new Map<object, readonly EarnedPointsRow[]>();
    await Promise.all(
      [...pages.values()].map(async (group) => {
        const userIds = group.map(({ userId }) => userId);
        const byUser = groupBy(await listHistoryOfUsers(db, userIds, group[0]?.page ?? { limit: 0 }), ({ userId }) => userId);
        for (const key of group) rows.set(key, byUser.get(key.userId) ?? []);
      }),
    );
    return keys.map((key) => rows.get(key) ?? []);
  };
  return new DataLoader(load, { cacheKeyFn: ({ userId, page }) => `${toKey(page)} ${userId}` });
}
