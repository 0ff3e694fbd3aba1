import { sql } from '../../platform/storage/database.ts';
import { formatAmount } from '../../subgraphs/money.ts';
import type { UsersDatabase } from '../../subgraphs/users/users-database.ts';
import type { Difference } from './difference.ts';

const PAGE_SIZE = 200;

/**
 * Adds up every balance: what it opened with, and deposits, less what was debited and not credited back. Each page is one statement, so payments that are
 * made meanwhile do not disturb it.
 * @returns how many balances there are, and those that do not add up
 */
export async function checkBalances(db: UsersDatabase): Promise<{ readonly users: number; readonly differences: readonly Difference[] }> {
  const differences: Difference[] = [];
  let users = 0;
  for (let after: bigint | undefined = 0n; after !== undefined;) {
    const { rows }: { rows: { id: bigint; currency: string; balance: bigint; expected: bigint }[] } = await sql<{
      id: bigint;
      currency: string;
      balance: bigint;
      expected: bigint;
    }>`
      select users.id, users.currency, users.balance_minor as balance,
        (opening_balance_minor
          + (select coalesce(sum(amount_minor), 0) from deposits where user_id = users.id)
          - (select coalesce(sum(amount_minor), 0) from payment_requests where user_id = users.id and status <> 'FAILED'))::bigint as expected
      from users where users.id > ${after} order by users.id limit ${PAGE_SIZE}`.execute(db);
    for (const { id, currency, balance, expected } of rows) {
      if (balance === expected) continue;
      const amount = `${formatAmount({ amountMinor: balance, currency })} ${currency}`;
      const problem = `the balance is ${amount}, and what is recorded adds up to ${formatAmount({ amountMinor: expected, currency })} ${currency}`;
      differences.push({ kind: 'BALANCE_WRONG', paymentId: null, userId: String(id), amount, problem, mend: null });
    }
    users += rows.length;
    after = rows.length === PAGE_SIZE ? rows.at(-1)?.id : undefined;
  }
  return { users, differences };
}
