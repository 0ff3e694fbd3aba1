import type { Dice } from './dice.ts';
import { createField, namedType, type DrawnField, type DrawnGraph, type DrawnObject, type DrawnSelection } from './drawn-graph.ts';
import { declareField, drawArguments, drawType, fieldName } from './draw-fields.ts';
import type { Placement } from './placement.ts';

/** What an argument in a @requires may be: none of it depends on the client. */
const GIVEN: Readonly<Record<string, readonly unknown[]>> = {
  Int: [1, 2],
  String: ['EUR', 'USD'],
  'String!': ['EUR', 'USD'],
  '[Int]': [[1, 2]],
};

/** Adds @requires, @provides, @override and @inaccessible where they fit. */
export function drawDirectives(graph: DrawnGraph, dice: Dice, placement: Placement): void {
  const entities = [...graph.objects.values()].filter(({ kind }) => kind === 'entity');
  const stands = [...graph.interfaces.values()].flatMap(({ object }) => object ?? []);
  for (const object of [...entities, ...stands])
    for (const subgraph of resolvingPlaces(object)) if (dice.chance(0.45)) drawRequires(graph, object, subgraph, dice, placement);
  spareInputs(graph, [...entities, ...stands]);
  for (const object of entities)
    for (const field of [...object.fields.values()]) if (dice.chance(0.12)) drawOverride(object, field, dice, placement);
  for (const object of graph.objects.values())
    for (const field of object.fields.values()) if (dice.chance(0.35)) drawProvides(graph, field, dice, placement);
  for (const object of [...entities]) {
    const plain = [...object.fields.values()].filter((field) => !field.isKey && !isOfInterface(graph, object, field));
    for (const field of plain) if (dice.chance(0.06)) field.isInaccessible = true;
  }
}

/**
 * What a client selects of an object that is also an input fails with it: where that may not be null, the null comes up and takes the object
 * away from whom it is an input for, when one subgraph tells both. One schema would not know of it; federation cannot do better (docs/decisions/own-executor.md).
 */
function spareInputs(graph: DrawnGraph, requiring: readonly DrawnObject[]): void {
  const spared = new Set<string>();
  const spare = (type: string, homes: ReadonlySet<string>): void => {
    const name = namedType(type);
    const members = (graph.interfaces.get(name) ?? graph.unions.get(name))?.members ?? [name];
    const stand = graph.interfaces.get(name)?.object;
    for (const object of [...members.flatMap((member) => graph.objects.get(member) ?? []), ...(stand ? [stand] : [])]) {
      const place = `${object.name} ${[...homes].join()}`;
      if (spared.has(place)) continue;
      spared.add(place);
      for (const field of object.fields.values()) {
        if (!field.type.endsWith('!') || ![...field.homes].some((home) => homes.has(home))) continue;
        field.mayFail = false;
        spare(field.type, homes);
      }
    }
  };
  const spareSelected = (object: DrawnObject, selections: readonly DrawnSelection[]): void => {
    for (const selection of selections) {
      const field = 'field' in selection ? object.fields.get(selection.field) : undefined;
      if (field && selection.selections.length > 0) spare(field.type, field.homes);
    }
  };
  for (const object of requiring) for (const { requires = [] } of object.fields.values()) spareSelected(object, requires);
}

function resolvingPlaces({ places }: DrawnObject): string[] {
  return [...places].filter(([, keys]) => keys.some(({ resolvable }) => resolvable)).map(([subgraph]) => subgraph);
}

function isOfInterface({ interfaces }: DrawnGraph, { name }: DrawnObject, field: DrawnField): boolean {
  return [...interfaces.values()].some(({ members, fields }) => members.includes(name) && fields.includes(field.name));
}

