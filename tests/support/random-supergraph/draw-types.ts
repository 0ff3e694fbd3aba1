import type { Dice } from './dice.ts';
import { createField, createObject, type DrawnArgument, type DrawnGraph, type DrawnObject } from './drawn-graph.ts';
import { drawArguments, drawType, fieldName } from './draw-fields.ts';
import type { Placement } from './placement.ts';

export function drawLeafTypes({ enums, inputs }: DrawnGraph, dice: Dice): void {
  enums.set('Shade', { name: 'Shade', use: 'output', places: new Map(), inaccessible: new Set(dice.chance(0.3) ? ['BLACK'] : []) });
  enums.set('Way', { name: 'Way', use: 'input', places: new Map(), inaccessible: new Set() });
  enums.set('Side', { name: 'Side', use: 'both', places: new Map(), inaccessible: new Set() });
  const fields: DrawnArgument[] = [
    { name: 'least', type: 'Int', ...(dice.chance(0.4) && { defaultValue: '2' }) },
    { name: 'words', type: '[String!]' },
    { name: 'way', type: 'Way' },
    { name: 'inner', type: 'Filter' },
  ];
  inputs.set('Filter', { name: 'Filter', fields: dice.some(fields, 2), places: new Map() });
}

/** Objects that are no entities: the same wherever they are declared. */
export function drawValueTypes(graph: DrawnGraph, dice: Dice, placement: Placement): void {
  for (const name of ['Value', 'Box', 'Pair'].slice(0, dice.between(1, 3))) {
    const object = createObject(name, 'value');
    object.fields.set('id', createField('id', 'ID!', { isShareable: true }));
    for (let count = dice.between(1, 3); count > 0; count -= 1) {
      const type = drawType(graph, dice, { subgraphs: [...graph.subgraphs.keys()], placement, isShared: true });
      const field = fieldName(object, type);
      object.fields.set(field, createField(field, type, { isShareable: true, mayFail: dice.chance(0.1) }));
    }
    graph.objects.set(name, object);
  }
}

/** Interfaces and unions whose members may differ between subgraphs. */
export function drawAbstractTypes(graph: DrawnGraph, dice: Dice, placement: Placement): void {
  const entities = [...graph.objects.values()].filter(({ kind }) => kind === 'entity');
  const values = [...graph.objects.values()].filter(({ kind, name }) => kind === 'value' && name !== 'Org');
  const all = [...entities, ...values].map(({ name }) => name);
  for (const name of ['Node', 'Thing'].slice(0, dice.between(0, 2))) {
    const members = dice.some(all, 1, 3);
    const fields = ['id'];
    const everywhere = [...graph.subgraphs.keys()];
    if (dice.chance(0.6)) {
      const areEntities = members.every((member) => graph.objects.get(member)?.kind === 'entity');
      const type = dice.pick(['String', 'Int', 'Boolean!', '[Int!]', ...(areEntities ? drawBehind(entities, dice) : [])]);
      const field = `${name.toLowerCase()}Label`;
      const home = dice.pick(everywhere);
      if (placement.canUse(type, home) && members.every((member) => placement.canUse(member, home))) {
        const args = areEntities ? drawArguments(dice) : [];
        placement.use(type, home);
        for (const argument of args) placement.use(argument.type, home);
        for (const member of members) {
          const object = graph.objects.get(member);
          const isValue = object?.kind === 'value';
          placement.use(member, home);
          if (object) answerFor(object, home);
          object?.fields.set(
            field,
            createField(field, type, { args, isShareable: isValue, homes: new Set(isValue ? object.places.keys() : [home]) }),
          );
        }
        fields.push(field);
      }
    }
    graph.interfaces.set(name, {
      name,
      fields,
      members,
      isEntity: false,
      places: new Map(),
      object: undefined,
      isUniform: dice.chance(0.4),
      above: [],
      implementing: new Set(),
    });
  }
  for (const name of ['Either', 'Any'].slice(0, dice.between(0, 2)))
    graph.unions.set(name, { name, members: dice.some(all, 1, 3), places: new Map(), isUniform: dice.chance(0.4) });
}

/** Objects that an interface's field may lead to. */
function drawBehind(entities: readonly DrawnObject[], dice: Dice): string[] {
  const [entity] = dice.some(entities, 1, 1);
  return entity ? [entity.name, `${entity.name}!`, `[${entity.name}]`] : [];
}

/** A subgraph that only mentioned an entity answers for it from now on. */
function answerFor({ places }: DrawnObject, subgraph: string): void {
  const keys = places.get(subgraph) ?? [];
  if (!keys.some(({ resolvable }) => resolvable))
    places.set(
      subgraph,
      keys.map((key) => ({ ...key, resolvable: true })),
    );
}
