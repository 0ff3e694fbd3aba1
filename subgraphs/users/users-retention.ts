import type { OutboxSchema } from '../../platform/messaging/outbox.ts';
import { deletePublishedRows } from '../../platform/messaging/outbox-retention.ts';
import type { RetentionTask } from '../retention.ts';
import { forgetDepositKeys, forgetRequestKeys } from './forget-keys.ts';
import { forgetRefusals } from './refused-keys.ts';

export interface UsersRetention {
  /** How long an idempotency key means the payment, refusal or deposit that it came with first. */
  readonly keysMs: number;
  /** How long a published request stays in the outbox. One that is needed later is written anew from the payment. */
  readonly outboxMs: number;
}

/** What users does not keep for ever. */
export function usersRetention({ keysMs, outboxMs }: UsersRetention): RetentionTask<OutboxSchema>[] {
  return [
    { what: 'idempotency keys of payments', clean: (trx, limit) => forgetRequestKeys(trx, { keepMs: keysMs, limit }) },
    { what: 'idempotency keys of deposits', clean: (trx, limit) => forgetDepositKeys(trx, { keepMs: keysMs, limit }) },
    { what: 'idempotency keys of refused payments', clean: (trx, limit) => forgetRefusals(trx, { keepMs: keysMs, limit }) },
    {
      what: 'published requests',
      async clean(trx, limit) {
        const removed = await deletePublishedRows(trx, { keepMs: outboxMs, limit });
        return { removed, more: removed === limit };
      },
    },
  ];
}
