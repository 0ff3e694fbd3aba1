import { randomUUID } from 'node:crypto';
import { pause } from '../../platform/foundation/backoff.ts';
import { post } from './graphql-client.ts';

const PAY = `mutation ($input: PayInput!) { pay(input: $input) { payment { id status } } }`;

export interface AcceptedPayment {
  readonly id: string;
  readonly userId: string;
  readonly amount: string;
}

/**
 * Pays as a careful client does: one idempotency key for each payment, kept over retries until a definite answer comes.
 * @returns the accepted payment, or the code of the refusal
 * @throws Error when no definite answer came within `withinMs`, or when two answers to one key differ
 */
export async function payCarefully(
  url: string,
  input: { userId: string; amount: string },
  withinMs = 60_000,
): Promise<AcceptedPayment | { readonly refused: string }> {
  const idempotencyKey = randomUUID();
  const deadlineAt = Date.now() + withinMs;
  let last: unknown;
  while (Date.now() < deadlineAt) {
    const answer = await post<{ pay: { payment: { id: string } } }>(url, PAY, { input: { ...input, idempotencyKey } }, 5_000).catch(
      (error: unknown) => {
        last = error;
        return undefined;
      },
    );
    const id = answer?.data?.pay?.payment.id;
    if (id) return { id, ...input };
    const code = answer?.errors?.[0]?.extensions?.code;
    if (typeof code === 'string' && !MAY_PASS.has(code)) return { refused: code };
    last = answer ?? last;
    await pause(150);
  }
  throw new Error(`no definite answer within ${withinMs} ms; the last was ${JSON.stringify(last) ?? String(last)}`);
}

const MAY_PASS = new Set(['SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_TIMEOUT', 'DATABASE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR']);
