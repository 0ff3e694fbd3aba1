import { formatAmount, type Money } from '../../subgraphs/money.ts';
import type { Difference, DifferenceKind } from './difference.ts';
import type { AcceptedRecord, DecidedRecord } from './payment-records.ts';

/**
 * Holds the two records of one payment against each other. What is younger than `olderThanSeconds` may be on its way and is no difference.
 * @returns what is wrong, the most serious first; nothing when they agree
 */
export function judgePayment(
  accepted: AcceptedRecord | undefined,
  decided: DecidedRecord | undefined,
  olderThanSeconds: number,
): readonly Difference[] {
  const known = accepted ?? decided;
  if (!known) return [];
  const differ = (kind: DifferenceKind, problem: string, mend: Difference['mend'] = null): Difference => ({
    kind,
    paymentId: known.id,
    userId: known.userId,
    amount: toWords(known),
    problem,
    mend,
  });
  return [...judgeRecords(accepted, decided, olderThanSeconds, differ), ...(decided ? judgeLedger(decided, differ) : [])];
}

type Differ = (kind: DifferenceKind, problem: string, mend?: Difference['mend']) => Difference;

function judgeRecords(
  accepted: AcceptedRecord | undefined,
  decided: DecidedRecord | undefined,
  olderThanSeconds: number,
  differ: Differ,
): readonly Difference[] {
  if (accepted && decided) return judgeBoth(accepted, decided, olderThanSeconds, differ);
  if (decided) {
    if (decided.ageSeconds < olderThanSeconds) return [];
    return [
      differ('NEVER_ACCEPTED', `payments has it as ${toOutcome(decided)}, and users never accepted it: its debit is not in any balance`),
    ];
  }
  if (!accepted) return [];
  // Whatever its age: payments, which was read later, knew it before users did. And it must not be decided anew, for that might end otherwise.
  if (accepted.status !== 'PENDING')
    return [differ('LOST_BY_PAYMENTS', `users heard that it is ${toOutcome(accepted)}, and payments does not know it`, 'record')];
  if (accepted.ageSeconds < olderThanSeconds) return [];
  return [differ('NO_OUTCOME', `accepted ${toAge(accepted.ageSeconds)} ago, and payments has not decided it`, 'request')];
}

function judgeBoth(accepted: AcceptedRecord, decided: DecidedRecord, olderThanSeconds: number, differ: Differ): readonly Difference[] {
  if (accepted.userId !== decided.userId || accepted.amountMinor !== decided.amountMinor || accepted.currency !== decided.currency) {
    return [
      differ(
        'CONTENTS_DIFFER',
        `users has user ${accepted.userId}, ${toWords(accepted)}; payments has user ${decided.userId}, ${toWords(decided)}`,
      ),
    ];
  }
  if (accepted.status === 'PENDING') {
    if (decided.ageSeconds < olderThanSeconds) return [];
    const age = toAge(decided.ageSeconds);
    return [differ('OUTCOME_NOT_HEARD', `payments decided it ${age} ago (${toOutcome(decided)}), and users has not heard it`, 'outcome')];
  }
  if (toOutcome(accepted) === toOutcome(decided)) return [];
  return [differ('OUTCOMES_DIFFER', `users has ${toOutcome(accepted)}, payments has ${toOutcome(decided)}`)];
}

/** What the database's own trigger holds too; here in case somebody switched it off. */
function judgeLedger(decided: DecidedRecord, differ: Differ): readonly Difference[] {
  const { status, entries, sumMinor, largestMinor, amountMinor, sameCurrency, currency } = decided;
  const right = status === 'FAILED' ? entries === 0 : entries === 2 && largestMinor === amountMinor && sameCurrency;
  if (right && sumMinor === 0n) return [];
  const expected = status === 'FAILED' ? 'none' : `two of ${toWords(decided)}`;
  return [
    differ(
      'LEDGER_WRONG',
      `${entries} ledger entries that sum to ${formatAmount({ amountMinor: sumMinor, currency })}, expected ${expected}`,
    ),
  ];
}

function toOutcome({ status, failureReason }: { readonly status: string; readonly failureReason: string | null }): string {
  return failureReason === null ? status : `${status} ${failureReason}`;
}

function toWords(money: Money): string {
  return `${formatAmount(money)} ${money.currency}`;
}

function toAge(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
