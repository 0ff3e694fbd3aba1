/** `minute`: 14:03 · `time`: 14:03:07 · `short`: 31 Jan, 14:03 · `full`: date, time with seconds and time zone. */
export type MomentStyle = 'minute' | 'time' | 'short' | 'full';

const OPTIONS: Readonly<Record<MomentStyle, Intl.DateTimeFormatOptions>> = {
  minute: { hour: '2-digit', minute: '2-digit' },
  time: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  short: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  full: { dateStyle: 'full', timeStyle: 'long' },
};

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * @param at RFC 3339
 * @param locale default the browser's
 * @returns the moment in the browser's time zone; `at` itself when it is no moment
 */
export function formatMoment(at: string, style: MomentStyle, locale?: string): string {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return at;
  const key = `${locale} ${style}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, OPTIONS[style]);
  formats.set(key, format);
  return format.format(moment);
}
