import type { PaymentEventRecord } from './payment-event-record.ts';

export interface FeedAccount {
  readonly id: string;
  readonly name: string;
}

/** The accounts to choose from, by name: those that are known, and those that events (newest first) are of. */
export function toFeedAccounts(events: readonly PaymentEventRecord[], known: readonly FeedAccount[]): readonly FeedAccount[] {
  const names = new Map(known.map(({ id, name }) => [id, name]));
  for (const { payment } of events) if (!names.has(payment.user.id)) names.set(payment.user.id, payment.user.name);
  return [...names]
    .map(([id, name]) => ({ id, name }))
    .sort((one, other) => one.name.localeCompare(other.name) || one.id.localeCompare(other.id));
}

/** @param accountId empty: all */
export function ofAccount<Event extends PaymentEventRecord>(events: readonly Event[], accountId: string): readonly Event[] {
  return accountId === '' ? events : events.filter(({ payment }) => payment.user.id === accountId);
}
