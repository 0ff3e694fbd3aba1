/**
 * What two records of one payment, or a balance, can disagree about. See docs/operations.md for what each means and who mends it.
 */
export const DIFFERENCE_KINDS = [
  'NO_OUTCOME',
  'OUTCOME_NOT_HEARD',
  'LOST_BY_PAYMENTS',
  'NEVER_ACCEPTED',
  'CONTENTS_DIFFER',
  'OUTCOMES_DIFFER',
  'LEDGER_WRONG',
  'BALANCE_WRONG',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

export interface Difference {
  readonly kind: DifferenceKind;
  /** Null when it is about a balance. */
  readonly paymentId: string | null;
  readonly userId: string;
  /** `25.00 MXN`, as users has it, or payments when users has not. */
  readonly amount: string;
  /** What is wrong, in a sentence. */
  readonly problem: string;
  /** What `--mend` publishes again, or records: the outcome that users heard. Null: a person must decide. */
  readonly mend: 'request' | 'outcome' | 'record' | null;
}
