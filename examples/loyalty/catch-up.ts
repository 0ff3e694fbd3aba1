import { sql, type RawBuilder } from '../../platform/storage/database.ts';
import type { LoyaltyDatabase } from './loyalty-database.ts';

/** How far the graph was read. It is kept in the database, and moves in the statements that count the points: see countPoints. */
export interface CatchUp {
  /** Of the current round; 0 before the first. Replicas read side by side; what one notes of a round that another has ended is dropped. */
  readonly round: number;
  /** Cursor of an event. Null before the first round. */
  readonly eventsAfter: string | null;
  /** Cursor of a page of older payments; null: none was read. */
  readonly historyAfter: string | null;
  readonly historyRead: boolean;
}

export async function readCatchUp(db: LoyaltyDatabase): Promise<CatchUp> {
  const { rows } = await sql<CatchUp>`
    select round, events_after as "eventsAfter", history_after as "historyAfter", history_read as "historyRead" from catch_up`.execute(db);
  if (!rows[0]) throw new Error('the loyalty database has lost its place: catch_up is empty');
  return rows[0];
}

/** Begins from the start: events from this cursor on, and before them the whole history. Does nothing when another replica was faster. */
export async function startRound(db: LoyaltyDatabase, { round }: CatchUp, eventsAfter: string): Promise<void> {
  await sql`
    update catch_up set round = round + 1, events_after = ${eventsAfter}, history_after = null, history_read = false
    where round = ${round}`.execute(db);
}

/** Notes that everything up to this event is counted. */
export function passEvent({ round }: CatchUp, cursor: string): RawBuilder<unknown> {
  return sql`update catch_up set events_after = ${cursor} where round = ${round}`;
}

/** Notes that the history is counted up to the end of this page. @param page.last whether there is no more */
export function passPage({ round }: CatchUp, page: { readonly endCursor: string | null; readonly last: boolean }): RawBuilder<unknown> {
  return sql`
    update catch_up set history_after = ${page.endCursor}, history_read = ${page.last}
    where round = ${round} and not history_read`;
}
