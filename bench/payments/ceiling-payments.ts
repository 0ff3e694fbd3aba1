import { v7 as uuidv7 } from 'uuid';
import type { CloudEvent } from '../../platform/messaging/messages.ts';
import { toOutcomeMessage, toRequestMessage } from '../../subgraphs/payment-topology.ts';

/** A payment as the ceilings write and send it: the very bytes that our services would. */
export interface CeilingPayment {
  readonly id: string;
  readonly userId: string;
  readonly at: Date;
  readonly request: CloudEvent<string, unknown>;
  readonly outcome: CloudEvent<string, unknown>;
}

export function makePayment(userId: string): CeilingPayment {
  const id = uuidv7();
  const at = new Date();
  const facts = { paymentId: id, userId, amountMinor: 100n, currency: 'MXN', requestedAt: at };
  return {
    id,
    userId,
    at,
    request: toRequestMessage({ ...facts, description: null }).event,
    outcome: toOutcomeMessage({ ...facts, processedAt: at, failureReason: null }).event,
  };
}

/** Of one round of a ceiling. */
export interface CeilingRound {
  readonly payments: number;
  readonly perSecond: number;
  /** Milliseconds of processor time per payment, by process; `load` is the one that drives it. */
  readonly cpuMs: Readonly<Record<string, number>>;
}