/** One or two fields that are computed from others, perhaps from one of these with other arguments. */
function drawRequires(graph: DrawnGraph, object: DrawnObject, subgraph: string, dice: Dice, placement: Placement): void {
  const candidates = requirable(graph, object, subgraph, placement);
  if (candidates.length === 0) return;
  for (let count = dice.chance(0.3) ? 2 : 1; count > 0; count -= 1) {
    const inputs = dice.some(candidates, 1, 2);
    const requires = inputs.map((field) => selectInput(graph, object, field, subgraph, dice, placement));
    const type = dice.chance(0.7)
      ? dice.pick(['String', 'String!', '[String]'])
      : drawType(graph, dice, { subgraphs: [subgraph], placement, isShared: false });
    const field = createField(fieldName(object, type), type, {
      args: drawArguments(dice),
      homes: new Set([subgraph]),
      requires,
      mayFail: dice.chance(0.05),
    });
    declareField(object, field, placement);
  }
}

/** Fields of others, those of an interface that the subgraph knows as a type among them. */
function requirable(graph: DrawnGraph, object: DrawnObject, subgraph: string, placement: Placement): DrawnField[] {
  return [...object.fields.values()].filter(
    (field) =>
      !field.homes.has(subgraph) &&
      !field.isKey &&
      field.homes.size > 0 &&
      !field.fromContext &&
      field.override === undefined &&
      placement.canUse(field.type, subgraph) &&
      !field.type.includes('Split') &&
      field.args.every(({ type, defaultValue }) => !type.endsWith('!') || defaultValue !== undefined || type in GIVEN) &&
      graph.objects.get(namedType(field.type))?.name !== object.name,
  );
}

function selectInput(
  graph: DrawnGraph,
  object: DrawnObject,
  field: DrawnField,
  subgraph: string,
  dice: Dice,
  placement: Placement,
  depth = 2,
): DrawnSelection {
  placement.use(field.type, subgraph);
  for (const argument of field.args) placement.use(argument.type, subgraph);
  field.mayFail = false;
  if (!field.homes.has(subgraph)) field.external.add(subgraph);
  const args = Object.fromEntries(
    field.args.flatMap(({ name, type, defaultValue }) =>
      type in GIVEN && (dice.chance(0.8) || (type.endsWith('!') && defaultValue === undefined))
        ? [[name, dice.pick(GIVEN[type] ?? [1])]]
        : [],
    ),
  );
  return {
    field: field.name,
    ...(Object.keys(args).length > 0 && { args }),
    selections: selectBelow(graph, namedType(field.type), subgraph, dice, placement, object.name, depth),
  };
}

/** What of an object is required: leaves, and objects below it once more. */
function selectBelow(
  graph: DrawnGraph,
  type: string,
  subgraph: string,
  dice: Dice,
  placement: Placement,
  owner: string,
  depth: number,
): DrawnSelection[] {
  const below = graph.objects.get(type);
  if (below) {
    const usable = [...below.fields.values()].filter(
      ({ name, homes, args, type: fieldType, external, override, fromContext }) =>
        fromContext === undefined &&
        override === undefined &&
        args.length === 0 &&
        (homes.has(subgraph) || (below.kind === 'entity' && !external.has(subgraph) && homes.size > 0)) &&
        placement.canUse(fieldType, subgraph) &&
        name !== 'split' &&
        (depth > 1 || isLeaf(graph, fieldType)) &&
        namedType(fieldType) !== owner,
    );
    const chosen = dice.some(usable, 1, 2);
    return chosen.map((field) => selectInput(graph, below, field, subgraph, dice, placement, depth - 1));
  }
  const members = (graph.interfaces.get(type) ?? graph.unions.get(type))?.places.get(subgraph);
  if (!members) return isLeaf(graph, type) ? [] : [{ field: '__typename', selections: [] }];
  const fragments = dice
    .some([...members], 1)
    .map((on): DrawnSelection => ({ on, selections: selectBelow(graph, on, subgraph, dice, placement, owner, depth - 1) }));
  return graph.interfaces.has(type) && dice.chance(0.5) ? [{ field: 'id', selections: [] }, ...fragments] : fragments;
}

function isLeaf({ objects, interfaces, unions }: DrawnGraph, type: string): boolean {
  const name = namedType(type);
  return !objects.has(name) && !interfaces.has(name) && !unions.has(name);
}

