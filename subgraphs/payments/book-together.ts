import { sql } from '../../platform/storage/database.ts';
import { insertManyIntoOutboxFrom } from '../outbox-insert.ts';
import type { PaymentOutcome, RequestedPayment } from '../payment-messages.ts';
import { toOutcomeMessage } from '../payment-topology.ts';
import { bookPayment } from './ledger.ts';
import type { PaymentsDatabase } from './payments-database.ts';

/** A request and what was decided about it. */
export interface Decision {
  readonly request: RequestedPayment;
  readonly outcome: PaymentOutcome;
}

/**
 * Books many payments in one statement, all or nothing: payments, ledger entries and the outcomes' events. Payments are inserted in the order of their ids, so
 * that two replicas which were given the same ones wait for each other instead of locking each other out.
 * @returns the ids of those that were not there before
 */
export async function bookTogether(db: PaymentsDatabase, decisions: readonly Decision[]): Promise<Set<string>> {
  const fresh = withoutRepeatedIds(decisions);
  const outcomes = fresh.map(({ outcome }) => outcome);
  const entries = outcomes.flatMap((outcome) =>
    outcome.failureReason === null ? bookPayment(outcome).map((entry) => ({ ...entry, paymentId: outcome.paymentId })) : [],
  );
  const { rows } = await sql<{ id: string }>`
    with decided as (
      insert into payments (id, user_id, amount_minor, currency, description, status, failure_reason, requested_at, processed_at)
      select * from unnest(
        ${outcomes.map(({ paymentId }) => paymentId)}::uuid[], ${outcomes.map(({ userId }) => userId)}::text[],
        ${outcomes.map(({ amountMinor }) => amountMinor)}::bigint[], ${outcomes.map(({ currency }) => currency)}::text[],
        ${fresh.map(({ request }) => request.description)}::text[],
        ${outcomes.map(({ failureReason }) => (failureReason === null ? 'PROCESSED' : 'FAILED'))}::text[],
        ${outcomes.map(({ failureReason }) => failureReason)}::text[], ${outcomes.map(({ requestedAt }) => requestedAt)}::timestamptz[],
        ${outcomes.map(({ processedAt }) => processedAt)}::timestamptz[]
      ) as outcome (id) order by outcome.id
      on conflict (id) do nothing
      returning id
    ), booked as (
      insert into ledger_entries (payment_id, account, amount_minor, currency)
      select entry.* from unnest(
        ${entries.map(({ paymentId }) => paymentId)}::uuid[], ${entries.map(({ account }) => account)}::text[],
        ${entries.map(({ amountMinor }) => amountMinor)}::bigint[], ${entries.map(({ currency }) => currency)}::text[]
      ) as entry (payment_id, account, amount_minor, currency)
      join decided on decided.id = entry.payment_id
    ), queued as (
      ${insertManyIntoOutboxFrom('decided', outcomes.map(toOutcomeMessage))}
    )
    select id::text as id from decided`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** A request that is there twice is looked at again once the first is booked. */
function withoutRepeatedIds(decisions: readonly Decision[]): readonly Decision[] {
  return [...new Map(decisions.toReversed().map((decision) => [decision.outcome.paymentId, decision])).values()].reverse();
}
