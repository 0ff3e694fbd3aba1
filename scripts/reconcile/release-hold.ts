import { sql } from '../../platform/storage/database.ts';
import type { PaymentsDatabase } from '../../subgraphs/payments/payments-database.ts';
import type { BrokerCounts } from './look-at-broker.ts';

/** Whether payments was restored, and books nothing until it has been told what users knows. */
export async function isHeld(payments: PaymentsDatabase): Promise<boolean> {
  const { rows } = await sql<{ held: boolean }>`select awaits_reconcile as held from processing_control`.execute(payments);
  return rows[0]?.held ?? false;
}

export async function releaseHold(payments: PaymentsDatabase): Promise<void> {
  await sql`update processing_control set awaits_reconcile = false`.execute(payments);
}

/** Whether an outcome of the lost time may still be on its way to users: users would then learn after the comparison what payments has forgotten. */
export function mayBringOutcomes({ outcomes }: BrokerCounts): boolean {
  return outcomes.waiting + outcomes.retrying > 0;
}
