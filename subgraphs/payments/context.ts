import type { Caller, CallerContext } from '../caller.ts';
import type { Backlog } from './backlog.ts';
import type { ParkingLot } from './parking-lot.ts';
import { createPaymentLoader, createUserPaymentsLoader, type PaymentLoader, type UserPaymentsLoader } from './payment-loader.ts';
import { listPayments, listPaymentsOfUsers, type PaymentPage, type PaymentRow } from './payment-store.ts';
import type { PaymentsDatabase } from './payments-database.ts';
import type { ProcessedEvents } from './processed-events.ts';
import type { ProcessingControl } from './processing-control.ts';

/** A user as payments knows one: by id alone, and whether there is such a user is for the users service to say. */
export interface UserReference {
  readonly id: string;
}

/** What is known of the processing without asking the broker. */
export interface PausedState {
  readonly paused: boolean;
}

/** What the resolvers of one request, or of one event, work with. */
export interface RequestContext extends CallerContext {
  readonly payments: PaymentLoader;
  readonly paymentsOfUser: UserPaymentsLoader;
  /** @param userId only this user's payments */
  readonly listPayments: (page: PaymentPage, userId: string | undefined) => Promise<readonly PaymentRow[]>;
  readonly control: Pick<ProcessingControl, 'isPaused' | 'setPaused'>;
  readonly backlog: Backlog;
  readonly parkingLot: ParkingLot;
  readonly events: Pick<ProcessedEvents, 'newestCursor' | 'subscribe'>;
}

export function createRequestContext(
  caller: Caller,
  { db, ...shared }: { db: PaymentsDatabase } & Pick<RequestContext, 'control' | 'backlog' | 'parkingLot' | 'events'>,
): RequestContext {
  return {
    caller,
    payments: createPaymentLoader(db),
    paymentsOfUser: createUserPaymentsLoader(db),
    listPayments: (page, userId) => (userId === undefined ? listPayments(db, page) : listPaymentsOfUsers(db, [userId], page)),
    ...shared,
  };
}
