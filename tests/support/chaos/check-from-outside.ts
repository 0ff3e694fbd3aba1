import { eventually } from '../eventually.ts';
import { ask } from '../graphql-client.ts';
import type { ChaosSystem } from './chaos-system.ts';
import { readPaymentStates } from './sql-invariants.ts';
import type { Broken } from './verdicts.ts';

const RULE = 'clients see in GraphQL what the databases hold';
const PAGE = 40;
/** A question that ran into a timeout on a busy machine says nothing. */
const PATIENCE_MS = 60_000;

/** What a client sees of each payment and each balance, against what lies in the databases. */
export async function checkFromOutside({ clientUrl, databases, richIds, poorId }: ChaosSystem): Promise<Broken> {
  const { requests } = await readPaymentStates(databases);
  const askPatiently = <T>(query: string, variables = {}): Promise<NonNullable<T>> =>
    eventually(() => ask<T>(clientUrl(), query, variables), PATIENCE_MS, 200);
  const ids = [...requests.keys()];
  for (let start = 0; start < ids.length; start += PAGE) {
    const page = ids.slice(start, start + PAGE);
    const query = `{ ${page.map((id, index) => `p${index}: payment(id: "${id}") { status user { id } }`).join(' ')} }`;
    const answer = await askPatiently<Record<string, { status: string; user: { id: string } } | null>>(query);
    for (const [index, id] of page.entries()) {
      const [seen, request] = [answer[`p${index}`], requests.get(id)];
      if (seen?.status !== request?.status || seen?.user.id !== request?.userId)
        return new Map([[RULE, `payment ${id} is ${JSON.stringify(seen)}, users has ${JSON.stringify(request)}`]]);
    }
  }
  for (const id of [...richIds, poorId]) {
    const { user } = await askPatiently<{ user: { balance: { amount: string }; pendingPayments: unknown[] } }>(
      'query ($id: ID!) { user(id: $id) { balance { amount } pendingPayments { id } } }',
      { id },
    );
    const { rows } = await databases.users.query<{ minor: string }>('select balance_minor::text as minor from users where id = $1', [id]);
    if (user.balance.amount.replace('.', '').replace(/^0+(?=\d)/, '') !== rows[0]?.minor)
      return new Map([[RULE, `user ${id} has ${user.balance.amount}, in the database ${rows[0]?.minor}`]]);
    if (user.pendingPayments.length > 0) return new Map([[RULE, `user ${id} has ${user.pendingPayments.length} pending payments`]]);
  }
  return new Map();
}
