const formats = new Map<string, Intl.NumberFormat>();

/**
 * Money in the browser's number format. The digits are those of the string, never those of a float.
 * @param amount a decimal as the graph writes it: "25.00"
 * @param currency ISO 4217 code
 * @param locale default the browser's
 */
export function formatMoney(amount: string, currency: string, locale?: string): string {
  if (!/^-?\d+(\.\d+)?$/.test(amount)) return `${amount} ${currency}`;
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
