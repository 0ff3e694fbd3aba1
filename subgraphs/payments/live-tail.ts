import { AsyncQueue } from '../../platform/foundation/async-queue.ts';
import { toMessage } from '../../platform/foundation/errors.ts';
import type { Stoppable } from '../../platform/foundation/lifecycle.ts';
import type { Logger } from '../../platform/foundation/logger.ts';
import { startWakeLoop } from '../../platform/messaging/wake-loop.ts';
import type { LoggedEvent } from './event-log.ts';

/** One subscriber's place at the tail. */
export interface TailReader {
  /** Every event behind this position is offered; those up to it are in the database. Never before the position that the subscriber came with. */
  readonly from: bigint;
  /** Events from there on, without a gap; ends when the subscriber was too slow and the bound was reached, or when the tail was stopped. */
  readonly events: AsyncQueue<LoggedEvent>;
  leave(): void;
}

/** The newest events, read once for all subscribers. */
export interface LiveTail extends Stoppable {
  /** Looks for new events now. Cheap, and many calls make one read. */
  wake(): void;
  /**
   * @param place.after what the subscriber has seen
   * @param place.newest the last position when it came: where the tail begins if nobody else is there
   * @param place.userId only this user's events
   */
  join(place: { after: bigint; newest: bigint; userId: string | undefined }): TailReader;
}

export interface LiveTailOptions {
  readonly read: (after: bigint, limit: number) => Promise<readonly LoggedEvent[]>;
  readonly logger: Logger;
  /** How often it looks without being woken, milliseconds. */
  readonly pollMs: number;
  /** Most events that wait for one subscriber; default 256. */
  readonly bufferSize?: number;
  /** Most events of one read; default 500. */
  readonly pageSize?: number;
}

interface Member {
  readonly from: bigint;
  readonly userId: string | undefined;
  readonly events: AsyncQueue<LoggedEvent>;
}

/** Reads only while somebody has joined. A database that is away is waited for; nothing is skipped, since the position does not move. */
export function startLiveTail({ read, logger, pollMs, bufferSize = 256, pageSize = 500 }: LiveTailOptions): LiveTail {
  const members = new MembersByUser();
  let position: bigint | undefined; // of the last event that was offered; unknown while nobody is there
  let failing = false;

  const offer = (event: LoggedEvent): void => {
    for (const member of members.concernedBy(event.payment.userId)) {
      if (event.position <= member.from) continue;
      if (member.events.push(event)) continue;
      members.delete(member); // too slow: it reads what was queued, then catches up from the database
      member.events.end();
    }
  };

  /** Something is not there: whether it was no outcome, or is not kept any more, is found out where subscribers catch up. */
  const sendToDatabase = (): void => {
    for (const member of members.removeAll()) member.events.end();
  };

  const loop = startWakeLoop(async () => {
    if (members.size === 0) position = undefined;
    if (position === undefined) return { waitMs: pollMs };
    try {
      const page = await read(position, pageSize);
      if (page[0] && page[0].position > position + 1n) sendToDatabase();
      for (const event of page) {
        offer(event);
        position = event.position;
      }
      if (failing) logger.info('events are read again');
      failing = false;
      return { waitMs: page.length === pageSize ? 0 : pollMs };
    } catch (error) {
      if (!failing) logger.warn({ err: error }, `events cannot be read: ${toMessage(error)}`);
      failing = true;
      return { waitMs: pollMs };
    }
  });

  return {
    wake: () => {
      if (members.size > 0) loop.wake();
    },
    join({ after, newest, userId }) {
      position ??= newest > after ? newest : after;
      const member: Member = {
        from: position > after ? position : after,
        userId,
        events: new AsyncQueue<LoggedEvent>({ bound: bufferSize }),
      };
      members.add(member);
      const leave = (): void => {
        members.delete(member);
        void member.events.return();
      };
      loop.wake(); // what was committed since `newest` was read
      return { from: member.from, events: member.events, leave };
    },
    async stop(deadlineAt) {
      await loop.stop(deadlineAt);
      for (const member of members.removeAll()) member.events.end();
    },
  };
}

/** An event costs as much as it has readers, however many others there are. */
class MembersByUser {
  /** Under undefined those who want the events of everybody. */
  readonly #members = new Map<string | undefined, Set<Member>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(member: Member): void {
    const same = this.#members.get(member.userId) ?? new Set();
    this.#members.set(member.userId, same.add(member));
    this.#size += 1;
  }

  delete(member: Member): void {
    const same = this.#members.get(member.userId);
    if (!same?.delete(member)) return;
    if (same.size === 0) this.#members.delete(member.userId);
    this.#size -= 1;
  }

  /** May lose members while it is gone through. */
  *concernedBy(userId: string): Iterable<Member> {
    yield* this.#members.get(undefined) ?? [];
    yield* this.#members.get(userId) ?? [];
  }

  removeAll(): readonly Member[] {
    const all = [...this.#members.values()].flatMap((same) => [...same]);
    this.#members.clear();
    this.#size = 0;
    return all;
  }
}
