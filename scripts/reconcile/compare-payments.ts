import type { PaymentsDatabase } from '../../subgraphs/payments/payments-database.ts';
import type { UsersDatabase } from '../../subgraphs/users/users-database.ts';
import type { Difference } from './difference.ts';
import { judgePayment } from './judge-payment.ts';
import { readAccepted, readDecided, type AcceptedRecord, type DecidedRecord } from './payment-records.ts';

export interface PaymentCounts {
  readonly users: { pending: number; processed: number; failed: number; oldestPendingSeconds: number };
  readonly payments: { processed: number; failed: number; ledgerEntries: number };
}

export interface Comparison {
  readonly counts: PaymentCounts;
  readonly differences: readonly Difference[];
  /** Payments that looked wrong beyond the bound: not judged for good. */
  readonly leftOut: number;
}

export interface CompareOptions {
  /** What is younger may be on its way. */
  readonly olderThanSeconds: number;
  /** Most payments in the list of differences; default 10,000. */
  readonly maxDifferences?: number;
  /** Rows of one statement; default 2,000. */
  readonly pageSize?: number;
}

const FIRST = '00000000-0000-0000-0000-000000000000';

/**
 * Holds every payment of users against payments, in the order of their ids, a page of both at a time: memory stays flat however many there are. Nothing is
 * locked, and the two databases are not read at one moment; so what looks wrong is read again at the end, and counts only if it still does.
 */
export async function comparePayments(users: UsersDatabase, payments: PaymentsDatabase, options: CompareOptions): Promise<Comparison> {
  const { olderThanSeconds, maxDifferences = 10_000, pageSize = 2_000 } = options;
  const counts: PaymentCounts = {
    users: { pending: 0, processed: 0, failed: 0, oldestPendingSeconds: 0 },
    payments: { processed: 0, failed: 0, ledgerEntries: 0 },
  };
  const suspects: string[] = [];
  let leftOut = 0;

  for (let after = FIRST, more = true; more;) {
    // Users first: what it accepts meanwhile is then missing on both sides, or young.
    const accepted = await readAccepted(users, { after, limit: pageSize });
    const decided = await readDecided(payments, { after, limit: pageSize });
    const ends = [accepted, decided].filter((page) => page.length === pageSize).map((page) => page.at(-1)?.id ?? FIRST);
    const upTo = ends.length === 0 ? undefined : ends.reduce((a, b) => (a < b ? a : b));
    const pairs = pair(accepted, decided, upTo);
    for (const [id, [left, right]] of pairs) {
      count(counts, left, right);
      if (judgePayment(left, right, olderThanSeconds).length === 0) continue;
      if (suspects.length < maxDifferences) suspects.push(id);
      else leftOut += 1;
    }
    more = upTo !== undefined;
    after = upTo ?? after;
  }

  const differences: Difference[] = [];
  for (let index = 0; index < suspects.length; index += pageSize) {
    const ids = suspects.slice(index, index + pageSize);
    const pairs = pair(await readAccepted(users, ids), await readDecided(payments, ids), undefined);
    for (const [left, right] of pairs.values()) differences.push(...judgePayment(left, right, olderThanSeconds));
  }
  return { counts, differences, leftOut };
}

type Pair = readonly [AcceptedRecord | undefined, DecidedRecord | undefined];

function pair(accepted: readonly AcceptedRecord[], decided: readonly DecidedRecord[], upTo: string | undefined): Map<string, Pair> {
  const pairs = new Map<string, Pair>();
  for (const record of accepted) if (upTo === undefined || record.id <= upTo) pairs.set(record.id, [record, undefined]);
  for (const record of decided) if (upTo === undefined || record.id <= upTo) pairs.set(record.id, [pairs.get(record.id)?.[0], record]);
  return pairs;
}

function count({ users, payments }: PaymentCounts, accepted: AcceptedRecord | undefined, decided: DecidedRecord | undefined): void {
  if (accepted?.status === 'PENDING') {
    users.pending += 1;
    users.oldestPendingSeconds = Math.max(users.oldestPendingSeconds, accepted.ageSeconds);
  }
  if (accepted?.status === 'PROCESSED') users.processed += 1;
  if (accepted?.status === 'FAILED') users.failed += 1;
  if (decided?.status === 'PROCESSED') payments.processed += 1;
  if (decided?.status === 'FAILED') payments.failed += 1;
  payments.ledgerEntries += decided?.entries ?? 0;
}
