import { GraphQLError, Kind, parseType, type TypeNode } from 'graphql';
import type { SeededRandom } from '../../../gateway/testing/seeded-random.ts';
import { randomOf } from '../../../gateway/testing/seeded-hash.ts';
import type { DrawnField, DrawnGraph, DrawnSelection } from './drawn-graph.ts';

/** An object of the common data. Its values are worked out of its name when asked for, so nothing is stored and all subgraphs agree. */
export interface Instance {
  readonly __typename: string;
  /** Unique; of an entity `Type-number`. */
  readonly ref: string;
}

const INSTANCES = 4; // of each entity

/** What a subscription tells, one after the other: the roots of its events, whose fields have values of their own. */
export const EVENTS: readonly Instance[] = ['Event-0', 'Event-1'].map((ref) => ({ __typename: 'Root', ref }));

export function instancesOf(type: string): Instance[] {
  return Array.from({ length: INSTANCES }, (_, index) => ({ __typename: type, ref: `${type}-${index}` }));
}

/** A field of a type, or of the @interfaceObject that stands for its interface. */
export function findField({ objects, interfaces }: DrawnGraph, type: string, name: string): DrawnField | undefined {
  const own = objects.get(type)?.fields.get(name);
  if (own) return own;
  for (const { members, object } of interfaces.values()) {
    const field = members.includes(type) ? object?.fields.get(name) : undefined;
    if (field) return field;
  }
  return undefined;
}

/**
 * The value of a field: the same for the same object, arguments and inputs.
 * @param inputs what the field was computed from, as text
 * @throws GraphQLError for the values that are errors
 */
export function valueOf(graph: DrawnGraph, field: DrawnField, source: Instance, args: object, inputs = ''): unknown {
  const random = randomOf(`${graph.seed}|${source.ref}|${field.name}|${canonical(args)}|${inputs}`);
  random.next();
  if (field.isKey) return keyValue(field, source);
  if (field.mayFail && random.next() < 0.25) throw new GraphQLError(`${source.ref}.${field.name} fails`);
  const place = `${source.ref}.${field.name}${canonical(args)}`;
  const make = (type: TypeNode, at: string, nonNull = false): unknown => {
    if (type.kind === Kind.NON_NULL_TYPE) return make(type.type, at, true);
    if (!nonNull && random.next() < 0.12) return null;
    if (type.kind === Kind.LIST_TYPE) return Array.from({ length: random.between(0, 3) }, (_, index) => make(type.type, `${at}.${index}`));
    return makeNamed(graph, field, type.name.value, at, random, inputs);
  };
  return make(parseType(field.type, { noLocation: true }), place);
}

function keyValue({ name, type }: DrawnField, { ref }: Instance): unknown {
  const index = Number(ref.split('-').at(-1));
  if (type === 'Int!') return index;
  if (type === 'Org!') return { __typename: 'Org', ref: `${ref}.org` };
  if (type !== 'ID!' && type !== 'String!') return { __typename: type.replace('!', ''), ref: `${type.replace('!', '')}-${index}` };
  return `${ref}:${name}`;
}

function makeNamed(graph: DrawnGraph, field: DrawnField, type: string, at: string, random: SeededRandom, inputs: string): unknown {
  switch (type) {
    case 'Int':
      return random.between(-3, 100_000);
    case 'Float':
      return random.pick([1.5, 2, -0.25, 1e21, 0, 123456.789]);
    case 'Boolean':
      return random.next() < 0.5;
    case 'String':
      return inputs === '' ? `${at}~${random.pick(['', 'é', '"', '\\n', '<'])}` : `of ${inputs}`;
    case 'ID':
      return at;
    case 'Blob':
      return random.pick<unknown>(['text', 7, 1.25, true, ['a', [null]], { any: { thing: 1 }, __typename: 'Blob' }, {}]);
  }
  const drawnEnum = graph.enums.get(type);
  if (drawnEnum) return random.pick(common([...field.homes].map((home) => drawnEnum.places.get(home) ?? [])));
  const abstract = graph.interfaces.get(type) ?? graph.unions.get(type);
  if (!abstract) return instanceOf(graph, type, at, random);
  const isEntity = 'isEntity' in abstract && abstract.isEntity;
  const places = isEntity ? [abstract.members] : [...field.homes].map((home) => [...(abstract.places.get(home) ?? [])]);
  return instanceOf(graph, random.pick(common(places)), at, random);
}

function instanceOf({ objects }: DrawnGraph, type: string, at: string, random: SeededRandom): Instance {
  return objects.get(type)?.kind === 'entity' ? random.pick(instancesOf(type)) : { __typename: type, ref: at };
}

function common<T>([first = [], ...others]: readonly (readonly T[])[]): T[] {
  return first.filter((item) => others.every((other) => other.includes(item)));
}

/** What a @requires selects of an object, as text; `read` gives a field's value. */
export function inputText(
  selections: readonly DrawnSelection[],
  source: unknown,
  read: (source: object, selection: Extract<DrawnSelection, { field: string }>) => unknown,
): string {
  const copy = (value: unknown, below: readonly DrawnSelection[]): unknown => {
    if (Array.isArray(value)) return value.map((item) => copy(item, below));
    if (below.length === 0 || value === null || typeof value !== 'object') return value;
    const parts = below.flatMap((selection): [string, unknown][] => {
      if ('field' in selection) return [[selection.field, copy(read(value, selection) ?? null, selection.selections)]];
      const { __typename: type } = value as { __typename?: string };
      if (type === selection.on) return Object.entries(copy(value, selection.selections) as object);
      // Planners leave out the type of an object inside a representation, so whatever is there counts.
      return type === undefined
        ? Object.entries(
            copy(
              value,
              selection.selections.filter((part) => 'field' in part && part.field in value),
            ) as object,
          )
        : [];
    });
    return Object.fromEntries(parts);
  };
  return JSON.stringify(copy(source, selections));
}

/** What the data says that a @requires selects. */
export function trueInputs(graph: DrawnGraph, selections: readonly DrawnSelection[], source: Instance): string {
  return inputText(selections, source, (object, { field: name, args = {} }) => {
    const { __typename: type } = object as Instance;
    if (name === '__typename') return type;
    const field = findField(graph, type, name);
    if (!field) throw new Error(`no field ${type}.${name}`);
    const defaults = Object.fromEntries(
      field.args.flatMap((argument) =>
        argument.defaultValue === undefined ? [] : [[argument.name, JSON.parse(argument.defaultValue) as unknown]],
      ),
    );
    return trueValue(graph, field, object as Instance, { ...defaults, ...args });
  });
}

/** What one schema over all of the data answers for a field. */
export function trueValue(graph: DrawnGraph, field: DrawnField, source: Instance, args: object): unknown {
  return valueOf(graph, field, source, args, field.requires ? trueInputs(graph, field.requires, source) : '');
}

export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
