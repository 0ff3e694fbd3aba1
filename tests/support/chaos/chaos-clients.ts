import { randomUUID } from 'node:crypto';
import { pause } from '../../../platform/foundation/backoff.ts';
import { createSeededRandom, type SeededRandom } from '../../../gateway/testing/seeded-random.ts';
import { post, type Answer } from '../graphql-client.ts';
import type { Attempt } from './attempts.ts';
import type { DepositWish } from './deposit-wishes.ts';

const PAY = 'mutation ($input: PayInput!) { pay(input: $input) { payment { id status } } }';
const DEPOSIT = 'mutation ($input: DepositInput!) { deposit(input: $input) { id } }';

/** What says nothing about whether it was done: a careful client asks again with the same key, or leaves it when it has none. */
const INDEFINITE = new Set(['SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_TIMEOUT', 'DATABASE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR']);

export interface ClientOptions {
  readonly url: () => string;
  readonly attempts: Attempt[];
  readonly deposits: DepositWish[];
  /** Whose balance is large. */
  readonly richIds: readonly string[];
  /** Who cannot pay everything. */
  readonly poorId: string;
  readonly signal: AbortSignal;
  readonly seed: number;
  /** Shortest and longest time between two wishes. */
  readonly pauseMs: readonly [number, number];
}

/** One definite answer to a pay, or undefined. */
export async function askToPay(
  url: string,
  attempt: Attempt,
  amount: string,
  signal?: AbortSignal,
): Promise<'accepted' | 'refused' | undefined> {
  const { userId, description, idempotencyKey } = attempt;
  const answer = await postOnce(url, PAY, { userId, amount, description, idempotencyKey }, signal);
  const id = (answer?.data as { pay?: { payment: { id: string } } } | null | undefined)?.pay?.payment.id;
  if (id) {
    attempt.ids.add(id);
    return 'accepted';
  }
  const code = answer?.errors?.[0]?.extensions?.code;
  if (typeof code !== 'string' || INDEFINITE.has(code)) return undefined;
  attempt.code = code;
  return 'refused';
}

export function createAttempt(userId: string, withKey: boolean): Attempt {
  const description = randomUUID();
  return { kind: 'pay', userId, description, idempotencyKey: withKey ? `key ${description}` : null, outcome: 'open', ids: new Set() };
}

/** Asks until a definite answer comes, as long as it has a key. */
export async function payCarefullyNow(url: () => string, attempt: Attempt, amount: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const outcome = await askToPay(url(), attempt, amount);
    if (outcome || attempt.idempotencyKey === null || signal.aborted) {
      attempt.outcome = outcome ?? 'unknown';
      return;
    }
    await pause(250, signal);
  }
}

/** Pays and deposits, with and without keys, small sums, sums above the limit and more than there is, until the signal. */
export async function runCarefulClient({ url, attempts, deposits, richIds, poorId, signal, seed, pauseMs }: ClientOptions): Promise<void> {
  const random = createSeededRandom(seed);
  while (!signal.aborted) {
    const wish = random.next();
    if (wish < 0.1) {
      const deposit: DepositWish = {
        userId: poorId,
        amountMinor: BigInt(random.between(1, 9) * 100),
        idempotencyKey: randomUUID(),
        outcome: 'open',
      };
      deposits.push(deposit);
      await depositCarefully(url, deposit, signal);
    } else {
      const poor = wish < 0.25;
      const attempt = createAttempt(poor ? poorId : random.pick(richIds), random.next() < 0.7);
      attempts.push(attempt);
      await payCarefullyNow(url, attempt, poor ? `${random.between(5, 30)}.00` : drawAmount(random), signal);
    }
    await pause(random.between(...pauseMs), signal);
  }
}

function drawAmount(random: SeededRandom): string {
  if (random.next() < 0.15) return `${random.between(10_001, 12_000)}.00`; // above the limit: fails, and is credited back
  return `${random.between(1, 40)}.${String(random.between(0, 99)).padStart(2, '0')}`;
}

async function depositCarefully(url: () => string, deposit: DepositWish, signal: AbortSignal): Promise<void> {
  const { userId, idempotencyKey } = deposit;
  const amount = (Number(deposit.amountMinor) / 100).toFixed(2);
  while (!signal.aborted) {
    const answer = await postOnce(url(), DEPOSIT, { userId, amount, idempotencyKey });
    const code = answer?.errors?.[0]?.extensions?.code;
    if ((answer?.data as { deposit?: object | null } | null | undefined)?.deposit) deposit.outcome = 'done';
    else if (typeof code === 'string' && !INDEFINITE.has(code)) deposit.outcome = 'refused';
    if (deposit.outcome !== 'open') return;
    await pause(250, signal);
  }
}

async function postOnce(url: string, query: string, input: object, signal?: AbortSignal): Promise<Answer | undefined> {
  const asking = post(url, query, { input }, 8_000).catch(() => undefined);
  if (!signal) return asking;
  return Promise.race([
    asking,
    new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true })),
  ]);
}
