import { insertIntoOutboxAgain, republish } from '../outbox-insert.ts';
import { toRequestMessage } from '../payment-topology.ts';
import { findRequestsWithoutMessage } from './request-store.ts';
import type { UsersDatabase } from './users-database.ts';

/** Has the relay publish the requests of these payments once more; a message that the outbox does not keep any more is written anew. */
export async function republishRequests(db: UsersDatabase, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await republish(ids).execute(db);
  const missing = await findRequestsWithoutMessage(db, ids);
  await insertIntoOutboxAgain(
    db,
    missing.map(({ id, ...request }) => ({ rowId: id, message: toRequestMessage({ paymentId: id, ...request }) })),
  );
}
