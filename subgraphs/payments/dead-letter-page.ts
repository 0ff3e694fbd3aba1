import type { DeadLetter } from '../../platform/messaging/dead-letter.ts';
import type { DeadLetterPage, DeadLetterPlace, PlacedDeadLetter } from '../../platform/messaging/dead-letters.ts';
import { parseCursor, toConnection, type Connection } from '../connections.ts';

const KIND = 'dead-letters';

/** @throws DomainError BAD_USER_INPUT */
export function parseDeadLetterCursor(cursor: string): DeadLetterPlace {
  const [lastFailedAtMs, id] = parseCursor(cursor, KIND, isPlace);
  return { lastFailedAtMs: Number(lastFailedAtMs), id: id ?? '' };
}

/** @param rows one more than the page holds when there is a next page */
export function toDeadLetterConnection(rows: readonly PlacedDeadLetter[], { limit, after }: DeadLetterPage): Connection<DeadLetter> {
  const { edges, nodes, pageInfo } = toConnection(rows, {
    size: limit - 1,
    after: after !== undefined,
    cursorOf: ({ place }) => ({ kind: KIND, key: [String(place.lastFailedAtMs), place.id] }),
  });
  return { edges: edges.map(({ cursor, node }) => ({ cursor, node: node.letter })), nodes: nodes.map(({ letter }) => letter), pageInfo };
}

function isPlace([lastFailedAtMs, id, ...others]: readonly string[]): boolean {
  return others.length === 0 && /^[0-9]{1,15}$/.test(lastFailedAtMs ?? '') && id !== undefined;
}
