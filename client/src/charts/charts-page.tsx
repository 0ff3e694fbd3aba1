import { useMemo } from 'react';
import { formatMoment } from '../design/format-moment.ts';
import { Page } from '../design/page.tsx';
import { Stat } from '../design/stat.tsx';
import { ConnectionLine } from '../feed/connection-line.tsx';
import { MAX_EVENTS } from '../feed/payment-event-store.ts';
import { usePaymentEvents } from '../feed/payment-events.ts';
import { formatMoney } from '../money.ts';
import { AmountsChart } from './amounts-chart.tsx';
import { formatExact } from './exact-amount.ts';
import { LatencyChart } from './latency-chart.tsx';
import { MINUTE_MS, currenciesOf, toMinuteSeries, totalOf } from './minute-series.ts';
import { PaymentsChart } from './payments-chart.tsx';
import { formatLatency, percentile } from './percentile.ts';
import { useNow } from './use-now.ts';
import './charts.css';

const MINUTES = 30;

/** The last half hour as this page has heard of it: payments and amounts per minute, and how long outcomes take. */
export function ChartsPage() {
  const { events, latencies, startedAt } = usePaymentEvents();
  const ticking = useNow(5_000);
  const now = Math.max(ticking, latencies.at(-1)?.at ?? 0);
  const minute = Math.floor(now / MINUTE_MS);
  const series = useMemo(() => toMinuteSeries(events, minute * MINUTE_MS, MINUTES), [events, minute]);
  const from = series[0]?.startsAt ?? now;
  const to = from + MINUTES * MINUTE_MS;

  const processed = series.reduce((total, each) => total + each.processed, 0);
  const failed = series.reduce((total, each) => total + each.failed, 0);
  const [currency] = currenciesOf(series);
  const recent = latencies.filter(({ at }) => at >= from).map(({ latencyMs }) => latencyMs);
  const since = formatMoment(new Date(startedAt).toISOString(), 'time');
  return (
    <Page
      title="Charts"
      lead={`The last ${MINUTES} minutes, counted since this page began to listen at ${since}${events.length >= MAX_EVENTS ? `; only the newest ${MAX_EVENTS.toLocaleString()} payments` : ''}.`}
    >
      <ConnectionLine />
      <dl className="tiles chart-tiles">
        <Stat label="Processed" value={processed.toLocaleString()} tone={processed > 0 ? 'good' : 'neutral'} />
        <Stat label="Failed" value={failed.toLocaleString()} tone={failed > 0 ? 'bad' : 'neutral'} />
        <Stat label="Amount" value={currency ? formatMoney(formatExact(totalOf(series, currency)), currency) : '–'} />
        <Stat label="Latency p50" value={formatLatency(percentile(recent, 0.5))} hint="this browser's payments" />
        <Stat label="Latency p95" value={formatLatency(percentile(recent, 0.95))} hint="this browser's payments" />
      </dl>
      <PaymentsChart series={series} now={now} />
      <AmountsChart series={series} now={now} />
      <LatencyChart samples={latencies} from={from} to={to} />
    </Page>
  );
}
