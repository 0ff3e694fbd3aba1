import { createNumbering, readLastFailure, toDeadLetter, toFingerprint, type DeadLetter } from './dead-letter.ts';
import type { Broker, Delivery } from './broker.ts';
import { toRedrivenMessage } from './failure-headers.ts';

/** Where the dead letters of a queue lie. */
export interface DeadLetterQueue {
  readonly broker: Broker;
  /** The queue that holds the dead letters. */
  readonly parking: string;
  /** The queue whose consumer parked them; they go there and nowhere else. */
  readonly queue: string;
}

/** A dead letter's place in the list: by the time it was set aside, then by id. */
export interface DeadLetterPlace {
  readonly lastFailedAtMs: number;
  readonly id: string;
}

export interface PlacedDeadLetter {
  readonly place: DeadLetterPlace;
  readonly letter: DeadLetter;
}

export interface DeadLetterPage {
  /** Only what comes behind this place. */
  readonly after: DeadLetterPlace | undefined;
  readonly limit: number;
}

/** How far into a parking queue anybody looks: its oldest messages. */
export const MAX_BROWSED = 10_000;

/**
 * Looks through the dead letters: one page of them, those set aside first coming first. Keeps no more than the page, and moves nothing. See `Broker.browse` for
 * what a look costs; nobody else may look at, count or re-drive the queue meanwhile.
 * @throws DependencyError BROKER_UNAVAILABLE | QUEUE_NOT_FOUND
 */
export async function listDeadLetters(
  { broker, parking, queue }: DeadLetterQueue,
  page: DeadLetterPage,
): Promise<readonly PlacedDeadLetter[]> {
  const rows: PlacedDeadLetter[] = [];
  const toKey = createNumbering();
  await broker.browse(parking, {
    limit: MAX_BROWSED,
    visit({ message }) {
      const place = { lastFailedAtMs: readLastFailure(message), id: toId(parking, toKey(toFingerprint(message))) };
      if (page.after && comparePlaces(place, page.after) <= 0) return;
      const behind = rows.findIndex((row) => comparePlaces(place, row.place) < 0);
      if (behind < 0 && rows.length >= page.limit) return;
      rows.splice(behind < 0 ? rows.length : behind, 0, { place, letter: toDeadLetter(message, place.id, queue) });
      if (rows.length > page.limit) rows.pop();
    },
  });
  return rows;
}

export function comparePlaces(a: DeadLetterPlace, b: DeadLetterPlace): number {
  if (a.lastFailedAtMs !== b.lastFailedAtMs) return a.lastFailedAtMs - b.lastFailedAtMs;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

/** Whether an id can be one of this parking queue's. */
export function isIdOf(parking: string, id: string): boolean {
  return id.startsWith(toId(parking, ''));
}

function toId(parking: string, key: string): string {
  return `${parking}:${key}`;
}

/**
 * Moves one dead letter back to its queue, as new: published, confirmed, then taken out. A crash between leaves it in both queues, never in none.
 * Nobody else may look at, count or re-drive the queue meanwhile.
 * @returns false when there is none of this id
 * @throws DependencyError BROKER_UNAVAILABLE | QUEUE_NOT_FOUND | MESSAGE_UNROUTABLE | BROKER_REFUSED; it stays where it was
 */
export async function redriveDeadLetter({ broker, parking, queue }: DeadLetterQueue, id: string): Promise<boolean> {
  return settleDeadLetter({ broker, parking }, id, (delivery) => moveBack(broker, queue, delivery));
}

/**
 * Finds one dead letter and settles it: `settle` acks it when it shall leave the parking queue.
 * Nobody else may look at, count or re-drive the queue meanwhile.
 * @returns false when there is none of this id
 * @throws DependencyError BROKER_UNAVAILABLE | QUEUE_NOT_FOUND, and what `settle` throws: what was not acked stays where it was
 */
export async function settleDeadLetter(
  { broker, parking }: Pick<DeadLetterQueue, 'broker' | 'parking'>,
  id: string,
  settle: (delivery: Delivery) => Promise<void>,
): Promise<boolean> {
  const toKey = createNumbering();
  let found: Delivery | undefined;
  await broker.browse(parking, {
    limit: MAX_BROWSED,
    visit(delivery) {
      if (toId(parking, toKey(toFingerprint(delivery.message))) === id) found = delivery;
    },
    async settle() {
      if (found) await settle(found);
    },
  });
  return found !== undefined;
}

/**
 * Moves dead letters back to their queue, oldest first, each as new: published, confirmed, then taken out. Moves no more than there were at the
 * beginning, so what is parked again meanwhile stays parked. A crash between leaves a message in both queues, never in none.
 * @param options.limit most messages to move
 * @returns how many were moved
 * @throws DependencyError BROKER_UNAVAILABLE | QUEUE_NOT_FOUND | MESSAGE_UNROUTABLE | BROKER_REFUSED; what was moved stays moved
 */
export async function redriveDeadLetters({ broker, parking, queue, limit }: DeadLetterQueue & { readonly limit: number }): Promise<number> {
  const most = Math.min(limit, await broker.countMessages(parking));
  for (let moved = 0; moved < most; moved += 1) {
    const delivery = await broker.take(parking);
    if (!delivery) return moved; // another replica was faster
    try {
      await moveBack(broker, queue, delivery);
    } catch (error) {
      delivery.requeue();
      throw error;
    }
  }
  return most;
}

async function moveBack(broker: Broker, queue: string, delivery: Delivery): Promise<void> {
  await broker.publish('', queue, toRedrivenMessage(delivery), { mandatory: true });
  delivery.ack();
}
