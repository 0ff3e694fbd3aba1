import type { Caller, CallerContext } from '../caller.ts';
import { createUser, type CreateUser } from './create-user.ts';
import { deposit, type Deposit } from './deposit.ts';
import type { AcceptedPayment, Pay } from './pay.ts';
import { createPendingRequestsLoader, createRequestLoader, type PendingRequestsLoader, type RequestLoader } from './request-loader.ts';
import { createUserLoader, type UserLoader } from './user-loader.ts';
import { listUsers, type UserRow } from './user-store.ts';
import type { UsersDatabase } from './users-database.ts';

/** What the resolvers of one request work with. */
export interface RequestContext extends CallerContext {
  readonly users: UserLoader;
  readonly requests: RequestLoader;
  readonly pendingRequests: PendingRequestsLoader;
  readonly listUsers: (page: { afterId: string | undefined; limit: number }) => Promise<readonly UserRow[]>;
  readonly createUser: (input: CreateUser) => Promise<UserRow>;
  readonly deposit: (input: Deposit) => Promise<UserRow>;
  readonly pay: (input: Pay) => Promise<AcceptedPayment>;
}

export function createRequestContext(caller: Caller, { db, pay }: { db: UsersDatabase; pay: RequestContext['pay'] }): RequestContext {
  return {
    caller,
    users: createUserLoader(db),
    requests: createRequestLoader(db),
    pendingRequests: createPendingRequestsLoader(db),
    listUsers: (page) => listUsers(db, page),
    createUser: (input) => createUser(db, input),
    deposit: (input) => deposit(db, input),
    pay,
  };
}
