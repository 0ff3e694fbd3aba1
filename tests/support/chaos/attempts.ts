import type { PaymentStates } from './sql-invariants.ts';

/** One wish of a client to pay, however often it asked for it. */
export interface Attempt {
  readonly kind: 'pay';
  readonly userId: string;
  /** Unique; stored with the payment, so that it can be told from all others. */
  readonly description: string;
  readonly idempotencyKey: string | null;
  /** `unknown`: no definite answer, and no more tries. A payment may have come of it, at most one. */
  outcome: 'open' | 'accepted' | 'refused' | 'unknown';
  /** The ids of all answers: one, whoever asked. */
  readonly ids: Set<string>;
  code?: string;
}

/** What clients know must agree with what users has. @returns broken rules */
export function findBrokenPromises(attempts: readonly Attempt[], { requests }: PaymentStates): Map<string, string> {
  const broken = new Map<string, string[]>();
  const tell = (rule: string, what: string): void => void broken.set(rule, [...(broken.get(rule) ?? []), what]);
  const byDescription = new Map<string, string[]>();
  for (const [id, { description }] of requests) byDescription.set(description ?? '', [...(byDescription.get(description ?? '') ?? []), id]);

  for (const { description, outcome, ids, idempotencyKey, code } of attempts) {
    const rows = byDescription.get(description) ?? [];
    byDescription.delete(description);
    const label = `${description} (${idempotencyKey === null ? 'no key' : 'key'}, ${outcome}${code ? ` ${code}` : ''})`;
    if (ids.size > 1) tell('one idempotency key is one payment and one debit', `${label} was answered with ${[...ids].join(', ')}`);
    if (rows.length > 1) tell('one idempotency key is one payment and one debit', `${label} was debited ${rows.length} times`);
    for (const id of ids) if (!rows.includes(id)) tell('an accepted payment is there', `${label}: ${id}`);
    if (outcome === 'refused' && rows.length > 0) tell('a refused payment left no trace', `${label}: ${rows.join(', ')}`);
    if (outcome === 'refused' && code !== 'INSUFFICIENT_FUNDS') tell('payments are refused for a reason', label);
  }
  for (const [description, rows] of byDescription) tell('no payment without a client', `${description}: ${rows.join(', ')}`);
  return new Map([...broken].map(([rule, what]) => [rule, `${what.length} times, such as ${what.slice(0, 3).join('; ')}`]));
}
