/**
 * The nearest-rank percentile: the smallest value that at least this share of the values do not exceed.
 * @param share 0 to 1: 0.95 for p95
 * @returns undefined when there are no values
 */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** 87 ms, 1.4 s */
export function formatLatency(ms: number | undefined): string {
  if (ms === undefined) return '–';
  const unit = ms < 1_000 ? 'millisecond' : 'second';
  const value = ms < 1_000 ? Math.round(ms) : ms / 1_000;
  return new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 }).format(value);
}
