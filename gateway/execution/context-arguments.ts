import type { ContextInput, PathStep } from '../planning/executable-plan.ts';
import { isData, ownValue, type Data } from './merge.ts';
import { collectTargets, locateTargets, type Located } from './targets.ts';

/** Entities that get the same values from above, so that one fetch can serve them. */
export interface ContextGroup {
  readonly variables: Data;
  readonly objects: readonly Data[];
}

/** Finds the values of @fromContext arguments: for each entity up to an ancestor and down again. The first path that fits its types gives the value. */
export function groupByContext(root: Data, path: readonly PathStep[], contexts: readonly ContextInput[]): ContextGroup[] {
  const groups = new Map<string, { variables: Data; objects: Data[] }>();
  for (const located of locateTargets(root, path)) {
    const variables: Data = {};
    for (const context of contexts) {
      if (variables[context.variable] === undefined) variables[context.variable] = valueOf(located, context);
    }
    const key = JSON.stringify(variables);
    const group = groups.get(key);
    if (group) group.objects.push(located.object);
    else groups.set(key, { variables, objects: [located.object] });
  }
  return [...groups.values()];
}

function valueOf({ object, ancestors }: Located, { levelsUp, path }: ContextInput): unknown {
  const start = levelsUp === 0 ? object : ancestors[ancestors.length - levelsUp];
  const last = path.at(-1);
  if (!start || last?.kind !== 'key') return undefined;
  const [owner] = collectTargets(start, path.slice(0, -1));
  return isData(owner) ? ownValue(owner, last.key) : undefined;
}
