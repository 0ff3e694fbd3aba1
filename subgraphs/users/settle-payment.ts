import { ProtocolError } from '../../platform/foundation/errors.ts';
import { sql } from '../../platform/storage/database.ts';
import { formatAmount } from '../money.ts';
import type { PaymentOutcome } from '../payment-messages.ts';
import { findRequests, type PaymentRequestRow } from './request-store.ts';
import type { UsersDatabase } from './users-database.ts';

/**
 * Records what became of a payment; the amount of a failed one goes back to the payer. One statement, all or nothing, and only the first outcome
 * of a payment does anything: it may arrive any number of times.
 * @returns whether this was the first
 * @throws ProtocolError PAYMENT_UNKNOWN users never accepted it | MESSAGE_CONTRADICTS another payer, amount or currency, or another outcome than the first
 */
export async function settlePayment(db: UsersDatabase, outcome: PaymentOutcome): Promise<boolean> {
  const { paymentId, userId, amountMinor, currency, processedAt, failureReason } = outcome;
  const status = failureReason === null ? 'PROCESSED' : 'FAILED';
  const { rows } = await sql`
    with settled as (
      update payment_requests set status = ${status}, failure_reason = ${failureReason}, processed_at = ${processedAt}
      where id = ${paymentId}::uuid and status = 'PENDING' and user_id::text = ${userId} and amount_minor = ${amountMinor} and currency = ${currency}
      returning user_id, amount_minor, status
    ), credited as (
      update users set balance_minor = balance_minor + settled.amount_minor
      from settled where users.id = settled.user_id and settled.status = 'FAILED'
    )
    select from settled`.execute(db);
  if (rows.length === 1) return true;

  const [request] = await findRequests(db, [paymentId]);
  if (!request) throw new ProtocolError('PAYMENT_UNKNOWN', `payment ${paymentId} was never accepted here`);
  if (request.userId !== userId || request.amountMinor !== amountMinor || request.currency !== currency) {
    throw contradiction(
      request,
      `user ${request.userId}, ${formatAmount(request)} ${request.currency}`,
      `user ${userId}, ${formatAmount(outcome)} ${currency}`,
    );
  }
  if (request.status !== status || request.failureReason !== failureReason) {
    throw contradiction(request, toWords(request.status, request.failureReason), toWords(status, failureReason));
  }
  return false;
}

function contradiction({ id }: PaymentRequestRow, known: string, told: string): ProtocolError {
  return new ProtocolError('MESSAGE_CONTRADICTS', `payment ${id} is known otherwise: ${known}; this outcome says ${told}`);
}

function toWords(status: string, failureReason: string | null): string {
  return failureReason === null ? status : `${status} ${failureReason}`;
}
