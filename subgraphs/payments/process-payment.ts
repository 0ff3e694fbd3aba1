import { ProtocolError } from '../../platform/foundation/errors.ts';
import { createMicroBatch } from '../../platform/foundation/micro-batch.ts';
import { sql } from '../../platform/storage/database.ts';
import { formatAmount, isAbove, type Decimal } from '../money.ts';
import { insertIntoOutboxFrom } from '../outbox-insert.ts';
import type { PaymentOutcome, RequestedPayment } from '../payment-messages.ts';
import { toOutcomeMessage } from '../payment-topology.ts';
import { bookTogether } from './book-together.ts';
import { bookPayment } from './ledger.ts';
import { findPayment, type PaymentRow } from './payment-store.ts';
import type { PaymentsDatabase } from './payments-database.ts';
import { republishOutcomes } from './republish-outcomes.ts';

export interface ProcessPaymentDependencies {
  readonly db: PaymentsDatabase;
  /** Largest amount of one payment, as a decimal of its own currency. */
  readonly limit: Decimal;
  /** Told after each commit, so that the relay publishes at once. */
  readonly onCommitted: () => void;
  /** Whether requests share statements; default always. */
  readonly isBatched?: (() => boolean) | undefined;
}

/**
 * Decides a requested payment: the payment, its two ledger entries and its outcome's event are one statement, all or nothing.
 * Requests that come while others are being booked share the next statement (book-together.ts); what was decided before is looked at by itself.
 * A payment that was decided before is left as it is, and its outcome is published again: whoever asks twice has not heard it.
 * @returns whether it was decided now, and how
 * @throws ProtocolError MESSAGE_CONTRADICTS a payment of this id is known with other contents
 */
export function createProcessPayment({
  db,
  limit,
  onCommitted,
  isBatched,
}: ProcessPaymentDependencies): (request: RequestedPayment) => Promise<Processed> {
  return createMicroBatch<RequestedPayment, Processed>({
    isOn: isBatched,
    async runTogether(requests) {
      const decisions = requests.map((request) => ({ request, outcome: decide(request, limit) }));
      const booked = await bookTogether(db, decisions);
      onCommitted();
      return decisions.map(({ outcome }) => (booked.delete(outcome.paymentId) ? toWord(outcome) : undefined));
    },
    async runAlone(request) {
      const outcome = decide(request, limit);
      const isNew = await book(db, request, outcome);
      if (!isNew) {
        const known = await findPayment(db, request.paymentId);
        if (!known || !isSame(known, request)) throw contradiction(request, known);
        await republishOutcomes(db, [known.id]);
      }
      onCommitted();
      return isNew ? toWord(outcome) : 'DUPLICATE';
    },
  });
}

type Processed = 'PROCESSED' | 'FAILED' | 'DUPLICATE';

function toWord({ failureReason }: PaymentOutcome): Processed {
  return failureReason === null ? 'PROCESSED' : 'FAILED';
}

function decide(request: RequestedPayment, limit: Decimal): PaymentOutcome {
  const { paymentId, userId, amountMinor, currency, requestedAt } = request;
  return {
    paymentId,
    userId,
    amountMinor,
    currency,
    requestedAt,
    processedAt: new Date(),
    failureReason: isAbove(request, limit) ? 'LIMIT_EXCEEDED' : null,
  };
}

/** @returns false when the payment is there already: nothing was done */
async function book(db: PaymentsDatabase, { description }: RequestedPayment, outcome: PaymentOutcome): Promise<boolean> {
  const { paymentId, userId, amountMinor, currency, requestedAt, processedAt, failureReason } = outcome;
  const entries = failureReason === null ? bookPayment(outcome) : [];
  const { rows } = await sql`
    with decided as (
      insert into payments (id, user_id, amount_minor, currency, description, status, failure_reason, requested_at, processed_at)
      values (${paymentId}, ${userId}, ${amountMinor}, ${currency}, ${description}, ${failureReason === null ? 'PROCESSED' : 'FAILED'}, ${failureReason}, ${requestedAt}, ${processedAt})
      on conflict (id) do nothing
      returning id
    ), booked as (
      insert into ledger_entries (payment_id, account, amount_minor, currency)
      select decided.id, entry.* from decided, unnest(
        ${entries.map(({ account }) => account)}::text[], ${entries.map((entry) => entry.amountMinor)}::bigint[], ${entries.map((entry) => entry.currency)}::text[]
      ) as entry
    ), queued as (
      ${insertIntoOutboxFrom('decided', toOutcomeMessage(outcome))}
    )
    select from decided`.execute(db);
  return rows.length === 1;
}

function isSame(payment: PaymentRow, request: RequestedPayment): boolean {
  return (
    payment.userId === request.userId &&
    payment.amountMinor === request.amountMinor &&
    payment.currency === request.currency &&
    payment.description === request.description &&
    payment.requestedAt.getTime() === request.requestedAt.getTime()
  );
}

function contradiction({ paymentId, userId, currency, amountMinor }: RequestedPayment, known: PaymentRow | undefined): ProtocolError {
  const asked = `user ${userId}, ${formatAmount({ amountMinor, currency })} ${currency}`;
  const was = known ? `user ${known.userId}, ${formatAmount(known)} ${known.currency}` : 'nothing that can be read';
  return new ProtocolError(
    'MESSAGE_CONTRADICTS',
    `payment ${paymentId} was decided with other contents: ${was}; this request says ${asked}`,
  );
}
