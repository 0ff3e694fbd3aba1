import { ProtocolError } from '../../platform/foundation/errors.ts';
import { createMicroBatch } from '../../platform/foundation/micro-batch.ts';
import { sql } from '../../platform/storage/database.ts';
import { formatAmount } from '../money.ts';
import type { PaymentOutcome } from '../payment-messages.ts';
import { findRequests, type PaymentRequestRow } from './request-store.ts';
import type { UsersDatabase } from './users-database.ts';

/**
 * Records what became of payments; the amount of a failed one goes back to the payer. One statement, all or nothing, and only the first outcome
 * of a payment does anything: it may arrive any number of times. Outcomes that come while others are being recorded share the next statement.
 * @param isBatched whether outcomes share statements; default always
 * @returns whether this was the first
 * @throws ProtocolError PAYMENT_UNKNOWN users never accepted it | MESSAGE_CONTRADICTS another payer, amount or currency, or another outcome than the first
 */
export function createSettlePayment(db: UsersDatabase, isBatched?: () => boolean): (outcome: PaymentOutcome) => Promise<boolean> {
  return createMicroBatch<PaymentOutcome, boolean>({
    isOn: isBatched,
    async runTogether(outcomes) {
      const settled = await settleProcessed(db, outcomes);
      return outcomes.map((_, index) => (settled.has(index) ? true : undefined));
    },
    runAlone: (outcome) => settleOne(db, outcome),
  });
}

/**
 * Records that payments were processed. No balance changes, so nobody waits for anybody: rows are locked in the order of their ids, and those that
 * somebody else has locked are left for later.
 * @param outcomes several may be of one payment, and not all of them fit it
 * @returns which of them, counted from 0, settled a payment that was pending
 */
async function settleProcessed(db: UsersDatabase, outcomes: readonly PaymentOutcome[]): Promise<Set<number>> {
  const ids = outcomes.map(({ paymentId }) => paymentId);
  const { rows } = await sql<{ turn: number }>`
    with told as (
      select * from unnest(
        ${ids}::uuid[], ${outcomes.map(({ userId }) => userId)}::text[], ${outcomes.map(({ amountMinor }) => amountMinor)}::bigint[],
        ${outcomes.map(({ currency }) => currency)}::text[], ${outcomes.map(({ processedAt }) => processedAt)}::timestamptz[],
        ${outcomes.map(({ failureReason }) => failureReason)}::text[]
      ) with ordinality as told (id, user_id, amount_minor, currency, processed_at, failure_reason, turn)
    ), pending as (
      select id from payment_requests where id = any(${ids}::uuid[]) and status = 'PENDING' order by id for no key update skip locked
    )
    update payment_requests set status = 'PROCESSED', processed_at = told.processed_at
    from told join pending on pending.id = told.id
    where payment_requests.id = told.id and told.failure_reason is null and payment_requests.user_id::text = told.user_id
      and payment_requests.amount_minor = told.amount_minor and payment_requests.currency = told.currency
    returning told.turn::int as turn`.execute(db);
  return new Set(rows.map(({ turn }) => turn - 1));
}

async function settleOne(db: UsersDatabase, outcome: PaymentOutcome): Promise<boolean> {
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
