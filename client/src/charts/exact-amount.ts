/** A decimal as whole minor units, so that adding is exact: "25.00" is 2500n with 2 digits. */
export interface ExactAmount {
  readonly minor: bigint;
  /** Digits after the point. */
  readonly digits: number;
}

/** @param decimal as the graph writes it: digits, maybe a point and digits. @throws Error for anything else */
export function parseExact(decimal: string): ExactAmount {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(decimal);
  if (!match) throw new Error(`expected a decimal such as "25.00", got ${JSON.stringify(decimal)}`);
  const fraction = match[2] ?? '';
  return { minor: BigInt(`${match[1]}${fraction}`), digits: fraction.length };
}

/** With as many digits as the one that has more. */
export function addExact(one: ExactAmount, other: ExactAmount): ExactAmount {
  const digits = Math.max(one.digits, other.digits);
  return { minor: atDigits(one, digits) + atDigits(other, digits), digits };
}

/** The amount in units of this many digits; digits are added, never cut. */
export function atDigits({ minor, digits }: ExactAmount, wanted: number): bigint {
  return minor * 10n ** BigInt(Math.max(0, wanted - digits));
}

export function formatExact({ minor, digits }: ExactAmount): string {
  const text = String(minor).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
