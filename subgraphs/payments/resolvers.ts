import { parseOptionalText, parseText } from '../client-input.ts';
import { parseCursor, parsePageSize, toConnection, type Connection } from '../connections.ts';
import { formatAmount } from '../money.ts';
import { currencyScalar, dateTimeScalar, decimalScalar } from '../scalars.ts';
import { isUuid } from '../uuid.ts';
import { parseDeadLetterCursor, toDeadLetterConnection } from './dead-letter-page.ts';
import { parseDiscardedCursor, toDiscardedConnection } from './discarded-letters.ts';
import type { PausedState, RequestContext } from './context.ts';
import type { PaymentPage, PaymentRow } from './payment-store.ts';
import type { ProcessedEvent } from './processed-events.ts';
import type { QueryPaymentsArgs, Resolvers } from './resolvers.generated.ts';

export const resolvers: Resolvers = {
  Decimal: decimalScalar,
  Currency: currencyScalar,
  DateTime: dateTimeScalar,

  Query: {
    payment: (_, { id }, { payments }) => payments.load(id),
    payments: async (_, { userId, ...args }, { payments, listPayments }) => {
      const page = parsePage(args);
      const rows = await listPayments(page, parseUserId(userId));
      for (const row of rows) payments.prime(row.id, row);
      return toPaymentConnection(rows, page);
    },
    paymentEventsCursor: (_, __, { events }) => events.newestCursor(),
    processing: (_, __, { control }) => readState(control),
    deadLetters: async (_, { first, after }, { parkingLot }) => {
      const size = parsePageSize(first);
      const page = { limit: size + 1, after: after === null || after === undefined ? undefined : parseDeadLetterCursor(after) };
      return toDeadLetterConnection(await parkingLot.list(page), page);
    },
    discardedDeadLetters: async (_, { first, after }, { parkingLot }) => {
      const size = parsePageSize(first);
      const page = { limit: size + 1, after: after === null || after === undefined ? undefined : parseDiscardedCursor(after) };
      return toDiscardedConnection(await parkingLot.listDiscarded(page), page);
    },
  },

  Mutation: {
    pauseProcessing: async (_, __, { control }) => {
      await control.setPaused(true);
      return readState(control);
    },
    resumeProcessing: async (_, __, { control }) => {
      await control.setPaused(false);
      return readState(control);
    },
    redriveDeadLetters: async (_, { limit }, { control, parkingLot }) => {
      await parkingLot.redrive(limit);
      return readState(control);
    },
    redriveDeadLetter: async (_, { id }, { control, parkingLot }) => {
      await parkingLot.redriveOne(id);
      return readState(control);
    },
    discardDeadLetter: async (_, { id, reason, by }, { control, parkingLot, caller }) => {
      const discard = {
        reason: parseText(reason, 'reason', { min: 3, max: 1_000 }),
        by: parseOptionalText(by, 'by', { min: 1, max: 200 }),
        requestId: caller.requestId,
      };
      await parkingLot.discard(id, discard);
      return readState(control);
    },
  },

  Subscription: {
    paymentProcessed: {
      subscribe: (_, { userId, after }, { events }) => events.subscribe({ userId: parseUserId(userId), after: after ?? undefined }),
      resolve: (event: ProcessedEvent) => event,
    },
  },

  Payment: {
    __resolveReference: ({ id }, { payments }) => payments.load(String(id)),
    user: ({ userId }) => ({ id: userId }),
    amount: ({ amountMinor, currency }) => ({ amountMinor, currency }),
  },

  User: {
    __resolveReference: ({ id }) => (String(id).includes('\0') ? null : { id: String(id) }),
    payments: async ({ id }, args, { paymentsOfUser }) => {
      const page = parsePage(args);
      return toPaymentConnection(await paymentsOfUser.load({ userId: id, page }), page);
    },
  },

  // Asked of the broker only when selected: an operator can pause while it is away.
  ProcessingState: {
    waiting: (_, __, { backlog }) => backlog.countWaiting(),
    deadLettered: (_, __, { parkingLot }) => parkingLot.count(),
  },

  DeadLetter: { paymentId: toPaymentId },
  DiscardedDeadLetter: { paymentId: toPaymentId },

  Money: {
    amount: (money) => formatAmount(money),
  },
};

function toPaymentId({ subject }: { readonly subject: string | null }): string | null {
  return subject !== null && isUuid(subject) ? subject.toLowerCase() : null;
}

async function readState(control: RequestContext['control']): Promise<PausedState> {
  return { paused: await control.isPaused() };
}

/** Any text may be somebody's id, but PostgreSQL does not take every text. */
function parseUserId(userId: string | null | undefined): string | undefined {
  return parseOptionalText(userId, 'userId', { min: 0, max: 200 }) ?? undefined;
}

const KIND = 'payments';

/** One row more than is asked for tells whether there is a next page. */
function parsePage({ first, after, status }: Omit<QueryPaymentsArgs, 'userId'>): PaymentPage {
  const limit = parsePageSize(first) + 1;
  return {
    limit,
    after: after === undefined || after === null ? undefined : toKey(parseCursor(after, KIND, isPaymentKey)),
    status: status ?? undefined,
  };
}

function toPaymentConnection(rows: readonly PaymentRow[], page: PaymentPage): Connection<PaymentRow> {
  return toConnection(rows, {
    size: page.limit - 1,
    after: page.after !== undefined,
    cursorOf: ({ requestedAt, id }) => ({ kind: KIND, key: [String(requestedAt.getTime()), id] }),
  });
}

function isPaymentKey([requestedAt, id, ...others]: readonly string[]): boolean {
  return others.length === 0 && /^[0-9]{1,15}$/.test(requestedAt ?? '') && isUuid(id ?? '');
}

function toKey([requestedAt, id]: readonly string[]): { requestedAt: Date; id: string } {
  return { requestedAt: new Date(Number(requestedAt)), id: id ?? '' };
}
