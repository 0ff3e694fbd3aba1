import type pg from 'pg';

/** One wish of a client to deposit, however often it asked for it. */
export interface DepositWish {
  readonly userId: string;
  readonly amountMinor: bigint;
  readonly idempotencyKey: string;
  /** `open`: no definite answer yet, or none at all. */
  outcome: 'open' | 'done' | 'refused';
}

export interface DepositRow {
  readonly userId: string;
  readonly amountMinor: string;
  readonly idempotencyKey: string;
}

export const ONE_DEPOSIT = 'one wish to deposit is one deposit of its amount';

export async function readDeposits(users: pg.Pool): Promise<DepositRow[]> {
  const { rows } = await users.query<DepositRow>(
    `select user_id::text as "userId", amount_minor::text as "amountMinor", idempotency_key as "idempotencyKey" from deposits`,
  );
  return rows;
}

/** What clients know of their deposits must agree with what users has. @returns the broken rule, or nothing */
export function findBrokenDeposits(wishes: readonly DepositWish[], rows: readonly DepositRow[]): Map<string, string> {
  const wrong: string[] = [];
  const byKey = new Map<string, DepositRow[]>();
  for (const row of rows) byKey.set(row.idempotencyKey, [...(byKey.get(row.idempotencyKey) ?? []), row]);
  for (const { idempotencyKey, userId, amountMinor, outcome } of wishes) {
    const found = byKey.get(idempotencyKey) ?? [];
    byKey.delete(idempotencyKey);
    const expected = outcome === 'done' ? [1] : outcome === 'refused' ? [0] : [0, 1];
    const same = found.every((row) => row.userId === userId && row.amountMinor === String(amountMinor));
    if (!expected.includes(found.length) || !same)
      wrong.push(`${amountMinor} for user ${userId} (key ${idempotencyKey}, ${outcome}): ${JSON.stringify(found)}`);
  }
  for (const found of byKey.values()) wrong.push(`nobody asked for ${JSON.stringify(found)}`);
  return wrong.length === 0 ? new Map() : new Map([[ONE_DEPOSIT, `${wrong.length} times, such as ${wrong.slice(0, 3).join('; ')}`]]);
}
