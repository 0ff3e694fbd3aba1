import type { Difference } from './difference.ts';
import type { QueueCounts } from './look-at-broker.ts';
import { type OutboxCounts, type ReconcileReport } from './reconcile.ts';

/** The report for people, differences one on a line. */
export function printReport(report: ReconcileReport): string {
  const { users, payments, broker, differences, leftOut, mended } = report;
  const lines = [
    `users     ${users.pending + users.processed + users.failed} payments accepted: ${users.processed} processed, ${users.failed} failed, ${users.pending} pending${users.pending > 0 ? ` (the oldest for ${Math.round(users.oldestPendingSeconds)} s)` : ''}; ${users.balances} balances; ${toOutbox(users.outbox)}`,
    `payments  ${payments.processed + payments.failed} payments decided: ${payments.processed} processed, ${payments.failed} failed; ${payments.ledgerEntries} ledger entries; ${toOutbox(payments.outbox)}`,
    broker === null
      ? 'broker    does not answer, so its queues are not counted'
      : `broker    requests: ${toQueue(broker.requests)}; outcomes: ${toQueue(broker.outcomes)}`,
    '',
    ...differences.map(
      ({ kind, paymentId, userId, amount, problem, mend }) =>
        `${kind}  ${paymentId === null ? '' : `payment ${paymentId}, `}user ${userId}, ${amount}: ${problem}. ${toRemedy(mend, mended !== null)}`,
    ),
    ...(leftOut > 0 ? [`… and ${leftOut} payments more`] : []),
    differences.length === 0 ? 'No differences.' : `${differences.length + leftOut} differences.`,
    ...(mended === null || mended.records === 0 ? [] : [`${mended.records} payments are recorded again as users heard of them.`]),
    ...(mended === null || mended.requests + mended.outcomes === 0
      ? []
      : [`${mended.requests} requests and ${mended.outcomes} outcomes are published again: run this once more when they have arrived.`]),
    ...(payments.awaitsReconcile ? [toHold(report)] : []),
    ...(differences.length === 0 && hasParked(report) ? ['Messages were set aside: see deadLetters, or the operator page.'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function toHold({ mended, broker }: ReconcileReport): string {
  const what = 'payments was restored, and books nothing until it has been told what it lost';
  if (mended === null) return `${what}: run this with --mend.`;
  const why =
    broker === null
      ? 'RabbitMQ does not answer (if the system runs without one, say so with AMQP_URL=memory:)'
      : 'outcomes are still on their way to users, or there is more than one run can do';
  return `${what}: ${why}. Run this once more.`;
}

function hasParked({ broker }: ReconcileReport): boolean {
  return broker !== null && broker.requests.parked + broker.outcomes.parked > 0;
}

function toOutbox({ unpublished, oldestSeconds }: OutboxCounts): string {
  return unpublished === 0 ? 'all is published' : `${unpublished} not published, the oldest for ${Math.round(oldestSeconds)} s`;
}

function toQueue({ waiting, retrying, parked }: QueueCounts): string {
  return `${waiting} waiting, ${retrying} waiting for another attempt, ${parked} set aside`;
}

function toRemedy(mend: Difference['mend'], mended: boolean): string {
  if (mend === null) return 'A person must decide.';
  if (mend === 'record') return mended ? 'It is recorded again, as users heard it.' : '--mend records it again, as users heard it.';
  return mended ? `Its ${mend} is published again.` : `--mend publishes its ${mend} again.`;
}
