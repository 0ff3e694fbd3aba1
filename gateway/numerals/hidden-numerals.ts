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

/**
 * What JavaScript makes of the numerals in a value, for code that is not ours or that reckons with them. The same value when it has none, and as deep as it may be:
 * it may be a client's before anybody has looked how deep.
 */
export function toPlainNumbers<T>(value: T): T {
  if (!isAnyHidden) return value;
  const holders: object[] = [[value]];
  for (const holder of holders)
    for (const inner of Object.values(holder) as unknown[]) if (typeof inner === 'object' && inner !== null) holders.push(inner);
  // Whatever is inside of something stands behind it, so from the end each finds its inner values done.
  const copies = new Map<unknown, object>();
  for (const holder of holders.reverse()) {
    let copy: Record<string, unknown> | undefined;
    for (const [name, inner] of Object.entries(holder) as [string, unknown][]) {
      const now = isHiddenNumeral(inner) ? Number(numeralOf(inner)) : (copies.get(inner) ?? inner);
      if (now === inner) continue;
      copy ??= (Array.isArray(holder) ? [...(holder as unknown[])] : { ...holder }) as Record<string, unknown>;
      copy[name] = now;
    }
    if (copy) copies.set(holder, copy);
  }
  return (copies.get(holders.at(-1)) as [T] | undefined)?.[0] ?? value;
}
