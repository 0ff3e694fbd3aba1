import { sql } from '../../platform/storage/database.ts';
import type { PaymentsDatabase } from '../../subgraphs/payments/payments-database.ts';
import { republishOutcomes } from '../../subgraphs/payments/republish-outcomes.ts';
import { republishRequests } from '../../subgraphs/users/republish-requests.ts';
import type { UsersDatabase } from '../../subgraphs/users/users-database.ts';
import { checkBalances } from './check-balances.ts';
import { comparePayments, type PaymentCounts } from './compare-payments.ts';
import type { Difference } from './difference.ts';
import { lookAtBroker, type BrokerCounts } from './look-at-broker.ts';
import { recordOutcomes } from './record-outcomes.ts';
import { isHeld, mayBringOutcomes, releaseHold } from './release-hold.ts';

export interface ReconcileOptions {
  readonly users: UsersDatabase;
  readonly payments: PaymentsDatabase;
  /** Empty: there is no broker to look at. */
  readonly amqpUrls: readonly string[];
  readonly olderThanSeconds: number;
  /** Publishes again what can be published safely. */
  readonly mend: boolean;
}

export interface OutboxCounts {
  readonly unpublished: number;
  readonly oldestSeconds: number;
}

/** What was found; also what `--json` prints. */
export interface ReconcileReport {
  readonly at: string;
  readonly tookMs: number;
  readonly users: PaymentCounts['users'] & { readonly balances: number; readonly outbox: OutboxCounts };
  readonly payments: PaymentCounts['payments'] & {
    readonly outbox: OutboxCounts;
    /** Whether it was restored and books nothing: `--mend` lets it go on once all is recorded, and no outcome is on its way to users any more. */
    readonly awaitsReconcile: boolean;
  };
  /** Null when it does not answer. */
  readonly broker: BrokerCounts | null;
  readonly differences: readonly Difference[];
  /** Payments that look wrong and are not in the list, since it is full. */
  readonly leftOut: number;
  /** Null without `--mend`. */
  readonly mended: { readonly requests: number; readonly outcomes: number; readonly records: number } | null;
}

const BATCH_SIZE = 500;

/**
 * Compares users, payments and the broker, and mends what is safe: requests without an outcome and outcomes that were not heard are published again, and what
 * payments lost is recorded as users heard it; anybody may do that any number of times. It never changes an amount, a balance or an outcome.
 * @throws DependencyError DATABASE_UNAVAILABLE
 */
export async function reconcile({ users, payments, amqpUrls, olderThanSeconds, mend }: ReconcileOptions): Promise<ReconcileReport> {
  const begun = performance.now();
  const look = async (): Promise<BrokerCounts | null> => (amqpUrls.length === 0 ? undefined : await lookAtBroker(amqpUrls)) ?? null;
  // Before the comparison: what users hears after it is not in it.
  const wasHeld = await isHeld(payments);
  const brokerBefore = wasHeld && mend ? await look() : null;
  const { counts, differences: ofPayments, leftOut } = await comparePayments(users, payments, { olderThanSeconds });
  const balances = await checkBalances(users);
  const differences = [...ofPayments, ...balances.differences];
  const idsOf = (what: Difference['mend']): string[] =>
    differences.flatMap(({ paymentId, mend: how }) => (how === what && paymentId !== null ? [paymentId] : []));
  const [requests, outcomes, records] = [idsOf('request'), idsOf('outcome'), idsOf('record')];
  if (mend) {
    for (const ids of inBatches(records)) await recordOutcomes(users, payments, ids);
    for (const ids of inBatches(requests)) await republishRequests(users, ids);
    for (const ids of inBatches(outcomes)) await republishOutcomes(payments, ids);
  }
  const broker = await look();
  // Without a broker of its own nothing was on its way: the messages died with the process.
  const isQuiet = amqpUrls.length === 0 || [brokerBefore, broker].every((counts) => counts !== null && !mayBringOutcomes(counts));
  const release = wasHeld && mend && leftOut === 0 && isQuiet;
  if (release) await releaseHold(payments);
  return {
    at: new Date().toISOString(),
    users: { ...counts.users, balances: balances.users, outbox: await countOutbox(users) },
    payments: { ...counts.payments, outbox: await countOutbox(payments), awaitsReconcile: wasHeld && !release },
    broker,
    differences,
    leftOut,
    mended: mend ? { requests: requests.length, outcomes: outcomes.length, records: records.length } : null,
    tookMs: Math.round(performance.now() - begun),
  };
}

/** Whether a person, or another run with `--mend`, has something to do: differences, messages that were set aside, or payments waits for it. */
export function needsAttention({ payments, differences, leftOut, broker }: ReconcileReport): boolean {
  return (
    payments.awaitsReconcile ||
    differences.length > 0 ||
    leftOut > 0 ||
    (broker !== null && broker.requests.parked + broker.outcomes.parked > 0)
  );
}

async function countOutbox(db: UsersDatabase): Promise<OutboxCounts> {
  const { rows } = await sql<OutboxCounts>`
    select count(*)::float8 as unpublished, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as "oldestSeconds"
    from outbox where published_at is null`.execute(db);
  return rows[0] ?? { unpublished: 0, oldestSeconds: 0 };
}

function* inBatches(ids: readonly string[]): Generator<readonly string[]> {
  for (let index = 0; index < ids.length; index += BATCH_SIZE) yield ids.slice(index, index + BATCH_SIZE);
}
