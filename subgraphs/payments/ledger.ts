import type { Money } from '../money.ts';

/** One side of a booking. */
export interface LedgerEntry extends Money {
  /** `user:17`, or `clearing`: money on its way to whoever is paid. */
  readonly account: string;
}

/** The two entries of a processed payment: what leaves the payer's account arrives in clearing. */
export function bookPayment({ userId, amountMinor, currency }: Money & { readonly userId: string }): readonly [LedgerEntry, LedgerEntry] {
  return [
    { account: `user:${userId}`, amountMinor: -amountMinor, currency },
    { account: 'clearing', amountMinor, currency },
  ];
}
