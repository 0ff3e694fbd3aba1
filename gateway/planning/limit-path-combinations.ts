import { SimultaneousPathsWithLazyIndirectPaths } from '@apollo/query-graphs';

/** Combinations of ways that Apollo's planner may build in one step; a million take about 200 MB. */
const MAX_COMBINATIONS = 1_000_000;

interface Paths {
  readonly paths: readonly unknown[];
}

let isLimited = false;

/**
 * Makes Apollo's planner give up where it would build too many combinations. It has a limit (`pathsLimit`) and looks at it after each step,
 * but one step builds all combinations of all ways of all object types of an interface: a few levels of an @interfaceObject are enough for
 * more than a process can hold. This counts before, by what each type offers. In effect for the process from then on.
 * @throws from planning: Error 'Too many options', as the planner's own limit does
 */
export function limitPathCombinations(): void {
  if (isLimited) return;
  isLimited = true;
  const { prototype } = SimultaneousPathsWithLazyIndirectPaths;
  const indirectOptions = prototype.indirectOptions;
  const counted = new WeakMap<Paths, { readonly seen: Set<number>; combinations: number }>();
  prototype.indirectOptions = function (this: SimultaneousPathsWithLazyIndirectPaths, context, index) {
    const options = indirectOptions.call(this, context, index);
    if (this.paths.length === 1) return options;
    const count = counted.get(this) ?? { seen: new Set(), combinations: 1 };
    if (!count.seen.has(index)) {
      counted.set(this, count);
      count.seen.add(index);
      count.combinations *= options.paths.length + 1;
      if (count.combinations > MAX_COMBINATIONS) throw new Error('Too many options: one step has more than a million combinations of ways');
    }
    return options;
  };
}
