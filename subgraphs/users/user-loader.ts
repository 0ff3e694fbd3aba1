import DataLoader from 'dataloader';
import { findUsers, type UserRow } from './user-store.ts';
import type { UsersDatabase } from './users-database.ts';

/** Users by id, one statement for all that are asked for in one tick; null for nobody. */
export type UserLoader = DataLoader<string, UserRow | null>;

export function createUserLoader(db: UsersDatabase): UserLoader {
  return new DataLoader(async (ids) => {
    const users = new Map((await findUsers(db, ids)).map((user) => [user.id, user]));
    return ids.map((id) => users.get(id) ?? null);
  });
}

/** Puts a row that was just read or written into the loader, in place of an older one. */
export function remember(loader: UserLoader, user: UserRow): UserRow {
  loader.clear(user.id).prime(user.id, user);
  return user;
}
