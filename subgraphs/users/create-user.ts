import { sql } from '../../platform/storage/database.ts';
import { badInput, parseText } from '../client-input.ts';
import { parseCurrency, parseDecimal, toMinorUnits } from '../money.ts';
import { userColumns, type UserRow } from './user-store.ts';
import type { UsersDatabase } from './users-database.ts';

export interface CreateUser {
  readonly name: string;
  /** A Decimal as the client sent it; absent and null mean zero. */
  readonly openingBalance?: unknown;
  /** Absent and null mean MXN. */
  readonly currency?: unknown;
}

/** @throws DomainError BAD_USER_INPUT */
export async function createUser(db: UsersDatabase, input: CreateUser): Promise<UserRow> {
  const name = parseText(input.name, 'input.name', { min: 1, max: 200 });
  if (name.trim() === '') throw badInput('input.name', 'must not be blank');
  const currency = parseCurrency(input.currency ?? 'MXN', 'input.currency');
  const openingBalance = toMinorUnits(parseDecimal(input.openingBalance ?? '0', 'input.openingBalance'), currency, 'input.openingBalance');

  const { rows } = await sql<UserRow>`
    insert into users (name, currency, opening_balance_minor, balance_minor)
    values (${name}, ${currency}, ${openingBalance}, ${openingBalance})
    returning ${userColumns}`.execute(db);
  const [user] = rows;
  if (!user) throw new Error('an inserted user was not returned');
  return user;
}
