import pg from 'pg';
import { toMessage } from '../../../platform/foundation/errors.ts';
import { eventually } from '../eventually.ts';
import type { ResumingSubscriber, SeenEvent } from '../resuming-subscriber.ts';
import { findBrokenPromises, type Attempt } from './attempts.ts';
import { findBrokenDeposits, ONE_DEPOSIT, readDeposits, type DepositWish } from './deposit-wishes.ts';
import { positionOf } from './position-of-cursor.ts';
import { countWaiting, listParked } from './queues.ts';
import { findBrokenRules, findContradictions, listOutcomes, readPaymentStates, type LoggedOutcome } from './sql-invariants.ts';

export type Databases = Readonly<Record<'users' | 'payments', pg.Pool>>;

/** A subscriber whose stream began right behind `firstPosition`. */
export interface WatchedSubscriber {
  readonly name: string;
  readonly subscriber: ResumingSubscriber;
  readonly firstPosition: bigint;
  readonly userId?: string;
}

/** What was put into a queue that nobody can handle. */
export interface Poison {
  readonly messageId: string;
  readonly what: string;
  /** What the reason of its parking must begin with. */
  readonly code: string;
}

export interface Observed {
  readonly databases: Databases;
  readonly brokerUrl: () => string;
  readonly attempts: readonly Attempt[];
  readonly deposits: readonly DepositWish[];
  readonly subscribers: readonly WatchedSubscriber[];
  /** What must be parked now. Anything else there is told too. */
  readonly poison: () => readonly Poison[];
}

/** Broken rules by name; what is not in it held. */
export type Broken = ReadonlyMap<string, string>;

/** Past all of our code; a lost connection is opened anew. The caller ends it. */
export async function openWatch(url: string): Promise<pg.Pool> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: WATCH,
    max: 2,
    connectionTimeoutMillis: 20_000,
    query_timeout: 60_000,
  });
  pool.on('error', () => undefined); // the next query tells
  await pool.query('select 1');
  return pool;
}
export const WATCH = 'chaos watch';

/** As the pool's own, for faults: they come together, so one may meet a database that another has just killed. Waits a minute for it. @throws the last error */
export function queryWhenBack<Row extends pg.QueryResultRow>(
  pool: Pick<pg.Pool, 'query'>,
  text: string,
  values: readonly unknown[],
): Promise<pg.QueryResult<Row>> {
  return eventually(() => pool.query<Row>(text, [...values]), 60_000, 300);
}

const NO_STRANGERS = 'no payment without a client';

/** Rules that hold at every moment, whatever is broken just now. */
export async function findBrokenNow({ databases, attempts, subscribers }: Observed): Promise<Broken> {
  const seenBefore = subscribers.map(({ subscriber }) => subscriber.events.length);
  const known = attempts.map((attempt) => ({ ...attempt, ids: new Set(attempt.ids) })); // as it was before the databases are read
  const states = await readPaymentStates(databases);
  const broken = new Map([...(await findBrokenRules(databases)), ...findContradictions(states)]);
  for (const [rule, what] of findBrokenPromises(known, states)) if (rule !== NO_STRANGERS) broken.set(rule, what); // a payment may be younger
  await checkStreams(subscribers, databases, broken, seenBefore);
  return broken;
}

/** All rules, once nothing moves any more; waits for that. @returns broken rules, what does not come to rest among them */
export async function findBrokenAtTheEnd(observed: Observed, quietWithinMs: number): Promise<Broken> {
  const { databases, brokerUrl, attempts, deposits, subscribers } = observed;
  let rest = '';
  const isQuiet = async (): Promise<boolean> => (rest = await findRest(databases, brokerUrl())) === '';
  const quiet = await eventually(isQuiet, quietWithinMs, 100).catch(() => false);
  const outcomes = await listOutcomes(databases.payments);
  const complete = (): boolean => subscribers.every((watched) => watched.subscriber.events.length >= expectedOf(watched, outcomes).length);
  await eventually(complete, quietWithinMs).catch(() => undefined);

  const states = await readPaymentStates(databases);
  const broken = new Map([
    ...(await findBrokenRules(databases)),
    ...findContradictions(states),
    ...findBrokenPromises(attempts, states),
    ...findBrokenDeposits(deposits, await readDeposits(databases.users)),
  ]);
  if (!quiet) broken.set('everything comes to rest', rest);
  const undecided = [...states.requests].filter(([, { status }]) => status === 'PENDING').map(([id]) => id);
  if (undecided.length > 0) broken.set('every accepted payment has an outcome', `${undecided.length} have none, such as ${undecided[0]}`);
  await checkStreams(subscribers, databases, broken);
  await checkParked(observed, broken);
  return broken;
}

