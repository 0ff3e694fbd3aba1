import type { Statement } from '../../../platform/storage/database.ts';

/** By what a statement of the services does, however it is written. */
const NAMES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['pay', /insert into payment_requests\b/],
  ['refuse', /insert into refused_keys\b/],
  ['deposit', /insert into deposits\b/],
  ['settle', /update payment_requests\b[^;]*\bset\b[^;]*\bprocessed_at\b/],
  ['process', /insert into payments\b/],
  ['give positions', /\boutbox_give_positions\(/],
  ['mark published', /update outbox\b[^;]*\bset\b[^;]*\bpublished_at = now\(\)/],
  ['discard', /insert into discarded_dead_letters\b/],
  ['remove published', /delete from outbox\b/],
  ['republish', /update outbox\b[^;]*\bset\b[^;]*\bpublished_at = null/],
];

/** The names of a statement that failpoints and defects go by; none for a statement that changes nothing. */
export function nameStatement({ text, values }: Statement): string[] {
  if (/create (or replace )?(table|function)/i.test(text)) return []; // a migration
  const names = NAMES.filter(([, pattern]) => pattern.test(text)).map(([name]) => name);
  if (names.includes('settle') && includesDeep(values, 'FAILED')) names.push('credit back');
  return names;
}

/** Whether a value, or one in a list or in JSON text, is this word. */
function includesDeep(values: readonly unknown[], word: string): boolean {
  return values.some(
    (value) =>
      value === word ||
      (Array.isArray(value) && includesDeep(value as unknown[], word)) ||
      (typeof value === 'string' && value.includes(`"${word}"`)),
  );
}
