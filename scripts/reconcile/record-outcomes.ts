import { bookTogether } from '../../subgraphs/payments/book-together.ts';
import type { PaymentsDatabase } from '../../subgraphs/payments/payments-database.ts';
import { findRequests } from '../../subgraphs/users/request-store.ts';
import type { UsersDatabase } from '../../subgraphs/users/users-database.ts';

/**
 * Records in payments what it had decided and lost, with the outcomes that users heard: the payments, their ledger entries and their events, as when they were
 * first decided. It decides nothing itself, and leaves what payments knows as it is.
 * @param ids of payments that users knows; those without an outcome are left out
 */
export async function recordOutcomes(users: UsersDatabase, payments: PaymentsDatabase, ids: readonly string[]): Promise<void> {
  const decisions = (await findRequests(users, ids)).flatMap(({ id, processedAt, ...request }) =>
    processedAt === null ? [] : [{ request: { paymentId: id, ...request }, outcome: { paymentId: id, processedAt, ...request } }],
  );
  if (decisions.length > 0) await bookTogether(payments, decisions);
}
