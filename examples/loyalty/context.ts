import type { Caller, CallerContext } from '../../subgraphs/caller.ts';
import type { LoyaltyDatabase } from './loyalty-database.ts';
import type { PointsEvents } from './points-events.ts';
import {
  createHistoryLoader,
  createPointsOfPaymentLoader,
  createTotalLoader,
  type HistoryLoader,
  type PointsOfPaymentLoader,
  type TotalLoader,
} from './points-loader.ts';

/** A user as loyalty knows one: by id alone, and whether there is such a user is for the users service to say. */
export interface UserReference {
  readonly id: string;
}

/** A payment as loyalty knows one: by id alone. */
export interface PaymentReference {
  readonly id: string;
}

/** What the resolvers of one request, or of one event, work with. */
export interface RequestContext extends CallerContext {
  readonly pointsOfPayment: PointsOfPaymentLoader;
  readonly total: TotalLoader;
  readonly history: HistoryLoader;
  readonly events: Pick<PointsEvents, 'subscribe'>;
}

export function createRequestContext(
  caller: Caller,
  { db, events }: { db: LoyaltyDatabase } & Pick<RequestContext, 'events'>,
): RequestContext {
  return {
    caller,
    pointsOfPayment: createPointsOfPaymentLoader(db),
    total: createTotalLoader(db),
    history: createHistoryLoader(db),
    events,
  };
}
