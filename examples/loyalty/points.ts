import { isAbove, toMinorUnits, type Money } from '../../subgraphs/money.ts';

/** Most points of one payment. */
export const MAX_POINTS = 100_000;

/** The points of a payment: one for each whole 10 of its currency, whatever that is worth. Counts in minor units, so nothing is ever rounded by a float. */
export function toPoints(payment: Money): number {
  const { amountMinor, currency } = payment;
  if (isAbove(payment, { unscaled: BigInt(MAX_POINTS) * 10n, scale: 0 })) return MAX_POINTS;
  return Number(amountMinor / toMinorUnits({ unscaled: 10n, scale: 0 }, currency, 'ten'));
}

export type Tier = (typeof TIERS)[number]['tier'];

const TIERS = [
  { tier: 'GOLD', from: 1_000 },
  { tier: 'SILVER', from: 100 },
  { tier: 'BRONZE', from: 0 },
] as const;

export function toTier(points: number): Tier {
  return TIERS.find(({ from }) => points >= from)?.tier ?? 'BRONZE';
}
