import { sql } from '../../platform/storage/database.ts';
import type { UsersDatabase } from './users-database.ts';

/** A user as it is kept. */
export interface UserRow {
  /** A decimal number. */
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  /** Minor units, never below zero. */
  readonly balanceMinor: bigint;
  readonly createdAt: Date;
}

/** The columns of a UserRow, from `users` or from what a statement returns of it. */
export const userColumns = sql`id::text as id, name, currency, balance_minor as "balanceMinor", created_at as "createdAt"`;

const MAX_ID = 9_223_372_036_854_775_807n;

/** Whether a user can have this id. Anything else is nobody, and must not reach a statement: PostgreSQL would fail to read it as a number. */
export function isUserId(text: string): boolean {
  return /^[1-9][0-9]{0,18}$/.test(text) && BigInt(text) <= MAX_ID;
}

/** The users with these ids, in any order; unknown ids are left out. */
export async function findUsers(db: UsersDatabase, ids: readonly string[]): Promise<readonly UserRow[]> {
  const { rows } = await sql<UserRow>`select ${userColumns} from users where id = any(${ids.filter(isUserId)}::bigint[])`.execute(db);
  return rows;
}

export async function findUser(db: UsersDatabase, id: string): Promise<UserRow | undefined> {
  const [user] = await findUsers(db, [id]);
  return user;
}

/** Oldest first, at most `limit`. @param afterId continue behind this user */
export async function listUsers(
  db: UsersDatabase,
  { afterId = '0', limit }: { afterId?: string | undefined; limit: number },
): Promise<readonly UserRow[]> {
  const { rows } =
    await sql<UserRow>`select ${userColumns} from users where users.id > ${afterId}::bigint order by users.id limit ${limit}`.execute(db);
  return rows;
}
