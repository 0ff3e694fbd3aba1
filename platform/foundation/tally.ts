import { Counter, type Registry } from './metrics.ts';

/** How often one thing happened. Counting is `cell.count += 1`. */
export interface TallyCell {
  count: number;
}

export interface Tally<Label extends string> {
  /** The same cell for the same labels: ask for it once and keep it. Labels must come from a small set: cells are never given up. */
  cell(labels: Readonly<Record<Label, string>>): TallyCell;
}

/** A counter for what happens on every request: an addition each, made a metric of when somebody reads it. (prom-client hashes the labels on each count.) */
export function createTally<Label extends string>(
  registry: Registry,
  { name, help, labelNames }: { name: string; help: string; labelNames: readonly Label[] },
): Tally<Label> {
  const cells = new Map<string, TallyCell & { readonly labels: Readonly<Record<Label, string>> }>();
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, count } of cells.values()) if (count > 0) this.inc({ ...labels }, count);
    },
  });
  return {
    cell(labels) {
      const key = JSON.stringify(labelNames.map((label) => labels[label]));
      const known = cells.get(key);
      if (known) return known;
      const made = { labels, count: 0 };
      cells.set(key, made);
      return made;
    },
  };
}
