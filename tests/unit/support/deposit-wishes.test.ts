import { describe, expect, it } from '@jest/globals';
import { findBrokenDeposits, type DepositRow, type DepositWish } from '../../support/chaos/deposit-wishes.ts';

const wish = (outcome: DepositWish['outcome']): DepositWish => ({ userId: '7', amountMinor: 500n, idempotencyKey: 'a', outcome });
const row: DepositRow = { userId: '7', amountMinor: '500', idempotencyKey: 'a' };

describe('what the chaos run says of deposits', () => {
  it.each<[string, DepositWish[], DepositRow[]]>([
    ['one that was answered and is there', [wish('done')], [row]],
    ['one without an answer that is there', [wish('open')], [row]],
    ['one without an answer that is not there', [wish('open')], []],
    ['one that was refused and is not there', [wish('refused')], []],
  ])('%s is right', (_, wishes, rows) => {
    expect(findBrokenDeposits(wishes, rows).size).toBe(0);
  });

  it.each<[string, DepositWish[], DepositRow[]]>([
    ['one that was answered and is not there', [wish('done')], []],
    ['one that is there twice', [wish('done')], [row, row]],
    ['one without an answer that is there twice', [wish('open')], [row, row]],
    ['one of another amount', [wish('done')], [{ ...row, amountMinor: '600' }]],
    ['one of another user', [wish('done')], [{ ...row, userId: '8' }]],
    ['one that was refused and is there', [wish('refused')], [row]],
    ['one that nobody asked for', [], [row]],
  ])('%s is told', (_, wishes, rows) => {
    expect(findBrokenDeposits(wishes, rows).size).toBe(1);
  });
});
