import type { Dice } from './dice.ts';
import type { DrawnGraph, DrawnInterface } from './drawn-graph.ts';
import type { Placement } from './placement.ts';

/** Interfaces that implement interfaces: some below those that are there, and one above that of the entities. */
export function drawInterfaceChains(graph: DrawnGraph, dice: Dice, placement: Placement): void {
  for (const name of ['Lower', 'Lowest']) {
    const parents = [...graph.interfaces.values()].filter(({ isEntity }) => !isEntity);
    if (parents.length === 0 || !dice.chance(0.5)) continue;
    drawBelow(graph, name, dice.pick(parents), dice, placement);
  }
  const media = graph.interfaces.get('Media');
  if (media && dice.chance(0.4)) drawAbove(graph, media, dice, placement);
}

function drawBelow(graph: DrawnGraph, name: string, parent: DrawnInterface, dice: Dice, placement: Placement): void {
  const members = dice.some(parent.members, 1);
  const below: DrawnInterface = {
    name,
    fields: parent.fields,
    members,
    isEntity: false,
    places: new Map(),
    object: undefined,
    isUniform: dice.chance(0.4),
    above: [parent.name, ...parent.above],
    implementing: new Set(),
  };
  graph.interfaces.set(name, below);
  // What the interfaces above have it must have, too: it is where their fields are.
  const homes = parent.fields
    .filter((field) => field !== 'id')
    .flatMap((field) => [...(graph.objects.get(members[0] ?? '')?.fields.get(field)?.homes ?? [])]);
  for (const home of homes) if (placement.canUse(name, home)) placement.use(name, home);
}

/** An interface of entities implements one, of which others may be members as well; who stands for the entities knows nothing of it. */
function drawAbove(graph: DrawnGraph, media: DrawnInterface, dice: Dice, placement: Placement): void {
  const others = [...graph.objects.values()].filter(
    ({ kind, name, fields }) => kind !== 'root' && fields.has('id') && name !== 'Org' && !media.members.includes(name),
  );
  graph.interfaces.set('Upper', {
    name: 'Upper',
    fields: ['id'],
    members: [...media.members, ...dice.some(others, 0, 2).map(({ name }) => name)],
    isEntity: false,
    places: new Map(),
    object: undefined,
    isUniform: false,
    above: [],
    implementing: new Set(),
  });
  const whole = { ...media, above: ['Upper'] };
  graph.interfaces.set('Media', whole);
  for (const subgraph of media.places.keys()) placement.implementAbove(whole, subgraph);
}
