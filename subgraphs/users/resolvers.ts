import { parseCursor, parsePageSize, toConnection } from '../connections.ts';
import { formatAmount } from '../money.ts';
import { currencyScalar, dateTimeScalar, decimalScalar } from '../scalars.ts';
import type { Resolvers } from './resolvers.generated.ts';
import { remember } from './user-loader.ts';
import { isUserId } from './user-store.ts';

export const resolvers: Resolvers = {
  Decimal: decimalScalar,
  Currency: currencyScalar,
  DateTime: dateTimeScalar,

  Query: {
    user: (_, { id }, { users }) => users.load(id),
    users: async (_, { first, after }, { users, listUsers }) => {
      const size = parsePageSize(first);
      const [afterId] = after === undefined || after === null ? [] : parseCursor(after, 'users', isUserKey);
      const rows = await listUsers({ afterId, limit: size + 1 });
      for (const row of rows) remember(users, row);
      return toConnection(rows, { size, after: afterId !== undefined, cursorOf: ({ id }) => ({ kind: 'users', key: [id] }) });
    },
  },

  Mutation: {
    createUser: async (_, { input }, { users, createUser }) => remember(users, await createUser(input)),
    deposit: async (_, { input }, { users, deposit }) => remember(users, await deposit(input)),
    pay: async (_, { input }, { users, pendingRequests, pay }) => {
      const accepted = await pay(input);
      remember(users, accepted.user);
      pendingRequests.clear(accepted.user.id);
      return accepted;
    },
  },

  User: {
    __resolveReference: ({ id }, { users }) => users.load(String(id)),
    balance: ({ balanceMinor, currency }) => ({ amountMinor: balanceMinor, currency }),
    pendingPayments: ({ id }, _, { pendingRequests }) => pendingRequests.load(id),
  },

  // Fields that users answers for until payments knows the payment: see @provides in the schema.
  Payment: {
    __resolveReference: ({ id }, { requests }) => requests.load(String(id)),
    user: async ({ id, userId }, _, { users }) => {
      const user = await users.load(userId);
      if (!user) throw new Error(`payment ${id} has no user ${userId}`);
      return user;
    },
    amount: ({ amountMinor, currency }) => ({ amountMinor, currency }),
  },

  Money: {
    amount: (money) => formatAmount(money),
  },
};

function isUserKey(key: readonly string[]): boolean {
  return key.length === 1 && isUserId(key[0] ?? '');
}
