import type { OutboxSchema } from '../../platform/messaging/outbox.ts';
import { deletePublishedRows } from '../../platform/messaging/outbox-retention.ts';
import type { RetentionTask } from '../retention.ts';

export interface PaymentsRetention {
  /** How long an outcome's event stays in the outbox, which subscriptions replay from. */
  readonly eventsMs: number;
}

/** What payments does not keep for ever. Payments and ledger entries are not among it. */
export function paymentsRetention({ eventsMs }: PaymentsRetention): RetentionTask<OutboxSchema>[] {
  return [
    {
      what: 'events',
      async clean(trx, limit) {
        const removed = await deletePublishedRows(trx, { keepMs: eventsMs, limit });
        return { removed, more: removed === limit };
      },
    },
  ];
}
