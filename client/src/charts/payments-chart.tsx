import { Card } from '../design/card.tsx';
import { formatMoment } from '../design/format-moment.ts';
import { Bars } from './bars.tsx';
import { ChartTable } from './chart-table.tsx';
import { Chart } from './chart.tsx';
import { MINUTE_MS, type Minute } from './minute-series.ts';
import { toScale } from './scale.ts';

/** Payments per minute by status, as stacked bars. */
export function PaymentsChart({ series, now }: { readonly series: readonly Minute[]; readonly now: number }) {
  const scale = toScale(BigInt(Math.max(0, ...series.map(({ processed, failed }) => processed + failed))));
  const sum = (of: 'processed' | 'failed'): number => series.reduce((total, minute) => total + minute[of], 0);
  const from = series[0]?.startsAt ?? now;
  const minuteOf = ({ startsAt }: Minute): string => formatMoment(new Date(startsAt).toISOString(), 'minute');
  return (
    <Card
      title="Payments per minute"
      actions={
        <ul className="chart-legend">
          <li className="chart-legend-processed">Processed</li>
          <li className="chart-legend-failed">Failed</li>
        </ul>
      }
    >
      <Chart
        summary={`Payments per minute in the last ${series.length} minutes: ${sum('processed')} processed, ${sum('failed')} failed`}
        scale={scale}
        formatTick={(tick) => tick.toLocaleString()}
        from={from}
        to={from + series.length * MINUTE_MS}
      >
        {(plot) => (
          <Bars
            plot={plot}
            bars={series.map((minute) => ({
              key: minute.startsAt,
              title: `${minuteOf(minute)}: ${minute.processed} processed, ${minute.failed} failed`,
              parts: [
                { tone: 'processed', share: scale.share(BigInt(minute.processed)) },
                { tone: 'failed', share: scale.share(BigInt(minute.failed)) },
              ],
            }))}
          />
        )}
      </Chart>
      <ChartTable
        caption="Payments per minute, newest first"
        rows={series.filter(({ processed, failed }) => processed + failed > 0).toReversed()}
        rowKey={({ startsAt }) => String(startsAt)}
        columns={[
          { header: 'Minute', cell: minuteOf },
          { header: 'Processed', cell: ({ processed }) => processed.toLocaleString(), align: 'end' },
          { header: 'Failed', cell: ({ failed }) => failed.toLocaleString(), align: 'end' },
        ]}
      />
    </Card>
  );
}
