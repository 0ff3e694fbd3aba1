import type { Histogram, Registry } from './metrics.ts';

/** The durations of one kind of work. */
export interface DurationCell {
  /** @param startedAt of `performance.now()` */
  since(startedAt: number): void;
}

export interface Durations {
  /** The same cell for the same label: ask for it once and keep it. Labels must come from a small set: cells are never given up. */
  cell(label: string): DurationCell;
}

/** From something on the same machine to what has run into a timeout. */
const UPPER_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A histogram of seconds for what happens on every request: some additions each, made a metric of when somebody reads it. */
export function createDurations(
  registry: Registry,
  { name, help, labelName }: { name: string; help: string; labelName: string },
): Durations {
  const cells = new Map<string, Cell>();
  const read = () => ({
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    values: [...cells].filter(([, { count }]) => count > 0).flatMap(([label, cell]) => cell.values(name, { [labelName]: label })),
  });
  // All that a registry asks of a metric, in the two forms of prom-client's own histograms; its type has their inner parts too.
  const metric = {
    name,
    help,
    getForPromString: async () => read(),
    get: async () => {
      const all = read();
      return {
        ...all,
        values: all.values.map(({ labels, sharedLabels, ...value }) => ({ ...value, labels: { ...labels, ...sharedLabels } })),
      };
    },
    reset: () => cells.forEach((cell) => cell.reset()),
  };
  registry.registerMetric(metric as unknown as Histogram);
  return {
    cell(label) {
      let cell = cells.get(label);
      if (!cell) cells.set(label, (cell = new Cell()));
      return cell;
    },
  };
}

class Cell implements DurationCell {
  /** How many took no longer than the bound and longer than the one before. */
  #counts = UPPER_BOUNDS.map(() => 0);
  #sum = 0;
  count = 0;

  since(startedAt: number): void {
    const seconds = (performance.now() - startedAt) / 1_000;
    this.#sum += seconds;
    this.count += 1;
    for (let index = 0; index < UPPER_BOUNDS.length; index += 1) {
      if (seconds > (UPPER_BOUNDS[index] ?? 0)) continue;
      this.#counts[index] = (this.#counts[index] ?? 0) + 1;
      return;
    }
  }

  reset(): void {
    this.#counts = UPPER_BOUNDS.map(() => 0);
    this.#sum = 0;
    this.count = 0;
  }

  /** As Prometheus wants them: each bucket with those below it. */
  values(name: string, sharedLabels: Readonly<Record<string, string>>) {
    let below = 0;
    const bucket = (le: number | string, value: number) => ({ metricName: `${name}_bucket`, labels: { le }, sharedLabels, value });
    const buckets = UPPER_BOUNDS.map((le, index) => bucket(le, (below += this.#counts[index] ?? 0)));
    return [
      ...buckets,
      bucket('+Inf', this.count),
      { metricName: `${name}_sum`, labels: {}, sharedLabels, value: this.#sum },
      { metricName: `${name}_count`, labels: {}, sharedLabels, value: this.count },
    ];
  }
}
