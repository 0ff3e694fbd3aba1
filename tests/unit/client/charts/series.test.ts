import { describe, expect, it } from '@jest/globals';
import { addExact, formatExact, parseExact } from '../../../../client/src/charts/exact-amount.ts';
import { currenciesOf, toMinuteSeries, totalOf } from '../../../../client/src/charts/minute-series.ts';
import { formatLatency, percentile } from '../../../../client/src/charts/percentile.ts';
import { toScale } from '../../../../client/src/charts/scale.ts';
import { testEvent } from '../feed/test-event.ts';

const at = (time: string): string => `2026-01-31T${time}.000Z`;
const now = Date.parse(at('12:02:30'));

describe('payments per minute', () => {
  it('are counted by status, with the empty minutes', () => {
    const events = [
      testEvent({ occurredAt: at('12:02:10') }),
      testEvent({ occurredAt: at('12:00:59'), status: 'FAILED' }),
      testEvent({ occurredAt: at('12:00:00') }),
    ];

    const counts = toMinuteSeries(events, now, 3).map(({ processed, failed }) => [processed, failed]);

    expect(counts).toEqual([
      [1, 1],
      [0, 0],
      [1, 0],
    ]);
  });

  it('leave out what is older, and count what is ahead of this clock as now', () => {
    const series = toMinuteSeries([testEvent({ occurredAt: at('11:00:00') }), testEvent({ occurredAt: at('12:09:00') })], now, 3);

    expect(series.map(({ processed }) => processed)).toEqual([0, 0, 1]);
  });
});

describe('amounts', () => {
  it('are added exactly, also beyond what a float holds, and never across currencies', () => {
    const events = [
      testEvent({ occurredAt: at('12:01:00'), amount: '90071992547409.93' }),
      testEvent({ occurredAt: at('12:01:00'), amount: '0.01' }),
      testEvent({ occurredAt: at('12:02:00'), amount: '0.10' }),
      testEvent({ occurredAt: at('12:02:00'), amount: '500', currency: 'JPY' }),
    ];

    const series = toMinuteSeries(events, now, 3);

    expect(formatExact(totalOf(series, 'MXN'))).toBe('90071992547410.04');
    expect(formatExact(totalOf(series, 'JPY'))).toBe('500');
    expect(currenciesOf(series)).toEqual(['MXN', 'JPY']);
  });

  it('that were not taken do not count', () => {
    const series = toMinuteSeries([testEvent({ occurredAt: at('12:02:00'), status: 'FAILED' })], now, 3);

    expect(currenciesOf(series)).toEqual([]);
  });

  it('of different digits are added as the longer', () => {
    expect(formatExact(addExact(parseExact('1.5'), parseExact('0.025')))).toBe('1.525');
    expect(formatExact(parseExact('0.05'))).toBe('0.05');
    expect(() => parseExact('1e3')).toThrow('expected a decimal');
  });
});

describe('an axis', () => {
  it.each([
    [0n, 2n],
    [2n, 2n],
    [3n, 4n],
    [5n, 10n],
    [31n, 40n],
    [24_250n, 40_000n],
    [99_999n, 100_000n],
  ])('for %s ends at %s', (max, top) => {
    expect(toScale(max).top).toBe(top);
  });

  it('keeps money exact until it is a share of the height', () => {
    const scale = toScale(10n ** 30n);

    expect(scale.share(10n ** 30n)).toBe(1);
    expect(scale.share(5n * 10n ** 29n)).toBe(0.5);
    expect(scale.share(0n)).toBe(0);
  });
});

describe('percentiles', () => {
  it('are values that were measured', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);

    expect(percentile(values, 0.5)).toBe(50);
    expect(percentile(values, 0.95)).toBe(95);
    expect(percentile([7], 0.95)).toBe(7);
    expect(percentile([], 0.5)).toBeUndefined();
  });

  it('are said in milliseconds, then in seconds', () => {
    expect(formatLatency(87.4)).toBe('87 ms');
    expect(formatLatency(1_440)).toBe('1.4 sec');
    expect(formatLatency(undefined)).toBe('–');
  });
});
