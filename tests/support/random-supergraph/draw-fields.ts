import type { Dice } from './dice.ts';
import {
  createField,
  createObject,
  namedType,
  type DrawnArgument,
  type DrawnField,
  type DrawnGraph,
  type DrawnObject,
} from './drawn-graph.ts';
import { isSplit, type Placement } from './placement.ts';

const LEAVES = ['Int', 'String', 'String', 'Float', 'Boolean', 'ID', 'Blob', 'Side'];
const WRAPPERS = ['T', 'T', 'T', 'T!', 'T!', '[T]', '[T!]', '[T!]!', '[T]!', '[[T!]]', '[[T]!]!', '[[T]]'];

/** A type that fields may have in all of the subgraphs. `isShared`: their values are the same in all of them. */
export function drawType(
  graph: DrawnGraph,
  dice: Dice,
  {
    subgraphs,
    placement,
    isShared,
    leaves = 0.45,
  }: { subgraphs: readonly string[]; placement: Placement; isShared: boolean; leaves?: number },
): string {
  const wrapper = dice.pick(WRAPPERS);
  if (dice.chance(leaves)) return wrapper.replace('T', dice.pick(isShared ? LEAVES : [...LEAVES, 'Shade']));
  const objects = [...graph.objects.values()]
    .filter((object) => object.kind !== 'root' && !isSplit(object) && object.name !== 'Org')
    .map(({ name }) => name);
  const abstract = [...graph.interfaces.values(), ...graph.unions.values()]
    .filter(({ isUniform }) => !isShared || isUniform)
    .map(({ name }) => name);
  const usable = [...objects, ...abstract, ...abstract].filter((name) => subgraphs.every((subgraph) => placement.canUse(name, subgraph)));
  return wrapper.replace('T', usable.length > 0 ? dice.pick(usable) : 'String');
}

/** Fields of one name have one type wherever they are, so that clients may select them side by side. */
export function fieldName(object: DrawnObject, type: string): string {
  const stem =
    (object.name === 'Media' ? 'of' : '') +
    namedType(type).toLowerCase() +
    type
      .replace(/[A-Za-z]/g, '')
      .replace(/\[/g, 'L')
      .replace(/\]/g, '')
      .replace(/!/g, 'N');
  for (let count = 0; ; count += 1) if (!object.fields.has(`${stem}${count}`)) return `${stem}${count}`;
}

export function drawArguments(dice: Dice): DrawnArgument[] {
  const candidates: DrawnArgument[] = [
    { name: 'int', type: 'Int', ...(dice.chance(0.3) && { defaultValue: '3' }) },
    { name: 'text', type: dice.chance(0.3) ? 'String!' : 'String', ...(dice.chance(0.3) && { defaultValue: '"x"' }) },
    { name: 'side', type: 'Side' },
    { name: 'way', type: 'Way' },
    { name: 'filter', type: 'Filter' },
    { name: 'list', type: '[Int]' },
    { name: 'blob', type: 'Blob' },
  ];
  return dice.chance(0.3) ? dice.some(candidates, 1, 2) : [];
}

export function declareField(object: DrawnObject, field: DrawnField, placement: Placement): DrawnField {
  object.fields.set(field.name, field);
  for (const subgraph of field.homes) {
    placement.use(field.type, subgraph);
    for (const argument of field.args) placement.use(argument.type, subgraph);
  }
  return field;
}

export function drawEntityFields(graph: DrawnGraph, dice: Dice, placement: Placement): void {
  for (const media of graph.interfaces.values())
    if (media.object) drawFieldsOf(graph, media.object, dice, placement, [...media.object.places.keys()]);
  for (const object of [...graph.objects.values()].filter(({ kind }) => kind === 'entity')) {
    const owners = [...object.places].filter(([, keys]) => keys.some(({ resolvable }) => resolvable)).map(([subgraph]) => subgraph);
    drawFieldsOf(graph, object, dice, placement, owners);
  }
  if (dice.chance(0.35)) drawSplitValue(graph, dice, placement);
}

function drawFieldsOf(graph: DrawnGraph, object: DrawnObject, dice: Dice, placement: Placement, owners: readonly string[]): void {
  for (const subgraph of owners)
    for (let count = dice.between(1, 4); count > 0; count -= 1) {
      const homes = owners.length > 1 && dice.chance(0.2) ? [...new Set([subgraph, dice.pick(owners)])] : [subgraph];
      const type = drawType(graph, dice, { subgraphs: homes, placement, isShared: homes.length > 1 });
      const isShareable = homes.length > 1 || dice.chance(0.1);
      const mayFail = dice.chance(0.12);
      declareField(
        object,
        createField(fieldName(object, type), type, { args: drawArguments(dice), homes: new Set(homes), isShareable, mayFail }),
        placement,
      );
    }
}

/** Two subgraphs tell the same field, and each of them only a part of the object behind it. */
function drawSplitValue(graph: DrawnGraph, dice: Dice, placement: Placement): void {
  const candidates = [...graph.objects.values()].filter(
    ({ kind, places }) => kind === 'entity' && [...places.values()].filter((keys) => keys.some((key) => key.resolvable)).length > 1,
  );
  if (candidates.length === 0) return;
  const owner = dice.pick(candidates);
  const [one = '', other = ''] = dice.some(
    [...owner.places].filter(([, keys]) => keys.some((key) => key.resolvable)).map(([name]) => name),
    2,
    2,
  );
  const split = createObject('Split', 'value');
  split.places.set(one, []);
  split.places.set(other, []);
  for (const home of [one, other]) {
    const type = drawType(graph, dice, { subgraphs: [home], placement, isShared: false, leaves: 0.7 });
    declareField(split, createField(fieldName(split, type), type, { homes: new Set([home]) }), placement);
  }
  if (dice.chance(0.5)) declareField(split, createField('both', 'String', { homes: new Set([one, other]), isShareable: true }), placement);
  graph.objects.set('Split', split);
  const type = dice.pick(['Split', 'Split!', '[Split!]', '[Split]!', '[[Split]]']);
  declareField(owner, createField('split', type, { homes: new Set([one, other]), isShareable: true }), placement);
}

export function drawRootFields(graph: DrawnGraph, dice: Dice, placement: Placement): void {
  for (const kind of ['Query', 'Mutation', 'Subscription'] as const) {
    const root = createObject(kind, 'root');
    graph.objects.set(kind, root);
    for (const subgraph of graph.subgraphs.keys()) {
      if (kind !== 'Query' && dice.chance(0.6)) continue;
      if (kind === 'Query' && dice.chance(0.1) && root.places.size > 0) continue;
      for (let count = kind === 'Query' ? dice.between(1, 4) : 1; count > 0; count -= 1) {
        const others = [...graph.subgraphs.keys()].filter((name) => name !== subgraph && (kind === 'Query' || root.places.has(name)));
        const homes = kind === 'Query' && others.length > 0 && dice.chance(0.15) ? [subgraph, dice.pick(others)] : [subgraph];
        for (const home of homes) root.places.set(home, []);
        const type = drawType(graph, dice, { subgraphs: homes, placement, isShared: homes.length > 1, leaves: 0.1 });
        const name = `${{ Query: '', Mutation: 'do', Subscription: 'on' }[kind]}${subgraph}_${fieldName(root, type)}`;
        declareField(
          root,
          createField(name, type, {
            args: drawArguments(dice),
            homes: new Set(homes),
            isShareable: homes.length > 1,
            mayFail: dice.chance(0.05),
          }),
          placement,
        );
      }
    }
    if (root.places.size === 0) graph.objects.delete(kind);
  }
}
