import { sql, type Kysely } from '../storage/database.ts';
import type { OutboxSchema } from './outbox.ts';

/**
 * Gives the next positions to committed rows that have none: dense, in commit order, and committed when it returns. See migrations/0000-outbox.sql.
 * The first is the one after the highest that is kept: whoever deletes old rows must leave the newest.
 * @returns how many rows got one
 */
export async function assignPositions<Schema extends OutboxSchema>(db: Kysely<Schema>, limit: number): Promise<number> {
  const { rows } = await sql<{ given: number }>`select outbox_give_positions(${limit}) as given`.execute(db);
  return rows[0]?.given ?? 0;
}
