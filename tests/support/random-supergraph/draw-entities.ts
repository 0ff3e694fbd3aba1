import type { Dice } from './dice.ts';
import {
  createField,
  createObject,
  namedType,
  type DrawnGraph,
  type DrawnKey,
  type DrawnObject,
  type DrawnSelection,
} from './drawn-graph.ts';
import type { Placement } from './placement.ts';

const ENTITIES = ['Apple', 'Birch', 'Cedar', 'Daisy'];

/** Entities, their keys and where they are; the first of their subgraphs resolves all keys, so each can be reached from everywhere. */
export function drawEntities(graph: DrawnGraph, dice: Dice, placement: Placement): void {
  const org = createObject('Org', 'value');
  org.fields.set('id', createField('id', 'ID!', { isShareable: true }));
  graph.objects.set('Org', org);
  const entities = ENTITIES.slice(0, dice.between(2, 4)).map((name, index) => drawEntity(name, index, dice));
  for (const entity of entities) graph.objects.set(entity.name, entity);
  const replacing = drawEntityInterface(graph, entities, dice);
  for (const entity of entities) {
    const names = [...graph.subgraphs.keys()].filter(
      (name) => !replacing?.members.includes(entity.name) || !replacing.object?.places.has(name),
    );
    const isMember = replacing?.members.includes(entity.name) === true;
    const chosen = dice.some(names, 1, 4);
    const places = isMember && replacing ? [...new Set([...replacing.places.keys(), ...chosen])] : chosen;
    for (const [index, subgraph] of places.entries())
      place(
        graph,
        entity,
        subgraph,
        index === 0 || (isMember && graph.interfaces.get(replacing.name)?.places.has(subgraph) === true),
        dice,
        placement,
      );
  }
  for (const subgraph of replacing?.places.keys() ?? []) {
    for (const member of replacing?.members ?? [])
      graph.objects.get(member)?.interfaces.set(replacing?.name ?? '', new Set(replacing?.places.keys()));
    for (const member of replacing?.members ?? []) graph.objects.get(member)?.fields.get('id')?.homes.add(subgraph);
  }
}

function drawEntity(name: string, index: number, dice: Dice): DrawnObject {
  const candidates: { fields: readonly (readonly [string, string])[]; selection: readonly DrawnSelection[] }[] = [
    { fields: [['sku', 'String!']], selection: [leaf('sku')] },
    {
      fields: [
        ['code', 'Int!'],
        ['region', 'String!'],
      ],
      selection: [leaf('code'), leaf('region')],
    },
    { fields: [['org', 'Org!']], selection: [{ field: 'org', selections: [leaf('id')] }] },
    ...(index === 0
      ? []
      : [{ fields: [['parent', `${ENTITIES[0]}!`]] as const, selection: [{ field: 'parent', selections: [leaf('id')] }] }]),
    ...(index === 0
      ? []
      : [
          {
            fields: [
              ['parent', `${ENTITIES[0]}!`],
              ['sku', 'String!'],
            ] as const,
            selection: [leaf('sku'), { field: 'parent', selections: [leaf('id')] }],
          },
        ]),
  ];
  const chosen = [{ fields: [['id', 'ID!'] as const], selection: [leaf('id')] }, ...dice.some(candidates, 0, 2)];
  const keys: DrawnKey[] = dice.some(chosen, chosen.length).map(({ selection }) => ({ selection, resolvable: true }));
  const entity = createObject(name, 'entity', keys);
  for (const { fields } of chosen)
    for (const [field, type] of fields)
      if (!entity.fields.has(field))
        entity.fields.set(
          field,
          createField(field, type, { isKey: true, isShareable: true, isInaccessible: field === 'sku' && dice.chance(0.2) }),
        );
  return entity;
}

function leaf(field: string): DrawnSelection {
  return { field, selections: [] };
}

/** An interface with a @key: whole in its own subgraphs, one type (@interfaceObject) in others, which know none of its members. */
function drawEntityInterface(graph: DrawnGraph, entities: readonly DrawnObject[], dice: Dice) {
  if (!dice.chance(0.5)) return undefined;
  const [whole = '', ...others] = dice.some([...graph.subgraphs.keys()], graph.subgraphs.size);
  const members = dice.some(entities, 1, 2).map(({ name }) => name);
  const object = createObject('Media', 'entity', [{ selection: [leaf('id')], resolvable: true }]);
  object.fields.set('id', createField('id', 'ID!', { isKey: true, isShareable: true }));
  for (const subgraph of dice.some(others, 1, 2)) {
    object.places.set(subgraph, [...object.keys]);
    object.fields.get('id')?.homes.add(subgraph);
  }
  const places = new Map(
    [whole, ...(others.length > 2 && dice.chance(0.2) ? others.filter((name) => !object.places.has(name)).slice(0, 1) : [])].map((name) => [
      name,
      new Set(members),
    ]),
  );
  const drawn = {
    name: 'Media',
    fields: ['id'],
    members,
    isEntity: true,
    places,
    object,
    isUniform: true,
    above: [],
    implementing: new Set<string>(),
  };
  graph.interfaces.set('Media', drawn);
  return drawn;
}

function place(graph: DrawnGraph, entity: DrawnObject, subgraph: string, isHub: boolean, dice: Dice, placement: Placement): void {
  const canUse = ({ selection }: DrawnKey): boolean =>
    selection.every((part) => 'on' in part || placement.canUse(entity.fields.get(part.field)?.type ?? 'ID', subgraph));
  if (isHub) entity.keys.splice(0, entity.keys.length, ...entity.keys.filter(canUse)); // what the hub lacks nobody can get
  const usable = entity.keys.filter(canUse);
  const resolved = isHub ? usable : dice.some(usable, 1);
  const unresolved = usable.filter((key) => !resolved.includes(key) && dice.chance(0.4)).map((key) => ({ ...key, resolvable: false }));
  const keys = dice.some([...resolved, ...unresolved], resolved.length + unresolved.length);
  entity.places.set(subgraph, keys);
  for (const { selection } of keys) declare(graph, entity, selection, subgraph, placement);
}

function declare(
  graph: DrawnGraph,
  object: DrawnObject,
  selection: readonly DrawnSelection[],
  subgraph: string,
  placement: Placement,
): void {
  for (const part of selection) {
    if ('on' in part) continue;
    const field = object.fields.get(part.field);
    if (!field) throw new Error(`no key field ${object.name}.${part.field}`);
    field.homes.add(subgraph);
    placement.use(field.type, subgraph);
    const below = graph.objects.get(namedType(field.type));
    if (below && part.selections.length > 0) declare(graph, below, part.selections, subgraph, placement);
  }
}
