import type { PaymentEventRecord } from '../feed/payment-event-record.ts';
import { addExact, parseExact, type ExactAmount } from './exact-amount.ts';

export const MINUTE_MS = 60_000;

/** What ended in one minute. */
export interface Minute {
  /** Milliseconds since 1970. */
  readonly startsAt: number;
  readonly processed: number;
  readonly failed: number;
  /** Sum of what was processed, by currency. Different currencies are never added. */
  readonly amounts: ReadonlyMap<string, ExactAmount>;
}

/**
 * The minutes up to now, oldest first, the running one last; minutes in which nothing happened are there too.
 * @param events in any order; those outside are left out, and those ahead of this computer's clock count as now
 */
export function toMinuteSeries(events: readonly PaymentEventRecord[], nowMs: number, minutes: number): readonly Minute[] {
  const last = Math.floor(nowMs / MINUTE_MS);
  const first = last - minutes + 1;
  const series = Array.from({ length: minutes }, (_, index) => ({
    startsAt: (first + index) * MINUTE_MS,
    processed: 0,
    failed: 0,
    amounts: new Map<string, ExactAmount>(),
  }));
  for (const { occurredAt, payment } of events) {
    const minute = series[Math.min(last, Math.floor(Date.parse(occurredAt) / MINUTE_MS)) - first];
    if (!minute) continue;
    if (payment.status === 'FAILED') minute.failed += 1;
    else {
      minute.processed += 1;
      const { amount, currency } = payment.amount;
      const before = minute.amounts.get(currency);
      const exact = parseExact(amount);
      minute.amounts.set(currency, before ? addExact(before, exact) : exact);
    }
  }
  return series;
}

/** The currencies of these minutes, the one of most minutes first. */
export function currenciesOf(series: readonly Minute[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { amounts } of series) for (const currency of amounts.keys()) counts.set(currency, (counts.get(currency) ?? 0) + 1);
  return [...counts].sort(([one, ones], [other, others]) => others - ones || one.localeCompare(other)).map(([currency]) => currency);
}

/** Everything of one currency. */
export function totalOf(series: readonly Minute[], currency: string): ExactAmount {
  return series.reduce<ExactAmount>((sum, { amounts }) => addExact(sum, amounts.get(currency) ?? { minor: 0n, digits: 0 }), {
    minor: 0n,
    digits: 0,
  });
}
