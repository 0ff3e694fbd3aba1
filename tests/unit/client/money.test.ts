import { describe, expect, it } from '@jest/globals';
import { customaryDigits, digitsOf, exampleOf, formatMoney, parseTypedAmount } from '../../../client/src/money.ts';

describe('money is shown exactly', () => {
  it.each([
    ['25.00', 'MXN', 'en-US', 'MXN 25.00'],
    ['9999999999999.99', 'MXN', 'en-US', 'MXN 9,999,999,999,999.99'],
    ['9007199254740993.01', 'MXN', 'en-US', 'MXN 9,007,199,254,740,993.01'],
    ['2500', 'JPY', 'en-US', 'JPY 2,500'],
    ['1.234', 'KWD', 'en-US', 'KWD 1.234'],
    ['1234.50', 'EUR', 'de-DE', '1.234,50 EUR'],
    ['100.00', 'HUF', 'en-US', 'HUF 100.00'],
  ])('%s %s in %s is %s', (amount, currency, locale, shown) => {
    expect(formatMoney(amount, currency, locale).replaceAll('\u00a0', ' ')).toBe(shown);
  });

  it('shows what is no decimal as it came, instead of failing', () => {
    expect(formatMoney('much', 'MXN', 'en')).toBe('much MXN');
    expect(formatMoney('1.00', 'not a code', 'en')).toBe('1.00 not a code');
  });
});

describe('a typed amount', () => {
  it.each([
    ['25', 2, 'en-US', '25'],
    [' 25.5 ', 2, 'en-US', '25.5'],
    ['.50', 2, 'en-US', '0.50'],
    ['0025.00', 2, 'en-US', '25.00'],
    ['25,50', 2, 'de-DE', '25.50'],
    ['25.50', 2, 'fr-FR', '25.50'],
    ['100000000000000', 2, 'en-US', '100000000000000'],
    ['0.10', 2, 'en-US', '0.10'],
    ['25.', 2, 'en-US', '25'],
  ])('%s with %i digits in %s is %s', (typed, digits, locale, amount) => {
    expect(parseTypedAmount(typed, digits, locale)).toEqual({ amount });
  });

  it.each([
    ['', 2, 'en-US', /Type an amount/],
    ['.', 2, 'en-US', /Type an amount/],
    ['0', 2, 'en-US', /above zero/],
    ['0.00', 2, 'en-US', /above zero/],
    ['-5', 2, 'en-US', /above zero/],
    ['1e3', 2, 'en-US', /digits only, such as 25\.00/],
    ['1,234', 3, 'en-US', /separators of thousands/],
    ['1.234', 3, 'de-DE', /such as 25,000, without separators of thousands/],
    ['12.345', 2, 'en-US', /At most 2 digits/],
    ['12.5', 0, 'en-US', /no digits after/],
    ['1234567890123456', 2, 'en-US', /more than any account/],
    ['12 50', 2, 'en-US', /digits only/],
    ['١٢', 2, 'en-US', /digits only/],
  ])('%j with %i digits in %s is refused', (typed, digits, locale, words) => {
    expect(parseTypedAmount(typed, digits, locale)).toEqual({ problem: expect.stringMatching(words) });
  });
});

it('a balance tells how many digits its currency has', () => {
  expect([digitsOf('25.00'), digitsOf('2500'), digitsOf('1.234')]).toEqual([2, 0, 3]);
});

it('an example has the digits of its currency', () => {
  expect([exampleOf(2, '.'), exampleOf(0, '.'), exampleOf(3, ',')]).toEqual(['25.00', '25', '25,000']);
});

it('a currency that is half typed has two digits', () => {
  expect([customaryDigits('JPY'), customaryDigits('KWD'), customaryDigits('M')]).toEqual([0, 3, 2]);
});
