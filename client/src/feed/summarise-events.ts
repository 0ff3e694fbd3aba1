import { formatMoney } from '../money.ts';
import type { PaymentEventRecord } from './payment-event-record.ts';

/** What a batch of events is in one short sentence, to be read out. */
export function summariseEvents(events: readonly PaymentEventRecord[]): string {
  const [only] = events;
  if (only && events.length === 1) {
    const { user, amount, status } = only.payment;
    return `${user.name}, ${formatMoney(amount.amount, amount.currency)}, ${status.toLowerCase()}`;
  }
  const failed = events.filter(({ payment }) => payment.status === 'FAILED').length;
  return `${events.length.toLocaleString()} payments: ${(events.length - failed).toLocaleString()} processed, ${failed.toLocaleString()} failed`;
}
