import { parseOptionalText } from '../../subgraphs/client-input.ts';
import { parseCursor, parsePageSize, toConnection } from '../../subgraphs/connections.ts';
import { dateTimeScalar } from '../../subgraphs/scalars.ts';
import { isUuid } from '../../subgraphs/uuid.ts';
import { toTier } from './points.ts';
import { formatEventCursor } from './points-events.ts';
import type { EarnedPointsRow } from './points-store.ts';
import type { Resolvers } from './resolvers.generated.ts';

const KIND = 'earned-points';

export const resolvers: Resolvers = {
  DateTime: dateTimeScalar,

  // The gateway asks for fields of ours by the key that it got elsewhere. PostgreSQL takes no NUL, so nobody has such an id.
  User: {
    __resolveReference: ({ id }) => (String(id).includes('\0') ? null : { id: String(id) }),
    loyalty: (user) => user,
  },
  Payment: {
    __resolveReference: ({ id }) => ({ id: String(id) }),
    points: async ({ id }, _, { pointsOfPayment }) => (await pointsOfPayment.load(id))?.points ?? null,
  },

  Loyalty: {
    points: ({ id }, _, { total }) => total.load(id),
    tier: async ({ id }, _, { total }) => toTier(await total.load(id)),
    history: async ({ id }, { first, after }, { history }) => {
      const size = parsePageSize(first);
      const key = after === undefined || after === null ? undefined : toKey(parseCursor(after, KIND, isKey));
      const rows = await history.load({ userId: id, page: { limit: size + 1, after: key } }); // one more tells whether there is a next page
      return toConnection(rows, {
        size,
        after: key !== undefined,
        cursorOf: ({ earnedAt, paymentId }) => ({ kind: KIND, key: [String(earnedAt.getTime()), paymentId] }),
      });
    },
  },

  EarnedPoints: {
    payment: ({ paymentId }) => ({ id: paymentId }),
  },

  Subscription: {
    pointsEarned: {
      subscribe: (_, { userId, after }, { events }) =>
        events.subscribe({ userId: parseOptionalText(userId, 'userId', { min: 0, max: 200 }) ?? undefined, after: after ?? undefined }),
      resolve: (event: EarnedPointsRow) => event,
    },
  },
  PointsEarned: {
    cursor: formatEventCursor,
    user: ({ userId }) => ({ id: userId }),
    payment: ({ paymentId }) => ({ id: paymentId }),
  },
};

function isKey([earnedAt, paymentId, ...others]: readonly string[]): boolean {
  return others.length === 0 && /^[0-9]{1,15}$/.test(earnedAt ?? '') && isUuid(paymentId ?? '');
}

function toKey([earnedAt, paymentId]: readonly string[]): { earnedAt: Date; paymentId: string } {
  return { earnedAt: new Date(Number(earnedAt)), paymentId: paymentId ?? '' };
}
