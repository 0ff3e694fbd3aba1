import type { Dice } from './dice.ts';
import { createField, namedType, type DrawnGraph } from './drawn-graph.ts';

/** An argument that is filled from an object above: the graph's first pair of types that allows it. */
export function drawContext(graph: DrawnGraph, dice: Dice): void {
  if (!dice.chance(0.15)) return;
  const entities = [...graph.objects.values()].filter(({ kind }) => kind === 'entity');
  const [above, below] = dice.some(entities, 2, 2);
  if (!above || !below) return;
  const home = [...below.places].find(([name, keys]) => keys.some((key) => key.resolvable) && above.places.has(name))?.[0];
  const value = [...above.fields.values()].find(
    ({ type, args, mayFail, isKey }) => !isKey && !mayFail && args.length === 0 && ['String', 'String!'].includes(type),
  );
  const isReachedFromAbove = [...above.fields.values()].some(({ type }) => namedType(type) === below.name);
  if (home === undefined || !value || !isReachedFromAbove) return;
  above.contexts.set(home, 'around');
  if (!value.homes.has(home)) value.external.add(home);
  below.fields.set(
    'told',
    createField('told', 'String', { homes: new Set([home]), fromContext: { argument: 'around', context: 'around', field: value.name } }),
  );
}
