import { useState } from 'react';
import { Card } from '../design/card.tsx';
import { formatMoment } from '../design/format-moment.ts';
import { formatMoney } from '../money.ts';
import { Bars } from './bars.tsx';
import { ChartTable } from './chart-table.tsx';
import { Chart } from './chart.tsx';
import { atDigits, formatExact } from './exact-amount.ts';
import { MINUTE_MS, currenciesOf, totalOf, type Minute } from './minute-series.ts';
import { toScale } from './scale.ts';

/** What was processed per minute, of one currency at a time. Sums are exact; only a bar's height is rounded. */
export function AmountsChart({ series, now }: { readonly series: readonly Minute[]; readonly now: number }) {
  const [chosen, setChosen] = useState('');
  const currencies = currenciesOf(series);
  const currency = currencies.includes(chosen) ? chosen : (currencies[0] ?? '');
  const total = totalOf(series, currency);
  const minor = (minute: Minute): bigint => atDigits(minute.amounts.get(currency) ?? { minor: 0n, digits: 0 }, total.digits);
  const money = (value: bigint): string => formatMoney(formatExact({ minor: value, digits: total.digits }), currency);
  const scale = toScale(series.map(minor).reduce((most, value) => (value > most ? value : most), 0n));
  const compact = new Intl.NumberFormat(undefined, { notation: 'compact' });
  const from = series[0]?.startsAt ?? now;
  const minuteOf = ({ startsAt }: Minute): string => formatMoment(new Date(startsAt).toISOString(), 'minute');
  return (
    <Card
      title={`Amount per minute${currency && `, ${currency}`}`}
      actions={
        currencies.length > 1 && (
          <select className="select" aria-label="Currency" value={currency} onChange={(event) => setChosen(event.target.value)}>
            {currencies.map((code) => (
              <option key={code}>{code}</option>
            ))}
          </select>
        )
      }
    >
      <Chart
        summary={
          currency
            ? `Amount processed per minute in the last ${series.length} minutes: ${money(total.minor)} in all`
            : `Amount processed per minute in the last ${series.length} minutes: nothing yet`
        }
        scale={scale}
        formatTick={(tick) =>
          currency ? compact.format(formatExact({ minor: tick, digits: total.digits }) as Intl.StringNumericLiteral) : ''
        }
        from={from}
        to={from + series.length * MINUTE_MS}
      >
        {(plot) => (
          <Bars
            plot={plot}
            bars={series.map((minute) => ({
              key: minute.startsAt,
              title: currency ? `${minuteOf(minute)}: ${money(minor(minute))}` : minuteOf(minute),
              parts: [{ tone: 'amount', share: scale.share(minor(minute)) }],
            }))}
          />
        )}
      </Chart>
      <ChartTable
        caption="Amount processed per minute, newest first"
        rows={series.filter((minute) => minor(minute) > 0n).toReversed()}
        rowKey={({ startsAt }) => String(startsAt)}
        columns={[
          { header: 'Minute', cell: minuteOf },
          { header: 'Amount', cell: (minute) => money(minor(minute)), align: 'end' },
        ]}
      />
    </Card>
  );
}
