import DataLoader from 'dataloader';
import { groupBy } from '../group-by.ts';
import { isUuid } from '../uuid.ts';
import { findRequests, listPendingRequests, type PaymentRequestRow } from './request-store.ts';
import type { UsersDatabase } from './users-database.ts';

const MAX_PENDING_LISTED = 100;

/** Requests by payment id; null when users never accepted such a payment. */
export type RequestLoader = DataLoader<string, PaymentRequestRow | null>;
/** The requests of a user whose outcome is unknown, newest first, at most 100. */
export type PendingRequestsLoader = DataLoader<string, readonly PaymentRequestRow[]>;

export function createRequestLoader(db: UsersDatabase): RequestLoader {
  return new DataLoader(async (ids) => {
    const requests = new Map((await findRequests(db, ids.filter(isUuid))).map((request) => [request.id, request]));
    return ids.map((id) => requests.get(id.toLowerCase()) ?? null);
  });
}

export function createPendingRequestsLoader(db: UsersDatabase): PendingRequestsLoader {
  return new DataLoader(async (userIds) => {
    const requests = groupBy(await listPendingRequests(db, userIds, MAX_PENDING_LISTED), ({ userId }) => userId);
    return userIds.map((userId) => requests.get(userId) ?? []);
  });
}
