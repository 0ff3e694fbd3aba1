/** The part of a payment that merging looks at. */
export interface MergedPayment {
  readonly id: string;
  readonly status: 'PENDING' | 'PROCESSED' | 'FAILED';
  /** RFC 3339 in UTC, which sorts as text. */
  readonly requestedAt: string;
}

/**
 * One list of several that overlap: what users says is pending, what payments has listed, what was heard while the page was open.
 * Each payment is there once, newest first. Where they differ the one with an outcome is right, because an outcome is final.
 * @param status only payments that stand so, by what is known now
 */
export function mergePayments<P extends MergedPayment>(lists: readonly (readonly P[])[], status?: P['status']): P[] {
  const byId = new Map<string, P>();
  for (const payment of lists.flat()) {
    const known = byId.get(payment.id);
    if (!known || known.status === 'PENDING') byId.set(payment.id, payment);
  }
  return [...byId.values()].filter((payment) => status === undefined || payment.status === status).sort(newestFirst);
}

function newestFirst(a: MergedPayment, b: MergedPayment): number {
  return compare(b.requestedAt, a.requestedAt) || compare(b.id, a.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