/** @returns what still moves or waits, in words; empty when nothing does */
async function findRest(databases: Databases, brokerUrl: string): Promise<string> {
  const count = async (client: pg.Pool, sql: string): Promise<number> =>
    Number((await client.query<{ count: string }>(sql)).rows[0]?.count);
  const pending = await count(databases.users, `select count(*) from payment_requests where status = 'PENDING'`);
  if (pending > 0) return `${pending} payments are PENDING`;
  for (const [name, client] of Object.entries(databases)) {
    const unpublished = await count(client, 'select count(*) from outbox where published_at is null or position is null');
    if (unpublished > 0) return `${unpublished} events of ${name} are not published`;
  }
  const waiting = Object.entries(await countWaiting(brokerUrl));
  return waiting.map(([queue, messages]) => `${messages} messages in ${queue}`).join(', ');
}

function expectedOf({ firstPosition, userId }: WatchedSubscriber, outcomes: readonly LoggedOutcome[]): LoggedOutcome[] {
  return outcomes.filter((outcome) => BigInt(outcome.position) > firstPosition && (userId === undefined || outcome.userId === userId));
}

/** A stream is the database's events from its beginning: no gap, no repeat, in order. @param seen how many events of each to look at; default all, and none may be missing */
async function checkStreams(
  subscribers: readonly WatchedSubscriber[],
  { payments }: Databases,
  broken: Map<string, string>,
  seen?: readonly number[],
): Promise<void> {
  const outcomes = await listOutcomes(payments);
  subscribers.forEach((watched, index) => {
    const events = watched.subscriber.events.slice(0, seen?.[index]);
    const expected = expectedOf(watched, outcomes);
    const wrongAt = events.findIndex((event, place) => !isOutcome(event, expected[place]));
    const rule = 'a subscriber that resumes sees every outcome once, in order';
    if (wrongAt >= 0)
      broken.set(
        rule,
        `${watched.name}: event ${wrongAt + 1} is ${JSON.stringify(events[wrongAt])}, expected ${JSON.stringify(expected[wrongAt])}`,
      );
    else if (!seen && events.length < expected.length)
      broken.set(rule, `${watched.name}: ${events.length} of ${expected.length} events came`);
  });
}

/** The payment, how it ended, and the place to go on from. */
function isOutcome({ cursor, payment }: SeenEvent, expected: LoggedOutcome | undefined): boolean {
  return payment.id === expected?.id && payment.status === expected.status && positionOf(cursor) === BigInt(expected.position);
}

/** @returns poison that is neither parked with its reason nor thrown away with it, in words */
export async function findUnparked({
  databases,
  brokerUrl,
  poison,
}: Pick<Observed, 'databases' | 'brokerUrl' | 'poison'>): Promise<string> {
  const { rows } = await databases.payments.query<{ id: string; reason: string }>(
    `select properties->>'messageId' as id, parked_reason as reason from discarded_dead_letters`,
  );
  const discarded = new Map(rows.map(({ id, reason }) => [id, reason]));
  const parked = new Map((await listParked(brokerUrl())).map(({ messageId, reason }) => [messageId, reason]));
  return poison()
    .map((message) => ({ ...message, reason: parked.get(message.messageId) ?? discarded.get(message.messageId) }))
    .filter(({ reason, code }) => !reason?.startsWith(code))
    .map(({ what, code, reason }) => `${what}: expected ${code}, ${reason === undefined ? 'not there' : `got '${reason}'`}`)
    .join('; ');
}

/** A message that somebody has in hand is counted nowhere, so even when all queues are empty one may still be on its way. */
async function checkParked(observed: Observed, broken: Map<string, string>): Promise<void> {
  const { brokerUrl, poison } = observed;
  let missing: string | undefined;
  const isParked = async (): Promise<boolean> => (missing = await findUnparked(observed)) === '';
  try {
    await eventually(isParked, 60_000, 500).catch((error: unknown) => {
      if (missing === undefined) throw error;
      broken.set(PARKED, missing);
    });
    const known = new Set(poison().map(({ messageId }) => messageId));
    const strangers = (await eventually(() => listParked(brokerUrl()), 60_000, 500)).filter(({ messageId }) => !known.has(messageId));
    if (strangers.length > 0)
      broken.set(
        PARKED,
        strangers
          .slice(0, 3)
          .map(({ queue, reason }) => `${queue}: ${reason}`)
          .join('; '),
      );
  } catch (error) {
    broken.set(PARKED, `the parking queues cannot be read: ${toMessage(error)}`);
  }
}

export const PARKED = 'poison is parked with a reason, and nothing else is';

/** Every rule, for a report of all of them. */
export const RULES: readonly string[] = [
  'opening balances and deposits = balances and debits that were not credited back',
  'no balance is below zero',
  'the ledger is zero in total',
  'a processed payment has two ledger entries that sum to zero, a failed one has none',
  'a payment has one outcome',
  'every accepted payment has an outcome',
  'an outcome is the same in users and payments',
  'no outcome without an accepted payment',
  'an accepted payment is there',
  'a refused payment left no trace',
  'payments are refused for a reason',
  'no payment without a client',
  'one idempotency key is one payment and one debit',
  ONE_DEPOSIT,
  'a subscriber that resumes sees every outcome once, in order',
  PARKED,
  'everything comes to rest',
  'clients see in GraphQL what the databases hold',
  'no process leaks connections, channels, queues, files or memory',
];
