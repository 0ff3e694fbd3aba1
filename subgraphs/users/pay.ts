import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import { DomainError } from '../../platform/foundation/errors.ts';
import { createMicroBatch } from '../../platform/foundation/micro-batch.ts';
import { isUniqueViolation, sql } from '../../platform/storage/database.ts';
import { badInput, parseOptionalText } from '../client-input.ts';
import { formatAmount, parseCurrency, parseDecimal, toMinorUnits, type Money } from '../money.ts';
import { insertIntoOutboxFrom } from '../outbox-insert.ts';
import type { RequestedPayment } from '../payment-messages.ts';
import { toRequestMessage } from '../payment-topology.ts';
import { debitTogether, type Acceptance } from './debit-together.ts';
import { findRefusal, rememberRefusal, type RefusedPayment } from './refused-keys.ts';
import { findRequestByKey, type PaymentRequestRow } from './request-store.ts';
import { findUser, findUsers, isUserId, userColumns, type UserRow } from './user-store.ts';
import { userNotFound } from './user-not-found.ts';
import type { UsersDatabase } from './users-database.ts';

export interface Pay {
  readonly userId: string;
  /** A Decimal as the client sent it. */
  readonly amount: unknown;
  /** Absent and null mean the currency of the user's balance. */
  readonly currency?: unknown;
  readonly description?: string | null;
  readonly idempotencyKey?: string | null;
}

export interface AcceptedPayment {
  readonly payment: PaymentRequestRow;
  /** With the balance after the debit; of a replay, with the balance as it is now. */
  readonly user: UserRow;
}

export interface PayDependencies {
  readonly db: UsersDatabase;
  /** How long to wait for an outcome before the request is published again. */
  readonly reconcileAfterMs: number;
  /** Told after each commit, so that the relay publishes at once. */
  readonly onCommitted: () => void;
  /** Whether payments share statements; default always. */
  readonly isBatched?: (() => boolean) | undefined;
}

/**
 * Accepts payments. Debit, request and outbox row are one statement: all or nothing. Does not publish; the relay does, after the commit.
 * Payments that come while others are being debited share the next statement (debit-together.ts); what cannot be decided there is decided by itself.
 * The same key of the same user with the same input gives the same payment, also when both arrive at once; and the same refusal, when the balance did not cover
 * it: who was told so may rely on it, although the same request may still be on its way.
 * @throws DomainError BAD_USER_INPUT | USER_NOT_FOUND | CURRENCY_MISMATCH | INSUFFICIENT_FUNDS | IDEMPOTENCY_CONFLICT
 */
export function createPay({ db, reconcileAfterMs, onCommitted, isBatched }: PayDependencies): (input: Pay) => Promise<AcceptedPayment> {
  const currencies = new LRUCache<string, string>({ max: 10_000 }); // a user's currency never changes

  const lookUp = createMicroBatch<string, UserRow | null>({
    async runTogether(userIds) {
      const users = new Map((await findUsers(db, [...new Set(userIds)])).map((user) => [user.id, user]));
      return userIds.map((userId) => users.get(userId) ?? null);
    },
    runAlone: async (userId) => (await findUser(db, userId)) ?? null,
  });

  const currencyOf = async (userId: string): Promise<string> => {
    const known = currencies.get(userId);
    if (known !== undefined) return known;
    const user = await lookUp(userId);
    if (!user) throw userNotFound(userId);
    currencies.set(userId, user.currency);
    return user.currency;
  };

  const accept = createMicroBatch<Acceptance, AcceptedPayment>({
    isOn: isBatched,
    async runTogether(acceptances) {
      const payers = await debitTogether(db, acceptances, reconcileAfterMs);
      onCommitted();
      return acceptances.map(({ request }) => {
        const user = payers.get(request.paymentId);
        return user && { payment: toPending(request), user };
      });
    },
    async runAlone({ request, key }) {
      for (;;) {
        const user = await debit(db, request, key, reconcileAfterMs);
        if (user) {
          onCommitted();
          return { payment: toPending(request), user };
        }
        const replay = key === null ? undefined : await findReplay(db, request, key);
        if (replay) return replay;
        const refusal = await findRefusalReason(db, request);
        if (key === null || refusal.code !== 'INSUFFICIENT_FUNDS' || (await rememberRefusal(db, request, key))) throw refusal;
        // Somebody changed what it was refused for in this moment: it is decided anew.
      }
    },
  });

  return async (input) => {
    const key = parseOptionalText(input.idempotencyKey, 'input.idempotencyKey', { min: 1, max: 200 });
    const description = parseOptionalText(input.description, 'input.description', { min: 0, max: 500 });
    const amount = parseDecimal(input.amount, 'input.amount');
    if (amount.unscaled === 0n) throw badInput('input.amount', 'must be above zero');
    const givenCurrency =
      input.currency === undefined || input.currency === null ? undefined : parseCurrency(input.currency, 'input.currency');
    if (!isUserId(input.userId)) throw userNotFound(input.userId);
    const currency = givenCurrency ?? (await currencyOf(input.userId));
    const amountMinor = toMinorUnits(amount, currency, 'input.amount');

    const request: RequestedPayment = {
      paymentId: uuidv7(),
      userId: input.userId,
      amountMinor,
      currency,
      description,
      requestedAt: new Date(),
    };
    return accept({ request, key });
  };
}

