import DataLoader from 'dataloader';
import { groupBy } from '../group-by.ts';
import { isUuid } from '../uuid.ts';
import { findPayments, listPaymentsOfUsers, type PaymentPage, type PaymentRow } from './payment-store.ts';
import type { PaymentsDatabase } from './payments-database.ts';

/** Payments by id, one statement for all that are asked for in one tick; null for what is unknown. */
export type PaymentLoader = DataLoader<string, PaymentRow | null>;

export function createPaymentLoader(db: PaymentsDatabase): PaymentLoader {
  return new DataLoader(async (ids) => {
    const known = ids.filter(isUuid);
    const payments = new Map(known.length === 0 ? [] : (await findPayments(db, known)).map((payment) => [payment.id, payment]));
    return ids.map((id) => payments.get(id.toLowerCase()) ?? null);
  });
}

interface PageOfUser {
  readonly userId: string;
  readonly page: PaymentPage;
}

/** One page of a user's payments; one statement for all users that are asked for the same page. */
export type UserPaymentsLoader = DataLoader<PageOfUser, readonly PaymentRow[], string>;

export function createUserPaymentsLoader(db: PaymentsDatabase): UserPaymentsLoader {
  const load = async (keys: readonly PageOfUser[]): Promise<(readonly PaymentRow[])[]> => {
    const rows = new Map<PageOfUser, readonly PaymentRow[]>();
    const samePage = [...groupBy(keys, ({ page }) => toKey(page)).values()];
    await Promise.all(
      samePage.map(async (group) => {
        const userIds = group.map(({ userId }) => userId);
        const byUser = groupBy(await listPaymentsOfUsers(db, userIds, group[0]?.page ?? { limit: 0 }), ({ userId }) => userId);
        for (const key of group) rows.set(key, byUser.get(key.userId) ?? []);
      }),
    );
    return keys.map((key) => rows.get(key) ?? []);
  };
  return new DataLoader(load, { cacheKeyFn: ({ userId, page }) => `${toKey(page)} ${userId}` });
}

function toKey({ limit, after, status }: PaymentPage): string {
  return JSON.stringify([limit, after?.requestedAt.getTime(), after?.id, status]);
}
