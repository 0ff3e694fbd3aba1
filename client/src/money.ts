const formats = new Map<string, Intl.NumberFormat>();

/**
 * Money in the browser's number format. The digits are those of the string, never those of a float.
 * @param amount a decimal as the graph writes it: "25.00"
 * @param currency ISO 4217 code
 * @param locale default the browser's
 */
export function formatMoney(amount: string, currency: string, locale?: string): string {
  if (!/^-?\d+(\.\d+)?$/.test(amount) || !/^[A-Z]{3}$/.test(currency)) return `${amount} ${currency}`;
  const digits = digitsOf(amount);
  const key = `${locale} ${currency} ${digits}`;
  const format =
    formats.get(key) ??
    new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      currencyDisplay: 'code',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  formats.set(key, format);
  return format.format(amount as Intl.StringNumericLiteral);
}

/** How many digits are after the point: of "25.00" two. Of a balance it is how many its currency has. */
export function digitsOf(amount: string): number {
  const point = amount.indexOf('.');
  return point < 0 ? 0 : amount.length - point - 1;
}

/** How many digits a currency has by the browser's own list; 2 when there is no such currency. The server's list decides. */
export function customaryDigits(currency: string): number {
  if (!/^[A-Z]{3}$/.test(currency)) return 2;
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

export type TypedAmount = { readonly amount: string } | { readonly problem: string };

/** As many digits before the point as the server takes. */
const MAX_WHOLE_DIGITS = 15;

/**
 * Reads what somebody typed: `25`, `25.5`, and `25,50` where the browser's numbers have a comma. The point works too, unless it groups
 * thousands there: a wrong guess would be a thousand times too much. Separators of thousands are refused, not guessed.
 * @param digits how many there may be after the point
 * @param locale default the browser's
 * @returns a decimal as the graph takes it, or what is wrong, for a person
 */
export function parseTypedAmount(typed: string, digits: number, locale?: string): TypedAmount {
  const text = typed.trim();
  if (text === '') return { problem: 'Type an amount.' };
  const { decimal, group } = separatorsOf(locale);
  const normal = text.replaceAll(decimal, '.');
  if (/^[-−]/.test(text)) return { problem: 'The amount must be above zero.' };
  const isDecimal = /^(\d*)(?:\.(\d*))?$/.exec(normal);
  if (!isDecimal || (decimal !== '.' && group === '.' && text.includes('.'))) {
    return { problem: `Type digits only, such as ${exampleOf(digits, decimal)}, without separators of thousands.` };
  }
  const [, whole = '', fraction = ''] = isDecimal;
  if (whole + fraction === '') return { problem: 'Type an amount.' };
  if (fraction.length > digits) {
    return {
      problem: digits === 0 ? `This currency has no digits after the “${decimal}”.` : `At most ${digits} digits after the “${decimal}”.`,
    };
  }
  const plain = whole.replace(/^0+(?=\d)/, '') || '0';
  if (plain.length > MAX_WHOLE_DIGITS) return { problem: 'This is more than any account can hold.' };
  if (BigInt(plain + fraction) === 0n) return { problem: 'The amount must be above zero.' };
  return { amount: fraction === '' ? plain : `${plain}.${fraction}` };
}

/** How an amount is typed in this locale: `25.00`, `25,00`, `25`. */
export function exampleOf(digits: number, decimal: string = separatorsOf().decimal): string {
  return digits === 0 ? '25' : `25${decimal}${'0'.repeat(digits)}`;
}

function separatorsOf(locale?: string): { readonly decimal: string; readonly group: string } {
  const parts = new Intl.NumberFormat(locale, { useGrouping: true, minimumFractionDigits: 1 }).formatToParts(1234567.5);
  const find = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return { decimal: find('decimal') || '.', group: find('group') };
}