/** @returns the payer after the debit; undefined when nothing was done: no such user, other currency, too little money, or the key was used before */
async function debit(
  db: UsersDatabase,
  request: RequestedPayment,
  key: string | null,
  reconcileAfterMs: number,
): Promise<UserRow | undefined> {
  const { paymentId, userId, amountMinor, currency, description, requestedAt } = request;
  try {
    const { rows } = await sql<UserRow>`
      with debited as (
        update users set balance_minor = balance_minor - ${amountMinor}
        where id = ${userId}::bigint and currency = ${currency} and balance_minor >= ${amountMinor}
          and not exists (select from payment_requests where user_id = ${userId}::bigint and idempotency_key = ${key}::text)
          and not exists (select from refused_keys where user_id = ${userId}::bigint and idempotency_key = ${key}::text)
        returning *
      ), requested as (
        insert into payment_requests (id, user_id, amount_minor, currency, description, idempotency_key, requested_at, republish_at)
        select ${paymentId}::uuid, id, ${amountMinor}::bigint, currency, ${description}::text, ${key}::text, ${requestedAt}::timestamptz,
          now() + ${reconcileAfterMs}::float8 * interval '1 millisecond'
        from debited
      ), queued as (
        ${insertIntoOutboxFrom('debited', toRequestMessage(request))}
      )
      select ${userColumns} from debited`.execute(db);
    return rows[0];
  } catch (error) {
    // The same key at the same moment: the other one was accepted or refused while we waited for the user's row, and ours is undone.
    if (isUniqueViolation(error)) return undefined;
    throw error;
  }
}

/** The payment that this key stands for, if there is one. @throws DomainError INSUFFICIENT_FUNDS it was refused | IDEMPOTENCY_CONFLICT it was another one */
async function findReplay(db: UsersDatabase, request: RequestedPayment, key: string): Promise<AcceptedPayment | undefined> {
  const payment = await findRequestByKey(db, request.userId, key);
  if (!payment) {
    const refused = await findRefusal(db, request.userId, key);
    if (refused) throw toReplayedRefusal(refused, request);
    return undefined;
  }
  if (!isSameInput(payment, request)) {
    throw new DomainError(
      'IDEMPOTENCY_CONFLICT',
      `input.idempotencyKey was used for another payment, ${payment.id} of ${describe(payment)}`,
      {
        field: 'input.idempotencyKey',
        paymentId: payment.id,
      },
    );
  }
  const user = await findUser(db, request.userId);
  return user && { payment, user };
}

function toReplayedRefusal(refused: RefusedPayment, request: RequestedPayment): DomainError {
  const field = 'input.idempotencyKey';
  if (!isSameInput(refused, request))
    return new DomainError('IDEMPOTENCY_CONFLICT', `${field} was used for another payment, of ${describe(refused)}, which was refused`, {
      field,
    });
  const when = refused.refusedAt.toISOString();
  return new DomainError(
    'INSUFFICIENT_FUNDS',
    `${field} stands for a payment of ${describe(refused)} that was refused at ${when}: take another`,
    {
      field,
    },
  );
}

function isSameInput(earlier: Pick<RequestedPayment, 'amountMinor' | 'currency' | 'description'>, request: RequestedPayment): boolean {
  return (
    earlier.amountMinor === request.amountMinor && earlier.currency === request.currency && earlier.description === request.description
  );
}

/** Finds out why nothing was debited. */
async function findRefusalReason(db: UsersDatabase, request: RequestedPayment): Promise<DomainError> {
  const user = await findUser(db, request.userId);
  if (!user) return userNotFound(request.userId);
  if (user.currency !== request.currency) {
    return new DomainError(
      'CURRENCY_MISMATCH',
      `the balance of user ${user.id} is in ${user.currency}, the amount is in ${request.currency}`,
      { field: 'input.currency' },
    );
  }
  return new DomainError('INSUFFICIENT_FUNDS', `the balance of user ${user.id} does not cover ${describe(request)}`, {
    field: 'input.amount',
  });
}

function toPending({ paymentId, ...request }: RequestedPayment): PaymentRequestRow {
  return { id: paymentId, ...request, status: 'PENDING', failureReason: null, processedAt: null };
}

function describe(money: Money): string {
  return `${formatAmount(money)} ${money.currency}`;
}
