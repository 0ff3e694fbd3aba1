/** Labels of progressive @override that hold for one request. */
export type ActiveLabels = ReadonlySet<string>;

export interface OverrideOptions {
  /** Labels with names of their own that hold for every request; default none. */
  readonly overrideLabels?: readonly string[];
  /** Drawn for each request, from 0 to below 100: `percent(n)` holds when it is below n; default at random. */
  readonly drawPercent?: () => number;
}

/** All sets of labels that can hold at once, and which one does for the next request. */
export interface LabelDraw {
  readonly sets: readonly ActiveLabels[];
  draw(): ActiveLabels;
}

const PERCENT = /^percent\((\d+(?:\.\d+)?)\)$/;

/**
 * Decides which of a supergraph's @override labels hold, as Apollo's Router does: `percent(n)` for n of 100 requests, another label when it was
 * named. One number is drawn for all percentages of a request, so that there are few different plans: whoever gets the 10 % gets the 50 %, too.
 * https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/entities/migrate-fields
 */
export function createLabelDraw(labels: readonly string[], options: OverrideOptions = {}): LabelDraw {
  const { overrideLabels = [], drawPercent = () => Math.random() * 100 } = options;
  const always = labels.filter((label) => overrideLabels.includes(label));
  const byPercent = labels.flatMap((label) => {
    const percent = PERCENT.exec(label)?.[1];
    return percent === undefined || always.includes(label) ? [] : [{ label, percent: Number(percent) }];
  });
  const steps = [...new Set(byPercent.map(({ percent }) => percent))].sort((one, other) => one - other);
  // One for each range between two percentages: the first is that of small numbers, for which all hold.
  const sets = [...steps, Infinity].map(
    (_, index) =>
      new Set([...always, ...byPercent.filter(({ percent }) => percent >= (steps[index] ?? Infinity)).map(({ label }) => label)]),
  );
  const [only] = sets;
  return {
    sets,
    draw() {
      if (sets.length === 1 && only) return only;
      const number = drawPercent();
      const index = steps.findIndex((percent) => number < percent);
      return sets[index === -1 ? steps.length : index] ?? new Set();
    },
  };
}
