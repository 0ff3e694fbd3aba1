import { sql } from '../../platform/storage/database.ts';
import { insertIntoOutboxAgain, republish } from '../outbox-insert.ts';
import { toOutcomeMessage } from '../payment-topology.ts';
import { paymentColumns, type PaymentRow } from './payment-store.ts';
import type { PaymentsDatabase } from './payments-database.ts';

/**
 * Has the relay publish the outcomes of these payments once more, under the positions they have. An outcome that the outbox does not keep any more is written
 * anew, in a row that is not the payment's: the event log does not know it, so no subscriber hears of the payment a second time.
 */
export async function republishOutcomes(db: PaymentsDatabase, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await republish(ids).execute(db);
  const { rows } = await sql<PaymentRow & { rowId: string }>`
    select ${paymentColumns}, md5('outcome of ' || payments.id)::uuid::text as "rowId" from payments
    where id = any(${ids}::uuid[]) and not exists (select from outbox where outbox.id = payments.id)`.execute(db);
  await insertIntoOutboxAgain(
    db,
    rows.map(({ id, rowId, ...payment }) => ({ rowId, message: toOutcomeMessage({ paymentId: id, ...payment }) })),
  );
}
