import { Card } from '../design/card.tsx';
import { formatMoment } from '../design/format-moment.ts';
import type { LatencySample } from '../feed/mutation-latencies.ts';
import { ChartTable } from './chart-table.tsx';
import { Chart } from './chart.tsx';
import { formatLatency, percentile } from './percentile.ts';
import { toScale } from './scale.ts';

export interface LatencyChartProps {
  readonly samples: readonly LatencySample[];
  readonly from: number;
  readonly to: number;
}

/** From the click on Pay to the event, a dot for each payment of this browser, with p50 and p95. */
export function LatencyChart({ samples, from, to }: LatencyChartProps) {
  const shown = samples.filter(({ at }) => at >= from && at <= to);
  const values = shown.map(({ latencyMs }) => latencyMs);
  const lines = [
    { name: 'p50', value: percentile(values, 0.5) },
    { name: 'p95', value: percentile(values, 0.95) },
  ] as const;
  const toWhole = (ms: number): bigint => BigInt(Math.round(ms));
  const scale = toScale(toWhole(Math.max(0, ...values)));
  const words = lines.map(({ name, value }) => `${name} ${formatLatency(value)}`).join(', ');
  return (
    <Card
      title="From the click to the outcome"
      actions={
        <ul className="chart-legend">
          {lines.map(({ name, value }) => (
            <li key={name} className={`chart-legend-${name}`}>
              {name} {formatLatency(value)}
            </li>
          ))}
        </ul>
      }
    >
      <Chart
        summary={
          values.length === 0
            ? 'Latency from the click to the outcome: no payment was made in this browser yet'
            : `Latency from the click to the outcome of ${values.length} payments made in this browser: ${words}`
        }
        scale={scale}
        formatTick={(tick) => (values.length === 0 ? '' : formatLatency(Number(tick)))}
        from={from}
        to={to}
      >
        {(plot) => (
          <>
            {lines.map(({ name, value }) => {
              if (value === undefined) return null;
              const y = plot.height * (1 - scale.share(toWhole(value)));
              return <line key={name} className={`chart-line chart-line-${name}`} x1="0" x2={plot.width} y1={y} y2={y} />;
            })}
            {shown.map(({ paymentId, at, latencyMs }) => (
              <circle
                key={paymentId}
                className="chart-dot"
                r="3.5"
                cx={plot.width * ((at - from) / (to - from))}
                cy={plot.height * (1 - scale.share(toWhole(latencyMs)))}
              >
                <title>{formatLatency(latencyMs)}</title>
              </circle>
            ))}
            {values.length === 0 && (
              <text className="chart-empty" x={plot.width / 2} y={plot.height / 2} textAnchor="middle">
                Pay from this browser to see it
              </text>
            )}
          </>
        )}
      </Chart>
      <ChartTable
        caption="Latencies of this browser's payments, newest first"
        rows={shown.toReversed().slice(0, 50)}
        rowKey={({ paymentId }) => paymentId}
        columns={[
          { header: 'Time', cell: ({ at }) => formatMoment(new Date(at).toISOString(), 'time') },
          { header: 'Payment', cell: ({ paymentId }) => <span className="mono">{paymentId}</span> },
          { header: 'Latency', cell: ({ latencyMs }) => formatLatency(latencyMs), align: 'end' },
        ]}
      />
    </Card>
  );
}
