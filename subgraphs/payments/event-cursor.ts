import { DomainError } from '../../platform/foundation/errors.ts';
import { badInput } from '../client-input.ts';
import { formatCursor, parseCursor } from '../connections.ts';
import { isUuid } from '../uuid.ts';

const KIND = 'payment-events';

/** What clients hold: the position, and whose position it is. */
export function formatEventCursor(systemId: string, position: bigint): string {
  return formatCursor({ kind: KIND, key: [systemId, String(position)] });
}

/**
 * @param log.oldest first position that is kept
 * @param log.newest last position
 * @returns the position to continue behind
 * @throws DomainError BAD_USER_INPUT malformed, of another system, or ahead of the newest event | CURSOR_EXPIRED events behind it are not kept any more
 */
export function parseEventCursor(
  cursor: string,
  log: { readonly systemId: string; readonly oldest: bigint; readonly newest: bigint },
): bigint {
  const [systemId, position] = parseCursor(cursor, KIND, isEventKey);
  if (systemId !== log.systemId)
    throw badInput('after', 'is a cursor of another system: start without one, or with one that was given here');
  const after = BigInt(position ?? '');
  if (after > log.newest) throw badInput('after', 'is ahead of the newest event: start without it');
  if (after + 1n < log.oldest) throw cursorExpired();
  return after;
}

/** Some events behind the cursor are gone: going on would leave them out silently. */
export function cursorExpired(): DomainError {
  return new DomainError(
    'CURSOR_EXPIRED',
    'the events behind this cursor are not kept any more: read the payments, then subscribe without a cursor',
    { field: 'after' },
  );
}

function isEventKey([systemId, position, ...others]: readonly string[]): boolean {
  return others.length === 0 && isUuid(systemId ?? '') && /^(0|[1-9][0-9]{0,17})$/.test(position ?? '');
}
