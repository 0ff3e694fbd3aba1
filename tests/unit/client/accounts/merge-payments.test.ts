import { expect, it } from '@jest/globals';
import { mergePayments, type MergedPayment } from '../../../../client/src/accounts/merge-payments.ts';

const payment = (id: string, status: MergedPayment['status'], minute = '00'): MergedPayment => ({
  id,
  status,
  requestedAt: `2026-01-31T12:${minute}:00.000Z`,
});
const shown = (payments: readonly MergedPayment[]): string[] => payments.map(({ id, status }) => `${id} ${status}`);

it('a payment that several lists have is there once', () => {
  expect(shown(mergePayments([[payment('a', 'PENDING')], [payment('a', 'PENDING')]]))).toEqual(['a PENDING']);
});

it('an outcome wins over PENDING, whichever list has it', () => {
  expect(shown(mergePayments([[payment('a', 'PENDING')], [payment('a', 'PROCESSED')]]))).toEqual(['a PROCESSED']);
  expect(shown(mergePayments([[payment('a', 'FAILED')], [payment('a', 'PENDING')]]))).toEqual(['a FAILED']);
});

it('the newest is first, and of the same moment the later id', () => {
  const lists = [[payment('b', 'PROCESSED', '01')], [payment('d', 'PENDING', '03'), payment('a', 'PROCESSED', '01')]];

  expect(mergePayments(lists).map(({ id }) => id)).toEqual(['d', 'b', 'a']);
});

it('a filter looks at what is known now, not at what a list said', () => {
  const lists = [[payment('a', 'FAILED')], [payment('a', 'PENDING'), payment('b', 'PENDING')]];

  expect(shown(mergePayments(lists, 'PENDING'))).toEqual(['b PENDING']);
  expect(shown(mergePayments(lists, 'FAILED'))).toEqual(['a FAILED']);
});
