import { describe, expect, it } from '@jest/globals';
import { MAX_POINTS, toPoints, toTier } from '../../../../examples/loyalty/points.ts';

describe('points of a payment', () => {
  it.each([
    ['9.99', 999n, 'MXN', 0],
    ['10.00', 1_000n, 'MXN', 1],
    ['19.99', 1_999n, 'MXN', 1],
    ['9,999.99', 999_999n, 'MXN', 999],
    ['9 of a currency without minor units', 9n, 'JPY', 0],
    ['25 of a currency without minor units', 25n, 'JPY', 2],
    ['10.000 of a currency with three digits', 10_000n, 'KWD', 1],
    ['9.9999 of a currency with four digits', 99_999n, 'CLF', 0],
  ])('are one for each whole 10: %s', (_, amountMinor, currency, points) => {
    expect(toPoints({ amountMinor, currency })).toBe(points);
  });

  it('are exact where a float would round up', () => {
    expect(toPoints({ amountMinor: 99_999_999n, currency: 'MXN' })).toBe(99_999);
  });

  it('have an upper bound, so that no total grows beyond an Int soon', () => {
    expect(toPoints({ amountMinor: 100_000_000n, currency: 'MXN' })).toBe(MAX_POINTS);
    expect(toPoints({ amountMinor: 999_999_999_999_999n, currency: 'MXN' })).toBe(MAX_POINTS);
    expect(toPoints({ amountMinor: 999_999_999_999_999n, currency: 'JPY' })).toBe(MAX_POINTS);
  });
});

it.each([
  [0, 'BRONZE'],
  [99, 'BRONZE'],
  [100, 'SILVER'],
  [999, 'SILVER'],
  [1_000, 'GOLD'],
  [2_147_483_647, 'GOLD'],
])('%p points are %s', (points, tier) => {
  expect(toTier(points)).toBe(tier);
});
