import { randomBytes } from 'node:crypto';

/**
 * JavaScript knows numbers of 64 bits only: 12345678901234567890, 1.0 and 1e400 would not be what they were. Such a numeral travels through the gateway as a string that
 * begins with this mark, and becomes a numeral again in every text that leaves (`toJson`). Nobody outside can guess the mark, and no text with it leaves.
 */
const MARK = `numeral-${randomBytes(12).toString('hex')}:`;
const MARKED = new RegExp(`"${MARK}([^"]*)"`, 'g');

/** As long as none was hidden, nothing has to be looked for: most processes never see one. */
let isAnyHidden = false;

/** @param numeral as JSON writes it */
export function hideNumeral(numeral: string): string {
  isAnyHidden = true;
  return MARK + numeral;
}

export function isHiddenNumeral(value: unknown): value is string {
  return isAnyHidden && typeof value === 'string' && value.startsWith(MARK);
}

/** The numeral as it was written. @returns undefined for any other value */
export function numeralOf(value: unknown): string | undefined {
  return isHiddenNumeral(value) ? value.slice(MARK.length) : undefined;
}

/** As `JSON.stringify`, with every hidden numeral as it was written. */
export function toJson(value: object): string {
  const text = JSON.stringify(value);
  return isAnyHidden && text.includes(MARK) ? text.replace(MARKED, '$1') : text;
}

/** What JavaScript makes of the numerals in a value, for code that is not ours or that reckons with them. The same value when it has none. */
export function toPlainNumbers<T>(value: T): T {
  return isAnyHidden ? (plain(value) as T) : value;
}

function plain(value: unknown): unknown {
  if (typeof value === 'string') return isHiddenNumeral(value) ? Number(numeralOf(value)) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const copies = items.map(plain);
    return copies.some((copy, index) => copy !== items[index]) ? copies : value;
  }
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  const copies = entries.map(([name, inner]) => [name, plain(inner)] as const);
  return copies.some(([, copy], index) => copy !== entries[index]?.[1]) ? Object.fromEntries(copies) : value;
}
