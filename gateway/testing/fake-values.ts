import {
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { keyText, type FakeKeys } from './fake-keys.ts';
import type { FakeOverrides } from './fake-overrides.ts';
import { fakeScalar } from './fake-scalars.ts';
import { randomOf } from './seeded-hash.ts';

/** Where the data of an object comes from: equal texts, equal data. */
const IDENTITY = Symbol('identity');

export interface FakeObject {
  readonly __typename: string;
  readonly [IDENTITY]: string;
  readonly [field: string]: unknown;
}

export interface FakeValues {
  /** An object of which some fields are known; null when an override says that there is none. */
  object(typeName: string, known: Readonly<Record<string, unknown>>, identity: string): FakeObject | null;
  /** What the data of a field follows from: its object, its name and its arguments. */
  place(parent: unknown, owner: string, fieldName: string, args: Readonly<Record<string, unknown>>): string;
  /** The value of a field: what was given for it, completed, or all made up when that is undefined. */
  complete(field: FakeFieldOf, given: unknown, place: string, args: Readonly<Record<string, unknown>>): unknown;
}

/** A field and the name of the type that has it. */
export interface FakeFieldOf {
  readonly owner: string;
  readonly field: GraphQLField<unknown, unknown>;
}

/** Entities with several keys whose other keys are remembered; the oldest are forgotten. */
const MAX_REMEMBERED = 10_000;

/** Every value follows from the seed and its place: type, key or path, field, arguments. Nothing is kept but which keys belong together. */
export function createFakeValues(options: {
  schema: GraphQLSchema;
  keys: FakeKeys;
  seed: string;
  listLength: number;
  overrides: FakeOverrides;
}): FakeValues {
  const { schema, keys, seed, listLength, overrides } = options;
  const entities = new Map<string, { readonly identity: string; readonly known: Readonly<Record<string, unknown>> }>();

  const leaf = (type: GraphQLNamedType, identity: string, owner: string, fieldName: string): unknown => {
    const random = randomOf(`${seed}|${identity}|${fieldName}`);
    if (overrides.hasLeaf(type.name)) return overrides.leaf(type.name, { owner, field: fieldName, random });
    if (isEnumType(type)) return random.pick(type.getValues()).value;
    return fakeScalar({ scalar: type.name, field: fieldName, owner }, random);
  };

  /** Gives an object the fields of a key that it does not have yet. */
  const fillKey = (typeName: string, { selections }: SelectionSetNode, known: Readonly<Record<string, unknown>>, identity: string) => {
    const filled: Record<string, unknown> = { ...known };
    const type = schema.getType(typeName);
    const fields = type && 'getFields' in type ? type.getFields() : {};
    for (const selection of selections) {
      if (selection.kind !== 'Field' || selection.name.value === '__typename') continue;
      const name = selection.name.value;
      const field = fields[name];
      if (!field) continue;
      const inner = getNamedType(field.type);
      filled[name] ??= overrides.constant(typeName, name);
      if (selection.selectionSet) {
        const nested = (filled[name] ?? {}) as Readonly<Record<string, unknown>>;
        filled[name] = object(
          inner.name,
          fillKey(inner.name, selection.selectionSet, nested, `${identity}/${name}`),
          `${identity}/${name}`,
        );
      } else filled[name] ??= leaf(inner, identity, typeName, name);
    }
    return filled;
  };

  const entity = (typeName: string, ownKeys: readonly SelectionSetNode[], given: Readonly<Record<string, unknown>>, place: string) => {
    const names = (object: Readonly<Record<string, unknown>>): string[] =>
      ownKeys.flatMap((key) => keyText(key, object) ?? []).map((text) => `${typeName}${text}`);
    const remembered = names(given).flatMap((name) => entities.get(name) ?? [])[0];
    if (remembered) return { known: { ...remembered.known, ...given }, identity: remembered.identity };
    const [first] = ownKeys;
    const withKey = names(given).length > 0 || !first ? given : fillKey(typeName, first, given, place);
    const identity = names(withKey)[0] ?? place;
    if (ownKeys.length === 1) return { known: withKey, identity };
    const known = ownKeys.reduce((object, key) => fillKey(typeName, key, object, identity), withKey);
    for (const name of names(known)) entities.set(name, { identity, known });
    for (const name of entities.keys()) {
      if (entities.size <= MAX_REMEMBERED) break;
      entities.delete(name);
    }
    return { known, identity };
  };

  const object: FakeValues['object'] = (typeName, given, place) => {
    const ownKeys = keys.get(typeName);
    const { known, identity } = ownKeys ? entity(typeName, ownKeys, given, place) : { known: given, identity: place };
    const overridden = overrides.object(typeName, known);
    if (overridden === null) return null;
    return { ...known, ...overridden, __typename: typeName, [IDENTITY]: identity };
  };

  const make = (
    type: GraphQLOutputType,
    known: Readonly<Record<string, unknown>>,
    identity: string,
    owner: string,
    fieldName: string,
    length: number,
  ): unknown => {
    if (isNonNullType(type)) return make(type.ofType, known, identity, owner, fieldName, length);
    if (isListType(type))
      return Array.from({ length }, (_item, index) => make(type.ofType, known, `${identity}[${index}]`, owner, fieldName, length));
    if (isLeafType(type)) return leaf(type, identity, owner, fieldName);
    return object(concreteOf(type, known, identity), known, identity);
  };

  const concreteOf = (type: GraphQLNamedType, known: Readonly<Record<string, unknown>>, identity: string): string => {
    if (!isAbstractType(type)) return type.name;
    const possible = schema.getPossibleTypes(type).map(({ name }) => name);
    if (typeof known['__typename'] === 'string') return known['__typename'];
    if (possible.length === 0) throw new Error(`no type of this subgraph is a ${type.name}: give the field an override`);
    return randomOf(`${seed}|${identity}|__typename`).pick(possible);
  };

  const finish = (type: GraphQLOutputType, value: unknown, identity: string, where: FakeFieldOf): unknown => {
    const { owner, field } = where;
    if (value === undefined) return make(type, {}, identity, owner, field.name, listLength);
    if (value === null) return null;
    if (value instanceof Error) throw value;
    if (isNonNullType(type)) return finish(type.ofType, value, identity, where);
    if (isListType(type)) {
      if (!Array.isArray(value)) throw new Error(`expected a list for ${owner}.${field.name}, got ${JSON.stringify(value)}`);
      return value.map((item, index) => finish(type.ofType, item, `${identity}[${index}]`, where));
    }
    if (isLeafType(type)) return value;
    if (typeof value !== 'object' || Array.isArray(value))
      throw new Error(`expected fields of ${type.name} for ${owner}.${field.name}, got ${JSON.stringify(value)}`);
    if (IDENTITY in value) return value;
    const known = value as Readonly<Record<string, unknown>>;
    return object(concreteOf(type, known, identity), known, identity);
  };

  return {
    object,
    place: (parent, owner, fieldName, args) =>
      `${(parent as Partial<FakeObject> | undefined)?.[IDENTITY] ?? owner}/${fieldName}${Object.keys(args).length > 0 ? JSON.stringify(args) : ''}`,
    complete(where, given, place, args) {
      const { owner, field } = where;
      if (given !== undefined) return finish(field.type, given, place, where);
      const limits = [args['first'], args['last'], args['limit']].filter((count) => typeof count === 'number');
      const length = Math.max(0, Math.min(listLength, ...limits));
      return make(field.type, knownFromArguments(field, args), place, owner, field.name, length);
    },
  };
}

/** `user(id: "7")` answers with the user 7, `createUser(input: { name: "Ana" })` with one of that name. */
function knownFromArguments(field: GraphQLField<unknown, unknown>, args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const target = getNamedType(field.type);
  if (!isObjectType(target)) return {};
  const fields = target.getFields();
  const known: Record<string, unknown> = {};
  const take = (name: string, type: unknown, value: unknown): void => {
    const own = fields[name];
    if (own && value !== undefined && value !== null && bare(own.type) === bare(type)) known[name] = value;
  };
  for (const argument of field.args) {
    const value = args[argument.name];
    const type = getNamedType(argument.type);
    take(argument.name, argument.type, value);
    if (isInputObjectType(type) && typeof value === 'object' && value !== null)
      for (const [name, inner] of Object.entries(type.getFields()))
        take(name, inner.type, (value as Readonly<Record<string, unknown>>)[name]);
  }
  return known;
}

function bare(type: unknown): unknown {
  return isNonNullType(type) ? type.ofType : type;
}
