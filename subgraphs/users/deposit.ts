import { DomainError } from '../../platform/foundation/errors.ts';
import { isUniqueViolation, sql } from '../../platform/storage/database.ts';
import { badInput, parseText } from '../client-input.ts';
import { MAX_AMOUNT_MINOR, formatAmount, parseDecimal, toMinorUnits } from '../money.ts';
import { findUser, userColumns, type UserRow } from './user-store.ts';
import { userNotFound } from './user-not-found.ts';
import type { UsersDatabase } from './users-database.ts';

export interface Deposit {
  readonly userId: string;
  /** A Decimal as the client sent it, in the user's currency. */
  readonly amount: unknown;
  readonly idempotencyKey: string;
}

/**
 * Adds to a balance, once for each key of a user.
 * @returns the user with the balance as it is now
 * @throws DomainError BAD_USER_INPUT (also when the balance would become larger than MAX_AMOUNT_MINOR) | USER_NOT_FOUND | IDEMPOTENCY_CONFLICT the key came with another amount
 */
export async function deposit(db: UsersDatabase, input: Deposit): Promise<UserRow> {
  const key = parseText(input.idempotencyKey, 'input.idempotencyKey', { min: 1, max: 200 });
  const amount = parseDecimal(input.amount, 'input.amount');
  if (amount.unscaled === 0n) throw badInput('input.amount', 'must be above zero');
  const user = await findUser(db, input.userId);
  if (!user) throw userNotFound(input.userId);
  const amountMinor = toMinorUnits(amount, user.currency, 'input.amount');

  const credited = await credit(db, user.id, amountMinor, key);
  if (credited) return credited;

  const earlier = await findDeposit(db, user.id, key);
  if (earlier === undefined)
    throw badInput(
      'input.amount',
      `is too much: a balance can be at most ${formatAmount({ amountMinor: MAX_AMOUNT_MINOR, currency: user.currency })}`,
    );
  if (earlier !== amountMinor) {
    throw new DomainError(
      'IDEMPOTENCY_CONFLICT',
      `input.idempotencyKey was used for a deposit of ${formatAmount({ amountMinor: earlier, currency: user.currency })}`,
      { field: 'input.idempotencyKey' },
    );
  }
  return (await findUser(db, user.id)) ?? user;
}

/** @returns undefined when this key was used before, or the balance would become too large */
async function credit(db: UsersDatabase, userId: string, amountMinor: bigint, key: string): Promise<UserRow | undefined> {
  try {
    const { rows } = await sql<UserRow>`
      with credited as (
        update users set balance_minor = balance_minor + ${amountMinor}
        where id = ${userId}::bigint
          and balance_minor <= ${MAX_AMOUNT_MINOR - amountMinor}
          and not exists (select from deposits where user_id = ${userId}::bigint and idempotency_key = ${key})
        returning *
      ), recorded as (
        insert into deposits (user_id, amount_minor, idempotency_key) select id, ${amountMinor}::bigint, ${key}::text from credited
      )
      select ${userColumns} from credited`.execute(db);
    return rows[0];
  } catch (error) {
    if (isUniqueViolation(error)) return undefined; // the same key at the same moment: the other one was first, and ours is undone
    throw error;
  }
}

async function findDeposit(db: UsersDatabase, userId: string, key: string): Promise<bigint | undefined> {
  const { rows } = await sql<{ amountMinor: bigint }>`
    select amount_minor as "amountMinor" from deposits where user_id = ${userId}::bigint and idempotency_key = ${key}`.execute(db);
  return rows[0]?.amountMinor;
}