function drawOverride(object: DrawnObject, field: DrawnField, dice: Dice, placement: Placement): void {
  const { homes } = field;
  if (field.isKey || field.isShareable || homes.size !== 1 || field.requires || field.fromContext || field.provides.size > 0) return;
  const from = [...object.places.keys()].filter(
    (name) => !homes.has(name) && !field.external.has(name) && resolvingPlaces(object).includes(name) && placement.canUse(field.type, name),
  );
  if (from.length === 0 || field.external.size > 0 || namedType(field.type) === 'Shade' || isAbstractName(field.type)) return;
  const chosen = dice.pick(from);
  placement.use(field.type, chosen);
  for (const argument of field.args) placement.use(argument.type, chosen);
  const percent = dice.chance(0.4) ? dice.between(0, 100) : undefined;
  field.override = { from: chosen, label: percent === undefined ? undefined : percent % 4 === 0 ? 'beta' : `percent(${percent})` };
}

/** Members of these may differ between the two subgraphs. */
function isAbstractName(type: string): boolean {
  return ['Node', 'Thing', 'Either', 'Any', 'Media'].includes(namedType(type));
}

/** The home of a field gives some of what another subgraph owns, as long as the object is reached by this field. */
function drawProvides(graph: DrawnGraph, field: DrawnField, dice: Dice, placement: Placement): void {
  for (const subgraph of field.homes) {
    const selections = provided(graph, namedType(field.type), subgraph, dice, placement);
    if (selections.length > 0) field.provides.set(subgraph, selections);
  }
}

/** @param isBelow of a field that the subgraph does not resolve either, so that everything there is given */
function provided(
  graph: DrawnGraph,
  type: string,
  subgraph: string,
  dice: Dice,
  placement: Placement,
  { depth = 2, isBelow = false }: { depth?: number; isBelow?: boolean } = {},
): DrawnSelection[] {
  const object = graph.objects.get(type);
  if (object) {
    const candidates = [...object.fields.values()].filter(
      (field) =>
        !field.isKey &&
        field.args.length === 0 &&
        !field.override &&
        !field.fromContext &&
        namedType(field.type) !== 'Shade' &&
        (isLeaf(graph, field.type)
          ? isBelow || !field.homes.has(subgraph)
          : depth > 1 && graph.objects.has(namedType(field.type)) && namedType(field.type) !== 'Split') &&
        (object.kind === 'entity' || field.homes.has(subgraph)) &&
        placement.canUse(field.type, subgraph),
    );
    return dice.some(candidates, object.kind === 'entity' && !isBelow ? 1 : 0, 2).flatMap((field): DrawnSelection[] => {
      const isOthers = !field.homes.has(subgraph);
      if (isOthers && field.requires && !isLeaf(graph, field.type)) return [];
      placement.use(field.type, subgraph);
      const below = { depth: depth - 1, isBelow: isBelow || isOthers };
      const inner = provided(graph, namedType(field.type), subgraph, dice, placement, below);
      const selections =
        inner.length > 0 || isLeaf(graph, field.type) ? inner : keyLeaves(graph, namedType(field.type), subgraph, below.isBelow);
      if (selections.length === 0 && !isLeaf(graph, field.type)) return [];
      if (isOthers) {
        field.external.add(subgraph);
        field.isShareable = true;
      }
      return [{ field: field.name, selections }];
    });
  }
  const members =
    graph.unions.get(type)?.places.get(subgraph) ??
    (graph.interfaces.get(type)?.isEntity === false ? graph.interfaces.get(type)?.places.get(subgraph) : undefined);
  return [...(members ?? [])].flatMap((on): DrawnSelection[] => {
    const selections = dice.chance(0.5) ? provided(graph, on, subgraph, dice, placement) : [];
    return selections.length > 0 ? [{ on, selections }] : [];
  });
}

/** What an object surely has where it is given, so that something of it can be selected. */
function keyLeaves(graph: DrawnGraph, type: string, subgraph: string, isBelow: boolean): DrawnSelection[] {
  const leaves = [...(graph.objects.get(type)?.fields.values() ?? [])].filter(
    ({ type: own, homes }) => isLeaf(graph, own) && homes.has(subgraph),
  );
  return isBelow ? leaves.slice(0, 1).map(({ name }) => ({ field: name, selections: [] })) : [];
}
