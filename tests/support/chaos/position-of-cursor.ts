/** Where the event stands in payments' outbox. Clients must not look into a cursor; a test may. @param cursor `base64url(["events", "1", position])` */
export function positionOf(cursor: string): bigint {
  const [, , position] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as string[];
  return BigInt(position ?? '0');
}
