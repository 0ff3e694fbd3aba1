import type { Dice } from './dice.ts';
import { namedType, type DrawnGraph, type DrawnInterface, type DrawnObject, type DrawnSelection } from './drawn-graph.ts';

/** Puts types into subgraphs as fields there need them. */
export interface Placement {
  /** Whether a field of the subgraph may have the type. */
  canUse(type: string, subgraph: string): boolean;
  /** Declares the type in the subgraph, and everything that it needs there. Call `canUse` before. */
  use(type: string, subgraph: string): void;
  /** Says in the subgraph that the interface implements those above it, and its members there as well; not everywhere, where others say it. */
  implementAbove(below: DrawnInterface, subgraph: string): void;
}

export function createPlacement(graph: DrawnGraph, dice: Dice): Placement {
  const { objects, interfaces, unions, enums, inputs } = graph;

  const isReplaced = (object: DrawnObject, subgraph: string): boolean =>
    [...interfaces.values()].some(({ members, object: stand }) => stand?.places.has(subgraph) && members.includes(object.name));

  const canUse = (type: string, subgraph: string, seen: ReadonlySet<string> = new Set()): boolean => {
    const name = namedType(type);
    if (seen.has(name)) return true;
    const below = new Set([...seen, name]);
    const object = objects.get(name);
    if (object?.kind === 'entity')
      return object.places.has(subgraph) || (!isReplaced(object, subgraph) && keysFor(object, subgraph, below).length > 0);
    if (object)
      return (
        object.places.has(subgraph) ||
        (object.kind === 'value' && !isSplit(object) && fieldsOf(object).every((field) => canUse(field.type, subgraph, below)))
      );
    const abstract = interfaces.get(name) ?? unions.get(name);
    if (!abstract) return true;
    if (abstract.places.has(subgraph)) return true;
    if (interfaces.get(name)?.isEntity) return interfaces.get(name)?.object?.places.has(subgraph) ?? false;
    if (!(interfaces.get(name)?.above ?? []).every((above) => canUse(above, subgraph, below))) return false;
    const usable = abstract.members.filter((member) => canUse(member, subgraph, below));
    return abstract.isUniform ? usable.length === abstract.members.length : usable.length > 0;
  };

  const keysFor = (object: DrawnObject, subgraph: string, seen: ReadonlySet<string>) =>
    object.keys.filter(({ selection }) =>
      namesIn(selection).every((name) => canUse(object.fields.get(name)?.type ?? 'ID', subgraph, seen)),
    );

  const use = (type: string, subgraph: string): void => {
    const name = namedType(type);
    const object = objects.get(name);
    if (object) useObject(object, subgraph);
    const abstract = interfaces.get(name) ?? unions.get(name);
    if (abstract && !abstract.places.has(subgraph) && !('isEntity' in abstract && abstract.isEntity)) {
      const usable = abstract.members.filter((member) => canUse(member, subgraph));
      const members = new Set(abstract.isUniform ? abstract.members : dice.some(usable, 1));
      abstract.places.set(subgraph, members);
      for (const member of members) useObject(objects.get(member), subgraph);
      const drawnInterface = interfaces.get(name);
      if (drawnInterface) for (const member of members) implement(objects.get(member), name, subgraph);
      if (drawnInterface && drawnInterface.above.length > 0) implementAbove(drawnInterface, subgraph);
    }
    const drawnEnum = enums.get(name);
    if (drawnEnum && !drawnEnum.places.has(subgraph)) drawnEnum.places.set(subgraph, enumValues(drawnEnum.use, subgraph, dice));
    const input = inputs.get(name);
    if (input && !input.places.has(subgraph)) {
      const own = dice.chance(0.3) ? { name: `only_${subgraph}`, type: 'Int' } : undefined;
      input.places.set(subgraph, { own, strict: new Set(input.fields.filter(() => dice.chance(0.15)).map((field) => field.name)) });
      for (const field of input.fields) use(field.type, subgraph);
    }
  };

  const useObject = (object: DrawnObject | undefined, subgraph: string): void => {
    if (!object || object.places.has(subgraph)) return;
    if (object.kind !== 'entity') {
      object.places.set(subgraph, []);
      for (const field of fieldsOf(object)) {
        field.homes.add(subgraph);
        use(field.type, subgraph);
        for (const argument of field.args) use(argument.type, subgraph);
      }
      return;
    }
    const key = dice.pick(keysFor(object, subgraph, new Set([object.name])));
    object.places.set(subgraph, [{ ...key, resolvable: dice.chance(0.4) }]);
    declareKey(object, key.selection, subgraph);
  };

  const declareKey = (object: DrawnObject, selection: readonly DrawnSelection[], subgraph: string): void => {
    for (const part of selection) {
      if ('on' in part) continue;
      const field = object.fields.get(part.field);
      if (!field) throw new Error(`no key field ${object.name}.${part.field}`);
      field.homes.add(subgraph);
      use(field.type, subgraph);
      const below = objects.get(namedType(field.type));
      if (below && part.selections.length > 0) declareKey(below, part.selections, subgraph);
    }
  };

  /** Its `id` is the one field that an interface has everywhere. */
  const implement = (object: DrawnObject | undefined, name: string, subgraph: string): void => {
    object?.fields.get('id')?.homes.add(subgraph);
    const places = object?.interfaces.get(name) ?? new Set();
    object?.interfaces.set(name, places.add(subgraph));
  };

  /** What implements an interface implements those above it as well; nobody has to say so twice. */
  const implementAbove = (below: DrawnInterface, subgraph: string): void => {
    const members = [...(below.places.get(subgraph) ?? [])].flatMap((member) => objects.get(member) ?? []);
    const isTold = members.every((member) => below.above.every((above) => (member.interfaces.get(above)?.size ?? 0) > 0));
    if (isTold && dice.chance(0.3)) return;
    below.implementing.add(subgraph);
    for (const above of below.above) {
      use(above, subgraph);
      for (const member of members) {
        interfaces.get(above)?.places.get(subgraph)?.add(member.name);
        implement(member, above, subgraph);
      }
    }
  };

  return { canUse: (type, subgraph) => canUse(type, subgraph), use, implementAbove };
}

/** A value type whose fields come from several subgraphs stays where it was put. */
export function isSplit({ name }: DrawnObject): boolean {
  return name.startsWith('Split');
}

function fieldsOf({ fields }: DrawnObject) {
  return [...fields.values()];
}

function namesIn(selection: readonly DrawnSelection[]): string[] {
  return selection.flatMap((part) => ('field' in part ? [part.field] : []));
}

function enumValues(use: 'output' | 'input' | 'both', subgraph: string, dice: Dice): readonly string[] {
  if (use === 'both') return ['LEFT', 'RIGHT'];
  if (use === 'input') return ['UP', 'DOWN', ...(dice.chance(0.5) ? [`ONLY_${subgraph.toUpperCase()}`] : [])];
  return dice.some(['RED', 'GREEN', 'BLUE', 'BLACK'], 1);
}
