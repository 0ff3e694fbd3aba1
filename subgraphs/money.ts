import { badInput, describeInput } from './client-input.ts';
import { currencyDigits } from './currencies.ts';

/** An amount in one currency. */
export interface Money {
  /** Whole number of minor units: 2500n are 25.00 MXN, or 2500 JPY. Never a float. */
  readonly amountMinor: bigint;
  /** ISO 4217 code. */
  readonly currency: string;
}

/** A decimal number apart from any currency: 25.5 is `{ unscaled: 255n, scale: 1 }`. */
export interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** Largest amount of one payment, deposit or balance, in minor units: 9,999,999,999,999.99 MXN. Leaves an int8 room for thousands of them. */
export const MAX_AMOUNT_MINOR = 999_999_999_999_999n;

/** ASCII digits, no sign, no exponent, no space, no zeros in front. The bounds keep a hostile number from becoming a big one. */
const PLAIN_DECIMAL = /^(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,18}))?$/;

/**
 * Takes what a client sent for a `Decimal`: a string, or a whole number as JSON has it.
 * @param field where it was, for the refusal: `input.amount`
 * @throws DomainError BAD_USER_INPUT anything but a plain decimal
 */
export function parseDecimal(value: unknown, field: string): Decimal {
  const match = PLAIN_DECIMAL.exec(toDigits(value));
  if (!match)
    throw badInput(
      field,
      `must be a plain decimal such as "25.00": digits, at most 15 before the point, and no sign, exponent, space or zeros in front; got ${describeInput(value)}`,
    );
  const [, whole = '', fraction = ''] = match;
  return { unscaled: BigInt(whole + fraction), scale: fraction.length };
}

/**
 * The amount in minor units.
 * @throws DomainError BAD_USER_INPUT more digits after the point than the currency has, or more than MAX_AMOUNT_MINOR
 */
export function toMinorUnits(decimal: Decimal, currency: string, field: string): bigint {
  const digits = digitsOf(currency);
  if (decimal.scale > digits)
    throw badInput(field, `must have at most ${digits} digits after the point for ${currency}; got ${decimal.scale}`);
  const amountMinor = decimal.unscaled * 10n ** BigInt(digits - decimal.scale);
  if (amountMinor > MAX_AMOUNT_MINOR) throw badInput(field, `must be at most ${formatAmount({ amountMinor: MAX_AMOUNT_MINOR, currency })}`);
  return amountMinor;
}

/**
 * @returns the code of an existing currency
 * @throws DomainError BAD_USER_INPUT
 */
export function parseCurrency(value: unknown, field: string): string {
  if (typeof value === 'string' && currencyDigits(value) !== undefined) return value;
  throw badInput(field, `must be an ISO 4217 code in capitals, such as MXN; got ${describeInput(value)}`);
}

/** `25.00`: always as many digits after the point as the currency has. */
export function formatAmount({ amountMinor, currency }: Money): string {
  const digits = digitsOf(currency);
  if (digits === 0) return String(amountMinor);
  const text = String(amountMinor < 0n ? -amountMinor : amountMinor).padStart(digits + 1, '0');
  return `${amountMinor < 0n ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Whether the amount, as a decimal of its currency, is above the limit. Compares exactly. */
export function isAbove({ amountMinor, currency }: Money, limit: Decimal): boolean {
  return amountMinor * 10n ** BigInt(limit.scale) > limit.unscaled * 10n ** BigInt(digitsOf(currency));
}

function toDigits(value: unknown): string {
  if (typeof value === 'string') return value;
  // Minus zero would print as "0", and it carries a sign.
  if (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
  return '';
}

function digitsOf(currency: string): number {
  const digits = currencyDigits(currency);
  if (digits === undefined) throw new Error(`there is no currency ${currency}`);
  return digits;
}
