import { describe, expect, it } from '@jest/globals';
import type { DomainError } from '../../../platform/foundation/errors.ts';
import { UnusableLiteral } from '../../../subgraphs/client-input.ts';
import { MAX_AMOUNT_MINOR, formatAmount, isAbove, parseCurrency, parseDecimal, toMinorUnits } from '../../../subgraphs/money.ts';

const amountOf = (value: unknown, currency = 'MXN'): bigint => toMinorUnits(parseDecimal(value, 'input.amount'), currency, 'input.amount');

function refusalOf(work: () => unknown): DomainError {
  try {
    work();
  } catch (error) {
    return error as DomainError;
  }
  throw new Error('expected a refusal');
}

describe('an amount that a client sends', () => {
  it.each([
    ['25.00', 'MXN', 2500n],
    ['25', 'MXN', 2500n],
    ['25.5', 'MXN', 2550n],
    [25, 'MXN', 2500n],
    [0, 'MXN', 0n],
    ['0.01', 'MXN', 1n],
    ['0', 'MXN', 0n],
    ['2500', 'JPY', 2500n],
    ['1.234', 'KWD', 1234n],
    ['1.2345', 'CLF', 12345n],
    ['1.50', 'HUF', 150n], // two digits in ISO 4217, none in `Intl`
    ['0.001', 'IQD', 1n], // three, and none
    ['9999999999999.99', 'MXN', MAX_AMOUNT_MINOR],
    ['999999999999999', 'JPY', MAX_AMOUNT_MINOR],
  ])('%j %s is %s minor units', (value, currency, expected) => {
    const amount = amountOf(value, currency);

    expect(amount).toBe(expected);
  });

  it.each<unknown>([
    '',
    ' ',
    ' 25',
    '25 ',
    '25\n',
    '2 5',
    '+25',
    '-25',
    '-0',
    '25.',
    '.5',
    '25.0.0',
    '25,00',
    '1_000',
    '1,000',
    '1e3',
    '1E3',
    '0x10',
    '0b1',
    '007',
    '00',
    '00.5',
    'NaN',
    'Infinity',
    'null',
    '２５',
    '٢٥',
    '२५',
    '25.٠٠',
    '−25',
    '25\u200b',
    '1'.repeat(40),
    `0.${'1'.repeat(40)}`,
    '1'.repeat(1_000_000),
    '25.00 MXN',
    '$25',
    25.5,
    1e21,
    NaN,
    Infinity,
    -1,
    -0,
    2 ** 53,
    true,
    false,
    null,
    undefined,
    {},
    [],
    ['25'],
    { amount: '25' },
    new UnusableLiteral('1e3'),
    25n,
    Symbol('25'),
    { toString: () => '25' },
  ])('%p is refused, naming the field', (value) => {
    const refusal = refusalOf(() => amountOf(value));

    expect(refusal).toMatchObject({ code: 'BAD_USER_INPUT', details: { field: 'input.amount' } });
    expect(refusal.message).toMatch(/^input\.amount must be a plain decimal/);
    expect(refusal.message.length).toBeLessThan(300);
  });

  it.each([
    ['25.001', 'MXN'],
    ['25.000', 'MXN'],
    ['25.0', 'JPY'],
    ['1.2345', 'KWD'],
  ])('%s has more digits than %s', (value, currency) => {
    const refusal = refusalOf(() => amountOf(value, currency));

    expect(refusal).toMatchObject({ code: 'BAD_USER_INPUT', details: { field: 'input.amount' } });
  });

  it.each([
    ['10000000000000.00', 'MXN'],
    ['999999999999999', 'MXN'],
    ['1000000000000', 'KWD'],
  ])('%s %s is more than can be kept', (value, currency) => {
    const refusal = refusalOf(() => amountOf(value, currency));

    expect(refusal).toMatchObject({ code: 'BAD_USER_INPUT', details: { field: 'input.amount' } });
    expect(refusal.message).toContain('must be at most');
  });
});

describe('a currency that a client sends', () => {
  it.each(['MXN', 'USD', 'EUR', 'JPY', 'KWD', 'CLF'])('%s exists', (code) => {
    const currency = parseCurrency(code, 'input.currency');

    expect(currency).toBe(code);
  });

  it.each<unknown>([
    'mxn',
    'Mxn',
    'XXX',
    'XAU',
    'ABC',
    '',
    'MXN ',
    'constructor',
    '__proto__',
    7,
    null,
    {},
    ['MXN'],
    true,
    new UnusableLiteral('{a: 1}'),
  ])('%p does not', (value) => {
    const refusal = refusalOf(() => parseCurrency(value, 'input.currency'));

    expect(refusal).toMatchObject({ code: 'BAD_USER_INPUT', details: { field: 'input.currency' } });
  });
});

describe('an amount as it is shown', () => {
  it.each([
    [2500n, 'MXN', '25.00'],
    [5n, 'MXN', '0.05'],
    [0n, 'MXN', '0.00'],
    [2500n, 'JPY', '2500'],
    [1n, 'KWD', '0.001'],
    [1n, 'CLF', '0.0001'],
    [-2500n, 'MXN', '-25.00'],
    [-5n, 'MXN', '-0.05'],
    [9_223_372_036_854_775_807n, 'MXN', '92233720368547758.07'],
  ])('%s minor units of %s are %s', (amountMinor, currency, expected) => {
    const text = formatAmount({ amountMinor, currency });

    expect(text).toBe(expected);
  });

  it('reads back as the same amount', () => {
    for (const amountMinor of [0n, 1n, 99n, 100n, 123_456_789n, MAX_AMOUNT_MINOR]) {
      for (const currency of ['MXN', 'JPY', 'KWD', 'CLF'])
        expect(amountOf(formatAmount({ amountMinor, currency }), currency)).toBe(amountMinor);
    }
  });
});

describe('the limit', () => {
  const limit = parseDecimal('10000.00', 'limit');

  it.each([
    [1_000_000n, 'MXN', false],
    [1_000_001n, 'MXN', true],
    [10_000n, 'JPY', false],
    [10_001n, 'JPY', true],
    [10_000_000n, 'KWD', false],
    [10_000_001n, 'KWD', true],
  ])('%s minor units of %s are above it: %s', (amountMinor, currency, expected) => {
    const above = isAbove({ amountMinor, currency }, limit);

    expect(above).toBe(expected);
  });
});
