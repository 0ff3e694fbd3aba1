/** Whether the text is a UUID of any version. Anything else must not reach a statement: PostgreSQL would fail to read it. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}
