import { DomainError } from '../platform/foundation/errors.ts';

/** A literal in the document that no scalar of ours can use, such as `1e3` or `{ a: 1 }`. Nothing accepts it; it lives on so that the refusal can name its field. */
export class UnusableLiteral {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A refusal that names the field, in the message and in `extensions.field`. */
export function badInput(field: string, problem: string): DomainError {
  return new DomainError('BAD_USER_INPUT', `${field} ${problem}`, { field });
}

/**
 * Text that PostgreSQL can keep: well-formed and without NUL. Length counts characters (code points), not UTF-16 units.
 * @throws DomainError BAD_USER_INPUT
 */
export function parseText(value: string, field: string, { min, max }: { min: number; max: number }): string {
  if (value.includes('\0')) throw badInput(field, 'must not contain the character U+0000');
  if (/\p{Surrogate}/u.test(value)) throw badInput(field, 'must be well-formed Unicode: it contains half of a surrogate pair');
  // A character has at most two UTF-16 units, so a megabyte is refused without being spread out.
  const length = value.length > 2 * max ? Infinity : [...value].length;
  if (length < min || length > max)
    throw badInput(field, `must have ${min} to ${max} characters, got ${length === Infinity ? 'many more' : length}`);
  return value;
}

/** Like `parseText`; absent and null are null. */
export function parseOptionalText(value: string | null | undefined, field: string, bounds: { min: number; max: number }): string | null {
  return value === undefined || value === null ? null : parseText(value, field, bounds);
}

/** What came, short enough for a message. */
export function describeInput(value: unknown): string {
  if (typeof value === 'string')
    return value.length <= 40 ? JSON.stringify(value) : `${JSON.stringify(value.slice(0, 40))}… (${value.length} characters)`;
  if (value instanceof UnusableLiteral) return value.text.length <= 40 ? value.text : `${value.text.slice(0, 40)}…`;
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : 'nothing';
}
